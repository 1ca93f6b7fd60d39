"""The life of a lease in virtual time, on the real client flow and the real ledger."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.core import buying, lifecycle, recovery
from pytest_otp.core.effects import Record, Send
from pytest_otp.core.lease import Wish
from pytest_otp.core.lifecycle import Unanswered
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import (
    Intended,
    MessageArrived,
    NumberBought,
    Refunded,
    Spent,
    State,
)
from pytest_otp.errors import (
    CredentialsRefused,
    NumberUnavailable,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Message, Money
from pytest_otp.providers.sandbox import SandboxProvider
from tests.flows.counter import Counter, refusal
from tests.flows.stage import START, Killed, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.core.pacing import Poll, Turn
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.states import Event

URL = "http://127.0.0.1:1/sandbox"
WISH = Wish(service="any", countries=("US",), test="test_a.py::test_b", tags=("signup",))


def buy(
    wish: Wish = WISH, leases: list[Lease] | None = None, provider: Provider | None = None
) -> Flow[Lease]:
    """The purchase of one number, from the sandbox's provider unless another is named."""
    ids = (f"lease-{n}" for n in count(1))
    provider = provider or SandboxProvider(URL)
    return buying.acquire(wish, [provider], lambda: next(ids), [] if leases is None else leases)


def any_message(_message: Message) -> str | None:
    """Refuse nothing."""
    return None


def state(ledger: SqliteLedger) -> list[State]:
    """The states of all leases in the ledger."""
    return [row.state for row in ledger.rows()]


def test_intent_is_in_the_ledger_before_the_purchase_leaves(ledger: SqliteLedger) -> None:
    """Write first: the effect before the purchase is the record of the intent."""
    stage = Stage(Counter(), ledger)
    stage.play(buy())
    purchase = next(
        i for i, e in enumerate(stage.effects) if isinstance(e, Send) and e.request.method == "POST"
    )
    before = stage.effects[purchase - 1]
    assert isinstance(before, Record)
    assert isinstance(before.event, Intended)
    assert before.event.asked == Money.parse("0.10 USD")


def test_message_closes_the_lease_as_spent(ledger: SqliteLedger) -> None:
    """Buy, wait, close: the money is spent, and every step is an event."""
    stage = Stage(Counter(texts=[(START + 3, "Your code is 123456")]), ledger)
    lease = stage.play(buy())
    message = stage.play(lifecycle.wait(lease, any_message, 120))
    assert isinstance(message, Message)
    assert message.text == "Your code is 123456"
    stage.play(lifecycle.close(lease))
    names = [name for name, _ in ledger.events("lease-1")]
    assert names == ["Intended", "NumberBought", "MessageArrived", "Spent"]
    assert state(ledger) == [State.SPENT]


def test_ten_minutes_of_waiting_in_virtual_time(ledger: SqliteLedger) -> None:
    """A wait gives up at its deadline, not before and not after, and tells what it did."""
    stage = Stage(Counter(), ledger)
    lease = stage.play(buy())
    facts = stage.play(lifecycle.wait(lease, any_message, 600))
    assert isinstance(facts, Unanswered)
    assert stage.now == pytest.approx(START + 600)
    assert facts.waited_s == pytest.approx(600)
    assert facts.polls == sum("GET" in r and "act-1" in r for r in stage.requests)
    assert facts.ended is None


def test_message_of_the_last_moment_counts(ledger: SqliteLedger) -> None:
    """The last read falls on the deadline itself."""
    stage = Stage(Counter(texts=[(START + 600, "Your code is 123456")]), ledger)
    lease = stage.play(buy())
    assert isinstance(stage.play(lifecycle.wait(lease, any_message, 600)), Message)


def test_message_before_the_wait_counts(ledger: SqliteLedger) -> None:
    """Identity decides, never the clock."""
    stage = Stage(Counter(texts=[(START - 5, "Your code is 123456")]), ledger)
    lease = stage.play(buy())
    assert isinstance(stage.play(lifecycle.wait(lease, any_message, 0)), Message)


