"""Eight processes, one ledger, and every order of events that Hypothesis can think of.

Flows are interleaved effect by effect; processes die between any two effects; answers are lost,
refused or late. A model of leases and budgets, made of the table of moves and of nothing else, is
compared with the ledger after each event.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pytest_otp.core.budget import Limits
from pytest_otp.core.lease import Wish
from pytest_otp.core.pacing import Poll
from pytest_otp.core.states import GONE, RELEASED, Intended, NumberBought, State, move
from pytest_otp.errors import BudgetExceeded
from pytest_otp.models import Money
from tests.flows.shop import LIFETIME_S, Mishap, Shop
from tests.flows.stage import START
from tests.flows.worker import Worker

if TYPE_CHECKING:
    from pytest_otp.core.budget import Claim
    from pytest_otp.core.states import Event

WORKERS = 8
HOLD_S = 120.0
LIMITS = Limits(
    scope="run",
    run=Money.parse("1.25 USD"),
    test=Money.parse("0.60 USD"),
    day=Money.parse("2.00 USD"),
    tags={"signup": Money.parse("0.70 USD")},
)
workers = st.integers(0, WORKERS - 1)


@dataclass
class Modelled:
    """A lease as the model has it."""

    state: State
    claims: tuple[Claim, ...]


class Model:
    """What the ledger should hold."""

    def __init__(self) -> None:
        self.leases: dict[str, Modelled] = {}

    def follow(self, event: Event, refused: Exception | None) -> None:
        """An event was recorded, or refused."""
        if isinstance(event, Intended):
            fits = all(
                self.reserved(claim) + self.spent(claim) + claim.amount <= claim.budget.limit
                for claim in event.claims
            )
            assert isinstance(refused, BudgetExceeded) is not fits
            if fits:
                self.leases[event.lease_id] = Modelled(move(None, event), event.claims)
            return
        assert refused is None
        lease = self.leases[event.lease_id]
        lease.state = move(lease.state, event)
        if isinstance(event, NumberBought) and event.claims is not None:
            lease.claims = event.claims

    def reserved(self, claim: Claim) -> Money:
        """What open leases hold of a claim's budget."""
        return self._sum(claim, {s for s in State if not s.closed})

    def spent(self, claim: Claim) -> Money:
        """What closed leases took of it."""
        return self._sum(claim, GONE)

    def _sum(self, claim: Claim, states: set[State] | frozenset[State]) -> Money:
        return sum(
            (
                each.amount
                for lease in self.leases.values()
                if lease.state in states
                for each in lease.claims
                if each.budget.key == claim.budget.key
            ),
            Money(Decimal(0), claim.amount.currency),
        )

    def budgets(self) -> dict[str, tuple[Money, Money]]:
        """Reserved and spent, of every budget that was ever claimed."""
        claims = {each.budget.key: each for lease in self.leases.values() for each in lease.claims}
        return {key: (self.reserved(each), self.spent(each)) for key, each in claims.items()}


