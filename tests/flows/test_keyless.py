"""Thousands of orders of events, where only a balance tells of a purchase whose answer was lost.

Processes share one account at a provider without idempotency keys and without a list, as
sms-activate, SMSGang and SMSCode are; see ``machine.py``. Which of two purchases in doubt took
place can nobody know: the ledger has to be right about how many did. Chance and not Hypothesis
draws the events: defects of this kind take five or six of them, and few draws come to one.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import pytest

from pytest_otp.core.balances import SHORTEST_WINDOW_S
from pytest_otp.core.budget import Limits
from pytest_otp.core.states import State
from pytest_otp.models import Money
from tests.flows.machine import STEPS, Machine
from tests.flows.shop import LIFETIME_S, Kind, Mishap
from tests.flows.worker import SERVED_S, Forfeiting, Keyless, Uncancellable

if TYPE_CHECKING:
    from tests.flows.worker import Polled

HOLD_S = 120.0
KINDS = (Keyless, Forfeiting, Uncancellable)
ROUNDS = 40


class Account(Machine):
    """Processes at a shop that has a wallet.

    Args:
        kind: what the shop's client can do.
        crew: how many processes there are.
        step_s: how long half an effect takes; 0 for a clock that is too coarse to tell.
    """

    wait_s: ClassVar = 0.0
    limits: ClassVar = Limits(scope="run", run=Money.parse("90.00 USD"))

    def __init__(self, kind: type[Polled], crew: int = 3, step_s: float = 0.001) -> None:
        self.provider, self.crew = kind, crew
        super().__init__()
        self.step_s = step_s
        self.shop.forfeits = kind.capabilities.forfeits
        self.events: list[tuple[str, dict[str, Any]]] = []

    def happens(self, name: str, **details: Any) -> None:  # noqa: ANN401 - of whichever event
        """Let an event happen, and hold the ledger against the shop's books."""
        self.events.append((name, details))
        getattr(self, name)(**details)
        self.ledger_and_model_agree()
        self.books_agree()

    def text(self, which: int) -> None:
        """An SMS arrives at a number that still receives."""
        numbers = [
            s for s in self.shop.sales.values() if s.state(self.now) in {"pending", "received"}
        ]
        if numbers:
            numbers[which % len(numbers)].texts += 1

    def disturb(self, seconds: float, **terms: float) -> None:
        """Terms change, and time goes by."""
        for name, value in terms.items():
            setattr(self.shop, name, value)
        self.now += seconds

    def books_agree(self) -> None:
        """What was sold, or will be, is open, paid, or stands against a lease written off."""
        self.shop.catch_up(self.now)
        kept = self.shop.kept(self.now)
        states = {id_: lease.state for id_, lease in self.model.leases.items()}
        assert not [id_ for id_ in kept if states[id_] is State.REFUNDED]
        missed = {id_ for id_ in kept | set(self.shop.under_way) if states[id_] is State.FAILED}
        written_off = {id_ for id_, state in states.items() if state is State.WRITTEN_OFF}
        assert len(missed) <= len(written_off - kept), missed

    def states(self) -> list[State]:
        """Of all leases, in the order of their purchases."""
        return [lease.state for lease in self.model.leases.values()]

    def end(self) -> None:
        """Everybody dies; whoever comes next settles all that is left, and misses no number."""
        self.bury()
        self.settle(sweeps=6, every_s=SHORTEST_WINDOW_S)


def play(chance: Random, kind: type[Polled]) -> None:
    """A round: some processes, and up to fifty events."""
    account = Account(kind, chance.randint(1, 4), chance.choice([0.001, 0.001, 0.0]))
    account.shop.refunds_expired = chance.random() < 0.5
    try:
        for _ in range(chance.randint(5, 50)):
            name = chance.choices(["work", "sweep", "kill", "text", "disturb"], [9, 4, 2, 1, 4])[0]
            account.happens(name, **_details(name, chance))
        account.happens("end")
    except AssertionError as error:
        error.add_note("\n".join(f"{name} {details}" for name, details in account.events))
        raise


def _details(name: str, chance: Random) -> dict[str, Any]:
    if name == "disturb":
        return {
            "seconds": chance.choice([0.0, 1.0, SERVED_S, HOLD_S, SHORTEST_WINDOW_S, LIFETIME_S]),
            "hold_s": chance.choice([0.0, HOLD_S]),
            "lifetime_s": chance.choice([LIFETIME_S, SHORTEST_WINDOW_S]),
            "late_s": chance.choice([1.0, SERVED_S - 1]),
        }
    which = {"which": chance.randrange(8)}
    if name in {"kill", "text"}:
        return which
    wrong = [
        (chance.choice(get_args(Kind)), chance.choice(get_args(Mishap)))
        for _ in range(chance.choice([0, 0, 1, 1, 2]))
    ]
    details = {**which, "steps": chance.choice(STEPS), "mishaps": wrong}
    return details if name == "sweep" else {**details, "test": "a", "tags": ()}