def test_same_digits_twice_are_two_messages(ledger: SqliteLedger) -> None:
    """Each wait returns a message that no earlier wait returned."""
    text = "Your code is 123456"
    stage = Stage(Counter(texts=[(START, text), (START, text)]), ledger)
    lease = stage.play(buy())
    taken = [stage.play(lifecycle.wait(lease, any_message, 1)) for _ in range(3)]
    ids = [m.id for m in taken if isinstance(m, Message)]
    assert ids == ["m0", "m1"]
    assert isinstance(taken[2], Unanswered)
    assert taken[2].taken == 2


def test_messages_that_are_there_can_be_passed_over(ledger: SqliteLedger) -> None:
    """A wait then returns only what arrives later, and the ledger has both."""
    texts = [(START, "Your code is 111111"), (START + 9, "Your code is 222222")]
    stage = Stage(Counter(texts=texts), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.pass_over(lease))
    found = stage.play(lifecycle.wait(lease, any_message, 60))
    assert isinstance(found, Message)
    assert found.text == "Your code is 222222"
    assert [name for name, _ in ledger.events("lease-1")].count("MessageArrived") == 2


def test_a_lease_that_is_over_is_passed_over_without_asking(ledger: SqliteLedger) -> None:
    """The wait that follows says that the lease ended."""
    stage = Stage(Counter(), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    asked = len(stage.requests)
    stage.play(lifecycle.pass_over(lease))
    assert len(stage.requests) == asked
    assert isinstance(stage.play(lifecycle.wait(lease, any_message, 60)), Unanswered)


def test_refused_messages_are_told_with_their_reasons(ledger: SqliteLedger) -> None:
    """A message that does not fit is not taken, and the facts say why."""
    stage = Stage(Counter(texts=[(START, "Hello")]), ledger)
    lease = stage.play(buy())
    facts = stage.play(lifecycle.wait(lease, lambda _: "no code in it", 1))
    assert isinstance(facts, Unanswered)
    assert [(r.message.text, r.reason) for r in facts.refusals] == [("Hello", "no code in it")]


def test_expired_lease_ends_the_wait_at_once(ledger: SqliteLedger) -> None:
    """Nobody waits for a message that cannot come."""
    stage = Stage(Counter(expires_at=START + 20), ledger)
    lease = stage.play(buy())
    facts = stage.play(lifecycle.wait(lease, any_message, 600))
    assert isinstance(facts, Unanswered)
    assert facts.ended == "expired"
    assert stage.now < START + 21


def test_a_failing_poll_is_counted_and_the_next_one_tried(ledger: SqliteLedger) -> None:
    """One bad answer is no reason to fail a sign-up."""
    bad: list[httpx.Response | Exception] = [
        httpx.Response(503),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, text="<html>back in a minute</html>"),
    ]
    counter = Counter(
        texts=[(START + 1, "Your code is 123456")], fail={"GET /sandbox/activations/act-1": bad}
    )
    stage = Stage(counter, ledger)
    lease = stage.play(buy())
    assert isinstance(stage.play(lifecycle.wait(lease, any_message, 60)), Message)


def test_an_outage_until_the_deadline_is_told(ledger: SqliteLedger) -> None:
    """The facts say that nobody knows what arrived since the last answer."""
    answers = Counter()
    stage = Stage(
        lambda request, now: httpx.Response(503) if now > START + 40 else answers(request, now),
        ledger,
    )
    facts = stage.play(lifecycle.wait(stage.play(buy()), any_message, 90))
    assert isinstance(facts, Unanswered)
    assert facts.unseen
    assert 1 < len(facts.failures) < facts.polls


