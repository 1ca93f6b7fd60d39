"""Processes, one ledger, one shop, and a model of what the ledger should hold.

The model is made of the table of moves and of nothing else, and is compared with the ledger after
each event. What the shop is like, and what may go wrong, is the tests' matter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_otp.core.lease import Wish
from pytest_otp.core.pacing import Poll
from pytest_otp.core.states import GONE, Intended, NumberBought, State, move
from pytest_otp.errors import BudgetExceeded
from pytest_otp.models import Money
from tests.flows.shop import Kind, Mishap, Shop
from tests.flows.stage import START
from tests.flows.worker import Worker

if TYPE_CHECKING:
    from pytest_otp.core.budget import Claim, Limits
    from pytest_otp.core.rows import Row
    from pytest_otp.core.states import Event
    from tests.flows.worker import Polled

Mishaps = list[tuple[Kind, Mishap]]

# Two are an effect: what a flow asks for is done a step later.
STEPS = [1, 2, 3, 5, 8, 13, 21, 100]

workers = st.integers(0, 7)
mishaps = st.lists(
    st.tuples(st.sampled_from(get_args(Kind)), st.sampled_from(get_args(Mishap))), max_size=2
)


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
    """Some workers and their shop."""

    crew: int
    wait_s: ClassVar[float]
    provider: type[Polled]
    limits: ClassVar[Limits]

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.step_s = 0.0
        self.shop = Shop()
        self.model = Model()
        self.changed = False
        self.folder = TemporaryDirectory(prefix="otp-machine-")
        self.path = Path(self.folder.name, "ledger.sqlite3")
        self.serial = count(1)
        self.workers = [self.hire() for _ in range(self.crew)]

    def hire(self) -> Worker:
        """A new process."""
        return Worker(self.path, self.serial, self.watch, self.provider, self.wait_s)

    def worker(self, which: int) -> Worker:
        """One of those who are there."""
        return self.workers[which % self.crew]

    def watch(self, event: Event | Poll, refused: Exception | None) -> None:
        """Keep the model up to date."""
        assert not isinstance(event, Poll), "this provider has no rate to share"
        self.model.follow(event, refused)
        self.changed = True

    def go_on(self, worker: Worker, steps: int) -> None:
        """Let a process go on; whoever sleeps is waited for."""
        for _ in range(steps):
            if not worker.busy:
                return
            self.now = max(self.now + self.step_s, worker.wakes_at)
            worker.step(self.shop, self.now)

    @rule(
        which=workers,
        steps=st.sampled_from(STEPS),
        mishaps=mishaps,
        test=st.sampled_from("abc"),
        tags=st.sampled_from([(), ("signup",)]),
    )
    def work(
        self, which: int, steps: int, mishaps: Mishaps, test: str, tags: tuple[str, ...]
    ) -> None:
        """A process gets some time; one that has nothing to do comes to its next test."""
        worker = self.worker(which)
        self.shop.mishaps = deque(mishaps)
        if not worker.busy:
            wish = Wish(service="any", countries=("US",), test=test, tags=tags, limits=self.limits)
            worker.begin_test(wish)
        self.go_on(worker, steps)

    @rule(which=workers)
    def kill(self, which: int) -> None:
        """A process dies, and another one starts."""
        worker = self.worker(which)
        worker.die()
        self.workers[self.workers.index(worker)] = self.hire()

    @rule(which=workers, steps=st.sampled_from(STEPS), mishaps=mishaps)
    def sweep(self, which: int, steps: int, mishaps: Mishaps) -> None:
        """A process begins to finish what others left behind."""
        self.shop.mishaps = deque(mishaps)
        worker = self.worker(which)
        if not worker.busy:
            worker.begin_sweep()
        self.go_on(worker, steps)

    @precondition(lambda self: self.shop.sales)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """An SMS arrives at a number that still receives."""
        sale = data.draw(st.sampled_from(list(self.shop.sales.values())))
        if sale.state(self.now) in {"pending", "received"}:
            sale.texts += 1

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

    def bury(self) -> None:
        """Everybody dies, and nothing goes wrong any more."""
        for worker in self.workers:
            worker.die()
        self.shop.mishaps.clear()
        self.workers = []

    def settle(self, sweeps: int, every_s: float) -> list[Row]:
        """A process comes and sweeps now and then; what the ledger has when that has an end."""
        last = self.hire()
        self.workers = [last]
        for _ in range(sweeps):
            self.now += every_s
            last.begin_sweep()
            self.go_on(last, 2000)
            assert not last.busy
        self.changed = True
        self.ledger_and_model_agree()
        rows = last.ledger.rows()
        last.die()
        self.folder.cleanup()
        assert all(row.state.closed for row in rows)
        assert all(reserved.amount == 0 for reserved, _ in self.model.budgets().values())
        return rows
