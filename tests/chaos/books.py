"""The comparison: what the ledger says happened, against the sandbox's own books.

Nothing is forgiven where a provider can be asked. Where it cannot, for it has neither idempotency
keys nor a list, a number may be missing from the ledger, but only in the place of a row that
knows of its doubt, and its money only as a loss that the ledger reports.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pytest_otp.core.states import GONE, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_otp.core.rows import BudgetRow, Row
    from pytest_otp.models import Money
    from pytest_otp.sandbox.views import SandboxActivation, SandboxWallet

# What the sandbox calls an activation that still holds its number and waits for a message.
_ACTIVE: Final = "pending"


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides of a round, after its sweep.

    Attributes:
        events: names of what happened to each lease.
        keyless: the provider cannot be asked for a purchase whose answer was lost.
    """

    rows: Sequence[Row]
    events: Mapping[str, Sequence[str]]
    budgets: Sequence[BudgetRow]
    activations: Sequence[SandboxActivation]
    wallets: Sequence[SandboxWallet]
    keyless: bool


@dataclass(slots=True)
class Verdict:
    """What a comparison found.

    Attributes:
        differences: a sentence each; none if the money is where the ledger says.
        counts: figures for the report.
    """

    differences: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def compare(books: Books) -> Verdict:
    """Hold the ledger against the books."""
    verdict = Verdict()
    unclaimed = {each.id: each for each in books.activations}
    for row in books.rows:
        if row.activation_id is not None:
            verdict.differences += _confirmed(row, unclaimed.pop(_serial(row), None))
    lost = list(unclaimed.values())
    verdict.differences += [*_doubtful(books, lost), *_wallets(books, lost), *_budgets(books)]
    verdict.counts.update(_figures(books, lost))
    return verdict


def _serial(row: Row) -> int:
    """The world's number of an activation, which every dialect's id ends in."""
    found = re.search(r"\d+$", row.activation_id or "")
    return int(found[0]) if found else 0


def _confirmed(row: Row, sold: SandboxActivation | None) -> Iterator[str]:
    """A row that knows its number, against the activation of that id."""
    name = f"lease {row.lease_id} ({row.activation_id}, {row.test})"
    if not row.state.closed:
        yield f"{name} is still {row.state}"
    if sold is None:
        yield f"{name} is for a number that was never sold, or was sold to another lease too"
        return
    if (sold.number, sold.account, sold.price) != (row.number, row.owner.account, row.charged):
        yield f"{name} has another number, account or price than the books: {sold}"
    if sold.state == _ACTIVE:
        yield f"{name} is {row.state}, and its number is still active"
    if (sold.messages > 0) is not (row.state is State.SPENT):
        yield f"{name} is {row.state}, and {sold.messages} messages arrived"
    if row.state is State.REFUNDED and not sold.refunded:
        yield f"{name} is refunded in the ledger and not in the books"
    if row.state is State.EXPIRED and sold.state != "expired":
        yield f"{name} is expired in the ledger and {sold.state} in the books"


def _doubtful(books: Books, lost: Sequence[SandboxActivation]) -> Iterator[str]:
    """Rows without a number, against the numbers that no row knows."""
    nameless = [row for row in books.rows if row.activation_id is None]
    for row in nameless:
        if not row.state.closed:
            yield f"lease {row.lease_id} ({row.test}) is still {row.state}"
    if not books.keyless:
        yield from (f"the sandbox sold what the ledger does not know: {sold}" for sold in lost)
        yield from (
            f"lease {row.lease_id} was written off, and its provider could have been asked"
            for row in nameless
            if row.state is State.WRITTEN_OFF
        )
        return
    for account in sorted({each.account for each in lost}):
        theirs = [each for each in lost if each.account == account]
        unsure = [
            row
            for row in nameless
            if row.owner.account == account and "AnswerLost" in books.events[row.lease_id]
        ]
        written_off = sum(row.state is State.WRITTEN_OFF for row in unsure)
        if len(theirs) > len(unsure):
            yield f"{account}: {len(theirs)} numbers unknown, {len(unsure)} lost answers"
        if (gone := sum(not each.refunded for each in theirs)) > written_off:
            yield f"{account}: {gone} numbers lost, {written_off} written off: {theirs}"
        yield from (f"a number nobody knows got a message: {e}" for e in theirs if e.messages)


def _wallets(books: Books, lost: Sequence[SandboxActivation]) -> Iterator[str]:
    """Every wallet is its deposit less what got a message and what is reported as lost."""
    for wallet in books.wallets:
        spent = [row for row in books.rows if row.state is State.SPENT]
        left = _sum(line.amount for line in wallet.journal if line.kind == "deposit")
        left -= _sum(row.charged for row in spent if row.owner.account == wallet.account)
        left -= _sum(e.price for e in lost if e.account == wallet.account and not e.refunded)
        if wallet.available.amount != left:
            yield f"wallet {wallet.account}: {wallet.available}, by the ledger {left}"


def _budgets(books: Books) -> Iterator[str]:
    """Nothing stays reserved, and what is spent is what the closed leases cost."""
    for budget in books.budgets:
        theirs = [row for row in books.rows if budget.key == f"run:{row.owner.run}"]
        gone = _sum(row.charged or row.asked for row in theirs if row.state in GONE)
        if budget.reserved.amount or budget.spent.amount != gone:
            yield f"{budget}: nothing should be reserved, and {gone} spent"


def _figures(books: Books, lost: Sequence[SandboxActivation]) -> Iterator[str]:
    yield from ("sold" for _ in books.activations)
    yield from (str(row.state) for row in books.rows)
    for names in books.events.values():
        if "AnswerLost" in names:
            yield "answers lost"
            if "NumberBought" in names:
                yield "recovered by key"
    yield from ("numbers unknown" for _ in lost)
    yield from ("money lost" for each in lost if not each.refunded)


def _sum(amounts: Iterable[Money | None]) -> Decimal:
    return sum((money.amount for money in amounts if money), Decimal(0))