def test_a_wait_that_may_not_ask_tells_how_long_it_took(ledger: SqliteLedger) -> None:
    """The provider was asked just before; the seconds are those of the wait all the same."""
    stage = Stage(Counter(), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.look(lease))
    facts = stage.play(lifecycle.wait(lease, any_message, 0.04))
    assert isinstance(facts, Unanswered)
    assert facts.polls == 0
    assert facts.waited_s == pytest.approx(0.04)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lease_that_we_closed_says_how(ledger: SqliteLedger, *, arrived: bool) -> None:
    """Spent is finished, refunded is cancelled."""
    stage = Stage(Counter(texts=[(START, "Your code is 123456")] if arrived else []), ledger)
    lease = stage.play(buy())
    if arrived:
        stage.play(lifecycle.wait(lease, any_message, 1))
    stage.play(lifecycle.close(lease))
    facts = stage.play(lifecycle.wait(lease, any_message, 60))
    assert isinstance(facts, Unanswered)
    assert facts.ended == ("finished" if arrived else "cancelled")


def test_retry_after_is_obeyed_to_the_second(ledger: SqliteLedger) -> None:
    """A provider that asks for seven seconds gets seven seconds."""
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    counter = Counter(
        texts=[(START, "Your code is 123456")], fail={"GET /sandbox/activations/act-1": [busy]}
    )
    stage = Stage(counter, ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.wait(lease, any_message, 60))
    assert stage.now == pytest.approx(START + 7)


def test_wait_tells_how_long_it_took_to_its_deadline(ledger: SqliteLedger) -> None:
    """Also where it could not ask any more and only waited."""
    busy = httpx.Response(429, headers={"Retry-After": "600"})
    stage = Stage(Counter(fail={"GET /sandbox/activations/act-1": [busy]}), ledger)
    lease = stage.play(buy())
    facts = stage.play(lifecycle.wait(lease, any_message, 60))
    assert isinstance(facts, Unanswered)
    assert (facts.polls, facts.waited_s) == (1, 60.0)
    assert stage.now == START + 60