@pytest.mark.parametrize("kind", KINDS)
def test_no_order_of_events_hides_a_lost_number(kind: type[Polled]) -> None:
    """A number that was sold is paid, written off or back; no lease waits for ever."""
    for seed in range(ROUNDS):
        play(Random(f"{seed} {kind.__name__}"), kind)


def _lost(account: Account, which: int) -> None:
    """A process buys a number, the answer is lost, and it dies."""
    lost = [("purchase", "lost")]
    account.happens("work", which=which, steps=100, mishaps=lost, test="a", tags=())
    account.happens("kill", which=which)


def test_refund_nobody_saw_makes_up_for_the_price() -> None:
    """The cancel of another lease was granted, and its answer is lost."""
    account = Account(Keyless)
    account.happens("work", which=0, steps=14, mishaps=[], test="a", tags=())
    _lost(account, 1)
    account.happens("kill", which=0)
    account.happens("disturb", seconds=SERVED_S)
    account.happens("sweep", which=2, steps=100, mishaps=[("cancel", "lost")])
    account.happens("end")
    assert account.states() == [State.REFUNDED, State.WRITTEN_OFF]


def test_number_is_given_back_while_the_balance_is_asked_for() -> None:
    """It was bought before the lost one; that it was, the ledger learns only now."""
    account = Account(Keyless)
    account.happens("work", which=0, steps=12, mishaps=[], test="a", tags=())
    _lost(account, 1)
    account.happens("disturb", seconds=SERVED_S)
    account.happens("sweep", which=2, steps=3, mishaps=[])
    account.happens("work", which=0, steps=100, mishaps=[], test="a", tags=())
    account.happens("sweep", which=2, steps=100, mishaps=[])
    account.happens("end")
    assert account.states() == [State.REFUNDED, State.WRITTEN_OFF]


def test_number_is_bought_while_the_balance_is_looked_at() -> None:
    """It was paid after the balance was read, and before it was compared."""
    account = Account(Keyless)
    _lost(account, 1)
    account.happens("disturb", seconds=SERVED_S)
    account.happens("sweep", which=2, steps=4, mishaps=[])
    account.happens("work", which=0, steps=14, mishaps=[], test="a", tags=())
    account.happens("text", which=1)
    account.happens("work", which=0, steps=100, mishaps=[], test="a", tags=())
    account.happens("sweep", which=2, steps=100, mishaps=[])
    account.happens("end")
    assert account.states() == [State.WRITTEN_OFF, State.SPENT]


def test_purchase_leaves_long_after_its_intent() -> None:
    """The process was suspended, or waited for its turn, and died as soon as it had asked."""
    account = Account(Keyless)
    account.happens("disturb", seconds=0.0, late_s=SERVED_S - 1)
    account.happens("work", which=0, steps=10, mishaps=[], test="a", tags=())
    account.happens("disturb", seconds=SERVED_S)
    late = [("purchase", "late")]
    account.happens("work", which=0, steps=2, mishaps=late, test="a", tags=())
    account.happens("kill", which=0)
    account.happens("sweep", which=1, steps=100, mishaps=[])
    assert account.states() == [State.UNKNOWN]
    account.happens("end")
    assert account.states() == [State.WRITTEN_OFF]


def test_purchase_is_not_written_off_before_it_can_have_taken_place() -> None:
    """It would stand for what another one cost, and then cost something itself."""
    account = Account(Keyless)
    account.happens("disturb", seconds=0.0, late_s=SERVED_S - 1)
    for which, seconds in ((0, 40.0), (1, SERVED_S - 40.0)):
        late = [("purchase", "late")]
        account.happens("work", which=which, steps=100, mishaps=late, test="a", tags=())
        account.happens("kill", which=which)
        account.happens("disturb", seconds=seconds)
    account.happens("sweep", which=2, steps=100, mishaps=[])
    assert account.states() == [State.UNKNOWN, State.UNKNOWN]
    account.happens("end")
    assert account.states() == [State.WRITTEN_OFF, State.WRITTEN_OFF]


def test_one_lost_answer_costs_nothing_where_nothing_was_bought() -> None:
    """One process, test after test, as most runs are: nothing is reported as lost."""
    account = Account(Keyless, crew=1)
    for wrong in ([], [("purchase", "unserved")], []):
        account.happens("work", which=0, steps=100, mishaps=wrong, test="a", tags=())
    account.happens("disturb", seconds=SERVED_S)
    account.happens("sweep", which=0, steps=100, mishaps=[])
    assert account.states() == [State.REFUNDED, State.FAILED, State.REFUNDED]
    account.happens("end")