class Machine(RuleBasedStateMachine):
    """Eight workers and their shop."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.shop = Shop()
        self.model = Model()
        self.changed = False
        self.folder = TemporaryDirectory(prefix="otp-machine-")
        self.path = Path(self.folder.name, "ledger.sqlite3")
        self.serial = count(1)
        self.workers = [self.hire() for _ in range(WORKERS)]

    def hire(self) -> Worker:
        """A new process."""
        return Worker(self.path, self.serial, self.watch)

    def watch(self, event: Event | Poll, refused: Exception | None) -> None:
        """Keep the model up to date."""
        assert not isinstance(event, Poll), "this provider has no rate to share"
        self.model.follow(event, refused)
        self.changed = True

    def go_on(self, worker: Worker, effects: int) -> None:
        """Perform some effects; whoever sleeps is waited for."""
        for _ in range(effects):
            if not worker.busy:
                return
            self.now = max(self.now, worker.wakes_at)
            worker.step(self.shop, self.now)

    @rule(which=workers, test=st.sampled_from("abc"), tags=st.sampled_from([(), ("signup",)]))
    def begin_test(self, which: int, test: str, tags: tuple[str, ...]) -> None:
        """A process comes to its next test, and goes some way."""
        worker = self.workers[which]
        if not worker.busy:
            wish = Wish(service="any", countries=("US",), test=test, tags=tags, limits=LIMITS)
            worker.begin_test(wish)
        self.go_on(worker, 4)

    @rule(which=workers, effects=st.integers(1, 12))
    def work(self, which: int, effects: int) -> None:
        """A process gets some time."""
        self.go_on(self.workers[which], effects)

    @rule(which=workers)
    def kill(self, which: int) -> None:
        """A process dies, and another one starts."""
        self.workers[which].die()
        self.workers[which] = self.hire()

    @rule(which=workers, effects=st.integers(0, 12))
    def sweep(self, which: int, effects: int) -> None:
        """A process begins to finish what others left behind."""
        worker = self.workers[which]
        if not worker.busy:
            worker.begin_sweep()
        self.go_on(worker, effects)

    @precondition(lambda self: self.shop.sales)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """An SMS arrives at a number that still receives."""
        sale = data.draw(st.sampled_from(list(self.shop.sales.values())))
        if sale.state(self.now) in {"pending", "received"}:
            sale.texts += 1

    @rule(
        mishaps=st.lists(st.sampled_from(get_args(Mishap)), max_size=2),
        hold_s=st.sampled_from([0.0, HOLD_S]),
        charged=st.sampled_from(["0.30", "0.25"]),
        seconds=st.sampled_from([0.0, HOLD_S, LIFETIME_S]),
    )
    def disturb(self, mishaps: list[Mishap], hold_s: float, charged: str, seconds: float) -> None:
        """Requests go wrong, whoever sends them; terms change; time goes by."""
        self.shop.mishaps.extend(mishaps)
        self.shop.hold_s = hold_s
        self.shop.charged = charged
        self.now += seconds

    @invariant()
    def ledger_and_model_agree(self) -> None:
        """State by state and sum by sum; and no limit is passed."""
        if not self.changed:
            return
        self.changed = False
        ledger = self.workers[0].ledger
        budgets = ledger.budgets()
        assert {b.key: (b.reserved, b.spent) for b in budgets} == self.model.budgets()
        assert all(budget.reserved + budget.spent <= budget.limit for budget in budgets)
        states = {row.lease_id: row.state for row in ledger.rows()}
        assert states == {id_: lease.state for id_, lease in self.model.leases.items()}

    def teardown(self) -> None:
        """Everybody dies; whoever comes next settles all that is left, to the cent."""
        for worker in self.workers:
            worker.die()
        self.shop.mishaps.clear()
        last = self.hire()
        self.workers = [last]
        for _ in range(3):
            self.now += HOLD_S
            last.begin_sweep()
            self.go_on(last, 1000)
            assert not last.busy
        self.ledger_and_model_agree()
        rows = last.ledger.rows()
        last.die()
        self.folder.cleanup()
        assert all(row.state.closed for row in rows)
        assert all(reserved.amount == 0 for reserved, _ in self.model.budgets().values())
        kept = {key: sale for key, sale in self.shop.sales.items() if not sale.cancelled}
        paid = {row.lease_id: row.charged for row in rows if row.state in GONE}
        assert paid == {key: Money.parse(f"{sale.price} USD") for key, sale in kept.items()}
        released = {row.lease_id for row in rows if row.state in RELEASED}
        assert released.isdisjoint(kept)


def test_no_order_of_events_passes_a_limit_or_loses_money() -> None:
    """Limits hold, moves stay in the table, reserved money returns to zero, the books agree."""
    run_state_machine_as_test(
        Machine,
        settings=settings(derandomize=True, deadline=None, max_examples=80, stateful_step_count=50),
    )