def test_unused_number_is_refunded(ledger: SqliteLedger) -> None:
    """A lease without a message is cancelled for the refund."""
    stage = Stage(Counter(), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    assert state(ledger) == [State.REFUNDED]


def test_early_cancel_becomes_a_debt_with_its_time(ledger: SqliteLedger) -> None:
    """Teardown never sleeps: what is refused now is owed."""
    stage = Stage(Counter(cancel_not_before=START + 120), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    assert state(ledger) == [State.OWED]
    assert stage.now == START


def test_unanswered_cancel_becomes_a_debt(ledger: SqliteLedger) -> None:
    """A failed cancel never fails a test and is never silent."""
    dead: list[httpx.Response | Exception] = [httpx.ConnectError("refused")]
    stage = Stage(Counter(fail={"/cancel": dead}), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    assert state(ledger) == [State.OWED]


def test_busy_provider_names_when_the_debt_is_due(ledger: SqliteLedger) -> None:
    """``Retry-After`` on a cancel is the earliest time that the refund is asked for again."""
    busy: list[httpx.Response | Exception] = [httpx.Response(429, headers={"Retry-After": "90"})]
    stage = Stage(Counter(fail={"/cancel": busy}), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    assert [(row.state, row.due_at) for row in ledger.rows()] == [(State.OWED, START + 90)]


def test_capability_tells_when_the_debt_is_due(ledger: SqliteLedger) -> None:
    """A provider that refuses early cancels without a time states how long it does."""

    class Holding(SandboxProvider):
        capabilities = replace(SandboxProvider.capabilities, cancel_hold_s=120.0)

    dead: list[httpx.Response | Exception] = [httpx.ConnectError("refused")]
    stage = Stage(Counter(fail={"/cancel": dead}), ledger)
    lease = stage.play(buy(provider=Holding(URL)))
    stage.play(lifecycle.close(lease))
    assert [(row.state, row.due_at) for row in ledger.rows()] == [(State.OWED, START + 120)]


def test_message_that_races_the_cancel_settles_as_spent(ledger: SqliteLedger) -> None:
    """The provider says that a message arrived: the ledger has it and the money is spent."""
    counter = Counter()
    stage = Stage(counter, ledger)
    lease = stage.play(buy())
    counter.texts.append((START, "Your code is 123456"))
    stage.play(lifecycle.close(lease))
    assert state(ledger) == [State.SPENT]


def test_window_that_closed_settles_as_expired(ledger: SqliteLedger) -> None:
    """A cancel refused because the window is over leaves nothing owed."""
    counter = Counter(expires_at=START, fail={"/cancel": [refusal("expired")]})
    stage = Stage(counter, ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    assert state(ledger) == [State.EXPIRED]


def test_closing_twice_is_harmless(ledger: SqliteLedger) -> None:
    """``finish()`` and the teardown after it cancel once."""
    stage = Stage(Counter(), ledger)
    lease = stage.play(buy())
    stage.play(lifecycle.close(lease))
    stage.play(lifecycle.close(lease))
    assert sum("cancel" in request for request in stage.requests) == 1


def test_lost_answer_to_a_purchase_is_unknown(ledger: SqliteLedger) -> None:
    """Nobody may say that nothing was bought."""
    lost: list[httpx.Response | Exception] = [httpx.ReadTimeout("lost")]
    stage = Stage(Counter(fail={"POST /sandbox/activations": lost}), ledger)
    with pytest.raises(PurchaseUnknown):
        stage.play(buy())
    assert state(ledger) == [State.UNKNOWN]


def test_unreadable_answer_to_a_purchase_is_unknown(ledger: SqliteLedger) -> None:
    """A 201 that cannot be read has bought something all the same."""
    odd: list[httpx.Response | Exception] = [httpx.Response(201, text="<html>")]
    stage = Stage(Counter(fail={"POST /sandbox/activations": odd}), ledger)
    with pytest.raises(PurchaseUnknown):
        stage.play(buy())
    assert state(ledger) == [State.UNKNOWN]


def test_refused_connection_bought_nothing(ledger: SqliteLedger) -> None:
    """A request that never left is a failure, not an unknown."""
    dead: list[httpx.Response | Exception] = [httpx.ConnectError("refused")]
    stage = Stage(Counter(fail={"POST /sandbox/activations": dead}), ledger)
    with pytest.raises(ProviderUnavailable):
        stage.play(buy())
    assert state(ledger) == [State.FAILED]


def test_bad_key_stops_the_purchase(ledger: SqliteLedger) -> None:
    """No fallback hides a wrong key."""
    answer = httpx.Response(401, json={"error": {"code": "unauthorized", "message": "no"}})
    stage = Stage(Counter(fail={"POST /sandbox/activations": [answer]}), ledger)
    with pytest.raises(CredentialsRefused):
        stage.play(buy(Wish(service="any", countries=("US", "GB"))))
    assert state(ledger) == [State.FAILED]


def test_out_of_stock_falls_back_to_the_next_country(ledger: SqliteLedger) -> None:
    """The failed attempt stays in the ledger; the lease is for the country that had one."""
    stage = Stage(Counter(fail={"POST /sandbox/activations": [refusal("out_of_stock")]}), ledger)
    lease = stage.play(buy(Wish(service="any", countries=("US", "GB"))))
    assert lease.offer.country == "GB"
    assert state(ledger) == [State.FAILED, State.HELD]


def test_every_step_is_told_when_nobody_sells(ledger: SqliteLedger) -> None:
    """The text says what was tried and why each step failed."""
    stage = Stage(Counter(price="0.31"), ledger)
    wish = Wish(service="any", countries=("US", "GB"), max_price=Money.parse("0.25 USD"))
    with pytest.raises(
        NumberUnavailable, match=r"sandbox: US 0\.31 USD over 0\.25 USD, GB 0\.31 USD over"
    ):
        stage.play(buy(wish))
    assert state(ledger) == []
    assert "POST /sandbox/activations" not in stage.requests


def test_interrupted_purchase_is_known_to_the_caller(ledger: SqliteLedger) -> None:
    """Ctrl-C between intent and answer: the caller has the lease to close."""
    counter = Counter()
    leases: list[Lease] = []
    with pytest.raises(Killed):
        Stage(counter, ledger, kill_after=2).play(buy(leases=leases))
    assert [lease.id for lease in leases] == ["lease-1"]


def whole_life(leases: list[Lease]) -> Flow[None]:
    """Buy, wait for one message, close."""
    lease = yield from buy(leases=leases)
    yield from lifecycle.wait(lease, any_message, 60)
    yield from lifecycle.close(lease)


def test_stopping_after_every_effect_leaves_a_row_for_everything_sold(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    """Kill the flow after each single effect: what was sold is in the ledger under its key."""
    texts = [(START + 3, "Your code is 123456")]
    whole = Stage(Counter(texts=list(texts)), ledger)
    whole.play(whole_life([]))
    seen: list[State] = []
    for kill_after in range(1, len(whole.effects) + 1):
        counter = Counter(texts=list(texts))
        path = tmp_path / f"{kill_after}.sqlite3"
        with closing(SqliteLedger(path, Owner("owner-1"))) as dying, pytest.raises(Killed):
            Stage(counter, dying, kill_after=kill_after).play(whole_life([]))
        with closing(SqliteLedger(path, Owner("owner-1"))) as reopened:
            rows = reopened.rows()
        assert {row.lease_id for row in rows} >= set(counter.sold)
        assert all(row.lease_id in counter.sold or row.state is State.INTENDED for row in rows)
        seen += [row.state for row in rows]
    assert set(seen) == {State.INTENDED, State.HELD, State.RECEIVED, State.SPENT}


class Interrupted:
    """The real ledger of a process that Ctrl-C strikes at the commit of one event."""

    def __init__(self, ledger: SqliteLedger, at: type[Event], *, committed: bool) -> None:
        self._ledger = ledger
        self._at: type[Event] | None = at
        self._committed = committed

    def record(self, event: Event | Poll, at: float) -> Turn | None:
        """As the ledger, but for the interruption."""
        if self._at is None or not isinstance(event, self._at):
            return self._ledger.record(event, at)
        self._at = None
        if self._committed:
            self._ledger.record(event, at)
        raise KeyboardInterrupt


@pytest.mark.parametrize("committed", [True, False], ids=["after", "before"])
@pytest.mark.parametrize(
    ("at", "texts", "end"),
    [
        (Intended, 0, State.FAILED),
        (NumberBought, 0, State.REFUNDED),
        (MessageArrived, 1, State.SPENT),
        (Spent, 1, State.SPENT),
        (Refunded, 0, State.REFUNDED),
    ],
)
def test_ctrl_c_at_a_commit_leaves_the_lease_to_the_sweep(
    ledger: SqliteLedger, *, at: type[Event], texts: int, end: State, committed: bool
) -> None:
    """Only the ledger knows on which side of it; teardown raises nothing, and the row is right."""
    counter = Counter(texts=[(START + 3, "Your code is 123456")] * texts)
    stage = Stage(counter, Interrupted(ledger, at, committed=committed))
    leases: list[Lease] = []
    with pytest.raises(KeyboardInterrupt):
        stage.play(whole_life(leases))
    for lease in leases:
        stage.play(lifecycle.close(lease))
    for row in ledger.rows(open_only=True):
        lease = recovery.resume(row, leases[0].provider)
        stage.play(recovery.finish(lease, list, served_s=0.0))
    assert state(ledger) in ([end], [])
    assert len(counter.sold) == (at is not Intended)
