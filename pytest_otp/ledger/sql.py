"""What every SQL store does alike; ``sqlite.py`` and ``postgres.py`` say how.

A store gives a transaction, a way to run a statement, and the words that lock a row. Sums of
money are computed here, in Decimals, and never by the store.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, TypeVar

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.pacing import Poll, Turn
from pytest_otp.core.rows import BudgetRow, Owner, Row
from pytest_otp.core.states import (
    CancelDeferred,
    Intended,
    MessageArrived,
    NumberBought,
    Refunded,
    State,
    move,
)
from pytest_otp.errors import BudgetExceeded
from pytest_otp.ledger import Settlement, body, settlement
from pytest_otp.models import EXACT, Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pytest_otp.core.budget import Claim
    from pytest_otp.core.states import Event

P = ParamSpec("P")
R = TypeVar("R")

OPEN: Final = "state IN ('intended', 'unknown', 'held', 'received', 'owed')"
# As many arrivals as a distribution needs: what was seen longer ago tells less.
_ARRIVALS: Final = 100
_LONGEST_QUEUE_S: Final = 600.0
_ROW: Final = (
    "lease_id, state, owner.id, owner.run, owner.worker, owner.live, test, provider, base_url,"
    " service, country, tags, asked, asked_currency, charged, refunded, charged_currency,"
    " balance, balance_currency, balance_at,"
    " activation_id, number, expires_at, due_at, code_after_s, created_at, changed_at, late, reuse"
)
# What an event is added to.
_BEFORE: Final = "created_at, asked, asked_currency, charged, code_after_s, awaited_s, late"


class SqlLedger(ABC):
    """A ledger in SQL, written once for all stores."""

    # Appended to a SELECT whose row the transaction will change.
    lock_words: ClassVar = ""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._notices: list[str] = []

    @property
    def owner(self) -> Owner:
        """This process."""
        return self._owner

    @property
    def notices(self) -> list[str]:
        """What whoever opened the ledger should be told, a sentence each."""
        return self._notices

    @abstractmethod
    def _transact(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Have all of the work done, or nothing; errors of the store become ``LedgerError``.

        No context manager: Ctrl-C at the very beginning of an ``__exit__`` would leave the
        transaction open, and with it the store locked.
        """

    @abstractmethod
    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement, with a ``?`` for each value, and fetch what it returns."""

    @abstractmethod
    def _sign_on(self) -> None:
        """Take the lock that says that this owner lives, unless it is held."""

    @abstractmethod
    def _adopt(self, owner: str) -> AbstractContextManager[bool]:
        """Hold the lock of a dead owner; false if somebody living holds it."""

    # -- writing -------------------------------------------------------------------------------

    def record(self, event: Event | Poll, at: float) -> Turn | None:
        """Write the event, the state that it leads to and its claims, in one transaction."""
        if isinstance(event, Poll):
            return self._transact(self._turn, event, at)
        self._transact(self._write, event, at)
        return None

    def _write(self, event: Event, at: float) -> None:
        found = self._run(
            f"SELECT state, {_BEFORE} FROM lease WHERE lease_id = ?{self.lock_words}",
            event.lease_id,
        )
        state = move(State(found[0][0]) if found else None, event)
        if isinstance(event, Intended):
            self._insert(event, state, at)
        else:
            self._change(event, state=state, changed_at=at, **_told(event, at, found[0][1:]))
            self._follow(event)
        self._settle(event.lease_id, settlement(state))
        self._run(
            "INSERT INTO event (lease_id, name, at, body) VALUES (?, ?, ?, ?)",
            event.lease_id,
            type(event).__name__,
            at,
            body(event),
        )

    def _turn(self, poll: Poll, at: float) -> Turn:
        """The next free turn of the account: one row each, which all its processes share."""
        self._run(
            "INSERT INTO turn (account, next_at) VALUES (?, ?) ON CONFLICT (account) DO NOTHING",
            poll.account,
            at,
        )
        ((next_at,),) = self._run(
            f"SELECT next_at FROM turn WHERE account = ?{self.lock_words}", poll.account
        )
        # A turn beyond a whole round was taken by a clock that runs ahead of ours.
        leaves = max(at, min(next_at, at + _LONGEST_QUEUE_S))
        if leaves <= max(at, poll.until):
            self._run(
                "UPDATE turn SET next_at = ? WHERE account = ?",
                leaves + poll.spacing_s,
                poll.account,
            )
        self._run(
            "INSERT INTO waiting (lease_id, account, until) VALUES (?, ?, ?)"
            " ON CONFLICT (lease_id) DO UPDATE SET account = excluded.account,"
            " until = excluded.until",
            poll.lease_id,
            poll.account,
            poll.until,
        )
        self._run("DELETE FROM waiting WHERE account = ? AND until < ?", poll.account, at)
        ((waiting,),) = self._run("SELECT count(*) FROM waiting WHERE account = ?", poll.account)
        return Turn(leaves, max(1, waiting))

    def _insert(self, event: Intended, state: State, at: float) -> None:
        self._sign_on()
        owner = self._owner
        self._run(
            "INSERT INTO owner (id, run, worker, live) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING",
            owner.id,
            owner.run,
            owner.worker,
            int(owner.live),
        )
        columns: dict[str, object] = {
            "lease_id": event.lease_id,
            "state": str(state),
            "owner": owner.id,
            "run": owner.run,
            "test": event.test,
            "provider": event.provider,
            "base_url": event.base_url,
            "service": event.service,
            "country": event.country,
            "tags": json.dumps(event.tags),
            "reuse": int(event.reuse),
            "asked": _amount(event.asked),
            "asked_currency": event.asked.currency if event.asked else None,
            "balance": _amount(event.balance_before),
            "balance_currency": event.balance_before.currency if event.balance_before else None,
            "balance_at": event.balance_at,
            "created_at": at,
            "changed_at": at,
        }
        self._run(
            f"INSERT INTO lease ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            *columns.values(),
        )
        # In the order of the keys, so that two purchases never wait for each other in a circle.
        for claim in sorted(event.claims, key=lambda claim: claim.budget.key):
            self._claim(event.lease_id, claim, may_refuse=True)

    def _follow(self, event: Event) -> None:
        """What an event changes besides its lease."""
        match event:
            case NumberBought(claims=claims):
                for claim in sorted(claims or (), key=lambda claim: claim.budget.key):
                    self._claim(event.lease_id, claim, may_refuse=False)
            case MessageArrived():
                self._run("DELETE FROM waiting WHERE lease_id = ?", event.lease_id)

    def _change(self, event: Event, **columns: object) -> None:
        self._run(
            f"UPDATE lease SET {', '.join(f'{name} = ?' for name in columns)} WHERE lease_id = ?",
            *columns.values(),
            event.lease_id,
        )

    # -- budgets -------------------------------------------------------------------------------

    def _claim(self, lease_id: str, claim: Claim, *, may_refuse: bool) -> None:
        """Reserve the claim in place of what the lease held of this budget before."""
        budget, amount = claim.budget, claim.amount
        currency = amount.currency
        self._run(
            "INSERT INTO budget (key, name, currency, most, reserved, spent)"
            " VALUES (?, ?, ?, ?, '0', '0') ON CONFLICT (key) DO NOTHING",
            budget.key,
            budget.name,
            currency,
            _amount(budget.limit),
        )
        ((kept_in, reserved, spent),) = self._run(
            f"SELECT currency, reserved, spent FROM budget WHERE key = ?{self.lock_words}",
            budget.key,
        )
        if kept_in != currency:
            raise BudgetExceeded(
                f"budget {budget.name} is kept in {kept_in} in this ledger, not in {currency}; "
                "nothing was bought. Name the limit in the same currency, or another ledger"
            )
        before = self._run(
            "SELECT amount FROM claim WHERE lease_id = ? AND budget = ?", lease_id, budget.key
        )
        others = EXACT.subtract(Decimal(reserved), Decimal(before[0][0] if before else 0))
        used = Money(EXACT.add(others, Decimal(spent)), currency)
        if may_refuse and budget.limit < used + amount:
            raise claim.refusal(used)
        self._run(
            "UPDATE budget SET reserved = ?, most = ? WHERE key = ?",
            str(EXACT.add(others, amount.amount)),
            _amount(budget.limit),
            budget.key,
        )
        self._run(
            "INSERT INTO claim (lease_id, budget, amount) VALUES (?, ?, ?)"
            " ON CONFLICT (lease_id, budget) DO UPDATE SET amount = excluded.amount",
            lease_id,
            budget.key,
            _amount(amount),
        )

    def _settle(self, lease_id: str, how: Settlement) -> None:
        """Release or spend what the lease has claimed."""
        if how is Settlement.KEEP:
            return
        held = self._run(
            "SELECT budget, amount FROM claim WHERE lease_id = ? ORDER BY budget", lease_id
        )
        for key, amount in held:
            ((reserved, spent),) = self._run(
                f"SELECT reserved, spent FROM budget WHERE key = ?{self.lock_words}", key
            )
            gone = Decimal(amount) if how is Settlement.SPEND else Decimal(0)
            self._run(
                "UPDATE budget SET reserved = ?, spent = ? WHERE key = ?",
                str(EXACT.subtract(Decimal(reserved), Decimal(amount))),
                str(EXACT.add(Decimal(spent), gone)),
                key,
            )

    # -- reading -------------------------------------------------------------------------------

    def rows(
        self,
        *,
        run: str | None = None,
        owner: str | None = None,
        since: float | None = None,
        open_only: bool = False,
    ) -> list[Row]:
        """The leases, oldest first: of one run, of one process, changed since a moment."""
        wanted = {"lease.run = ?": run, "lease.owner = ?": owner, "changed_at >= ?": since}
        given = {words: value for words, value in wanted.items() if value is not None}
        where = " AND ".join([*given, *([OPEN] if open_only else [])]) or "1 = 1"
        found = self._transact(
            self._run,
            f"SELECT {_ROW} FROM lease JOIN owner ON owner.id = lease.owner"
            f" WHERE {where} ORDER BY created_at, lease_id",
            *given.values(),
        )
        return [_row(columns) for columns in found]

    def events(self, lease_id: str) -> list[tuple[str, float]]:
        """Names and moments of what happened to a lease, oldest first."""
        found = self._transact(
            self._run, "SELECT name, at FROM event WHERE lease_id = ? ORDER BY seq", lease_id
        )
        return [(name, at) for name, at in found]

    def arrivals(self, provider: str, service: str, country: str) -> Arrivals:
        """When the latest messages came, in runs that are live as this one is, or are not."""
        found = self._transact(
            self._run,
            "SELECT awaited_s FROM lease JOIN owner ON owner.id = lease.owner"
            " WHERE provider = ? AND service = ? AND country = ? AND live = ?"
            " AND awaited_s IS NOT NULL ORDER BY created_at DESC LIMIT ?",
            provider,
            service,
            country,
            int(self._owner.live),
            _ARRIVALS,
        )
        return Arrivals(tuple(awaited for (awaited,) in found))

    def budgets(self, *, run: str | None = None) -> list[BudgetRow]:
        """Every budget that a lease ever claimed, or a lease of one run."""
        claimed = (
            " WHERE key IN (SELECT budget FROM claim JOIN lease USING (lease_id) WHERE run = ?)"
        )
        found = self._transact(
            self._run,
            "SELECT key, name, currency, most, reserved, spent FROM budget"
            f"{claimed if run else ''} ORDER BY key",
            *([run] if run else []),
        )
        return [
            BudgetRow(key, name, *(Money(Decimal(text), currency) for text in amounts))
            for key, name, currency, *amounts in found
        ]

    @contextmanager
    def orphans(self) -> Iterator[list[Row]]:
        """The open leases of owners that are dead; nobody else gets them meanwhile."""
        owners = self._transact(self._run, f"SELECT DISTINCT owner FROM lease WHERE {OPEN}")
        with ExitStack() as held:
            dead = [
                owner
                for (owner,) in owners
                if owner != self._owner.id and held.enter_context(self._adopt(owner))
            ]
            yield [row for owner in dead for row in self.rows(owner=owner, open_only=True)]


def _told(event: Event, at: float, before: tuple[Any, ...]) -> dict[str, object]:
    """What an event tells of its lease besides the state, by column."""
    began, asked, asked_currency, charged, code_after_s, awaited_s, late = before
    match event:
        case NumberBought(activation=bought):
            price = bought.price
            return {
                "activation_id": bought.id,
                "number": bought.number,
                "expires_at": bought.expires_at.timestamp() if bought.expires_at else None,
                "charged": _amount(price) if price else asked,
                "charged_currency": price.currency if price else asked_currency,
            }
        case MessageArrived():
            # Of several messages the first is timed.
            arrived = event.received_at.timestamp() if event.received_at else at
            after = max(0.0, arrived - began) if code_after_s is None else code_after_s
            return {
                "code_after_s": after,
                "awaited_s": event.awaited_s if awaited_s is None else awaited_s,
                "late": late + int(event.late),
            }
        case CancelDeferred(not_before=due):
            return {"due_at": due.timestamp() if due else None}
        case Refunded():
            return {"refunded": charged}
    return {}


def _amount(money: Money | None) -> str | None:
    return str(money.amount) if money else None


def _money(amount: str | None, currency: str | None) -> Money | None:
    return Money(Decimal(amount), currency) if amount and currency else None


def _row(columns: tuple[Any, ...]) -> Row:
    (
        lease_id, state, owner, run, worker, live, test, provider, base_url,
        service, country, tags, asked, asked_currency, charged, refunded, charged_currency,
        balance, balance_currency, balance_at, activation_id, number, expires_at, due_at,
        code_after_s, created_at, changed_at, late, reuse,
    ) = columns  # fmt: skip
    return Row(
        lease_id=lease_id,
        state=State(state),
        owner=Owner(owner, run, worker, bool(live)),
        test=test,
        provider=provider,
        base_url=base_url,
        service=service,
        country=country,
        tags=tuple(json.loads(tags)),
        asked=_money(asked, asked_currency),
        charged=_money(charged, charged_currency),
        refunded=_money(refunded, charged_currency),
        balance_before=_money(balance, balance_currency),
        balance_at=balance_at,
        activation_id=activation_id,
        number=number,
        expires_at=expires_at,
        due_at=due_at,
        code_after_s=code_after_s,
        created_at=created_at,
        changed_at=changed_at,
        late=bool(late),
        reuse=bool(reuse),
    )
