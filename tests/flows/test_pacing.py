"""When a wait asks its provider, in virtual time, on the real clients and the real ledger."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_otp.core import lifecycle
from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.core.lease import Lease
from pytest_otp.core.lifecycle import Unanswered
from pytest_otp.core.pacing import Poll
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import State
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Activation, Message, Offer
from pytest_otp.providers.dogesms import DogeSmsProvider
from pytest_otp.providers.sms_activate import SmsActivateProvider
from pytest_otp.providers.smscode import SmsCodeProvider
from pytest_otp.providers.smsgang import SmsGangProvider
from tests.flows.crowd import Crowd
from tests.flows.stage import START, Stage
from tests.unit.events import bought, intended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_otp.core.provider import Provider

URL = "http://127.0.0.1:1"


def lease(provider: Provider, ledger: SqliteLedger, name: str = "lease-1") -> Lease:
    """A number that is held."""
    ledger.record(intended(name), START)
    ledger.record(bought(name), START)
    return Lease(
        id=name,
        provider=provider,
        offer=Offer(provider.name, "any", "US", None),
        state=State.HELD,
        activation=Activation(name, "+12025550123"),
        account="account",
    )


def any_message(_message: Message) -> str | None:
    """Refuse nothing."""
    return None


class SmsGang:
    """SMSGang's answers to reads of an activation, with a code from a moment on."""

    def __init__(self, arrives_at: float) -> None:
        self.arrives_at = arrives_at
        self.asked_at: list[float] = []

    def __call__(self, _request: httpx.Request, now: float) -> httpx.Response:
        """The activation as it is."""
        self.asked_at.append(now)
        there = now >= self.arrives_at
        data = {"status": "completed", "code": "123456"} if there else {"status": "pending"}
        return httpx.Response(200, json={"data": data})


class SmsCode:
    """SMSCode's answers to reads of an order, with a code from a moment on."""

    def __init__(self, arrives_at: float) -> None:
        self.arrives_at = arrives_at
        self.asked_at: list[float] = []

    def __call__(self, _request: httpx.Request, now: float) -> httpx.Response:
        """The order as it is."""
        self.asked_at.append(now)
        there = now >= self.arrives_at
        order = {"status": "OTP_RECEIVED", "otp_code": "123456"} if there else {"status": "WAITING"}
        return httpx.Response(200, json={"success": True, "data": order})


@pytest.mark.parametrize(
    ("provider", "answers"), [(SmsCodeProvider, SmsCode), (SmsGangProvider, SmsGang)]
)
@settings(deadline=None, max_examples=25)
@given(
    arrives_s=st.floats(0, 40),
    first_timeout_s=st.floats(0, 30),
    second_timeout_s=st.floats(0, 30),
)
def test_an_interval_is_kept_through_waits_and_looks(
    tmp_path_factory: pytest.TempPathFactory,
    provider: Callable[[str], Provider],
    answers: type[SmsCode | SmsGang],
    arrives_s: float,
    first_timeout_s: float,
    second_timeout_s: float,
) -> None:
    """Two waits with a look between them never ask twice within five seconds."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    counter = answers(START + arrives_s)
    with closing(SqliteLedger(path, Owner("owner-1"))) as ledger:
        stage = Stage(counter, ledger)
        held = lease(provider(URL), ledger)
        stage.play(lifecycle.wait(held, any_message, first_timeout_s))
        stage.play(lifecycle.look(held))
        stage.play(lifecycle.wait(held, any_message, second_timeout_s))
    assert counter.asked_at
    assert all(later - sooner >= 5.0 - 1e-6 for sooner, later in pairwise(counter.asked_at))


def test_two_waits_on_one_number_keep_its_interval_together(ledger: SqliteLedger) -> None:
    """The poll of one serves both, and each gets a message of its own."""
    crowd = Crowd(ledger)
    held = lease(SmsCodeProvider(URL), ledger)
    codes = {START + 7: "111111", START + 19: "222222"}

    def answer(_request: httpx.Request, now: float) -> httpx.Response:
        latest = max((at for at in codes if at <= now), default=0.0)
        order = {"order_id": held.id, "status": "WAITING", "otp_code": codes.get(latest)}
        return httpx.Response(200, json={"success": True, "data": order})

    for _ in range(3):
        crowd.join(lifecycle.wait(held, any_message, 60))
    crowd.play(answer)
    asked = [at for at, effect in crowd.effects if isinstance(effect, Send)]
    assert min(later - at for at, later in pairwise(asked)) >= 5
    first, second, nothing = crowd.results
    assert [first.code, second.code] == ["111111", "222222"]
    assert isinstance(nothing, Unanswered)


def test_failed_polls_keep_the_interval_too(ledger: SqliteLedger) -> None:
    """A provider in trouble is not asked oftener than one that is well."""
    asked_at: list[float] = []

    def fails(_request: httpx.Request, now: float) -> httpx.Response:
        asked_at.append(now)
        return httpx.Response(503)

    facts = Stage(fails, ledger).play(
        lifecycle.wait(lease(SmsCodeProvider(URL), ledger), any_message, 120)
    )
    assert isinstance(facts, Unanswered)
    assert facts.polls == len(facts.failures) == len(asked_at) > 3
    assert all(later - sooner >= 5.0 - 1e-6 for sooner, later in pairwise(asked_at))


def test_a_wait_for_nothing_asks_last_at_its_deadline(ledger: SqliteLedger) -> None:
    """No message of the last moment is missed, and the wait is not longer than asked for."""
    counter = SmsCode(START + 1000)
    stage = Stage(counter, ledger)
    stage.play(lifecycle.wait(lease(SmsCodeProvider(URL), ledger), any_message, 600))
    assert counter.asked_at[-1] == pytest.approx(START + 600) == stage.now


def test_retry_after_beyond_the_deadline_is_obeyed(ledger: SqliteLedger) -> None:
    """The wait gives up at its deadline without having asked again."""
    busy = httpx.Response(429, headers={"Retry-After": "900"})
    stage = Stage(lambda _request, _now: busy, ledger)
    facts = stage.play(lifecycle.wait(lease(DogeSmsProvider(URL), ledger), any_message, 60))
    assert isinstance(facts, Unanswered)
    assert facts.polls == 1
    assert stage.now == pytest.approx(START + 60)


def test_arrivals_are_learnt_from_the_start_of_the_wait(ledger: SqliteLedger) -> None:
    """Not from the purchase; where the provider gives no moment, somewhere between two polls."""
    stage = Stage(SmsCode(START + 106), ledger)
    held = lease(SmsCodeProvider(URL), ledger)
    stage.now = START + 100
    assert isinstance(stage.play(lifecycle.wait(held, any_message, 60)), Message)
    (seen,) = ledger.arrivals("sandbox", "any", "US").seen
    sooner, later = (each - 100 for each in stage_times(stage))
    assert sooner < seen < later


def dogesms(request: httpx.Request, now: float) -> httpx.Response:
    """DogeSMS, where the message of an order comes after 20 s; order 2 has expired by then."""
    sms = {"text": "Your code is 123456", "receivedAt": "2026-03-14T12:03:22Z"}
    over = now >= START + 20
    if request.url.path.endswith("2"):
        return httpx.Response(200, json={"status": "expired" if over else "pending"})
    return httpx.Response(200, json={"status": "pending", "sms": sms if over else None})


@pytest.mark.parametrize("end", ["message", "expired", "timeout", "there before", "cancelled"])
def test_who_waits_no_more_is_not_counted(ledger: SqliteLedger, end: str) -> None:
    """However the wait ended: the others have its share at once."""
    held = lease(DogeSmsProvider(URL), ledger, "lease-2" if end == "expired" else "lease-1")
    stage = Stage(dogesms, ledger)
    if end == "there before":
        stage.now = START + 30
        stage.play(lifecycle.look(held))
    wait = lifecycle.wait(held, any_message, 10 if end == "timeout" else 600)
    if end == "cancelled":
        assert isinstance(next(wait), Pause)
        assert isinstance(wait.send(START), Record)
        wait.send(ledger.record(poll("lease-1", until=START + 600), START))
        left = wait.throw(asyncio.CancelledError())
        assert isinstance(left, Record)
        ledger.record(left.event, START)
    else:
        stage.play(wait)
    turn = ledger.record(poll("lease-3", until=stage.now + 60), stage.now + 1)
    assert turn
    assert turn.waiting == 1


def poll(name: str, until: float) -> Poll:
    """A poll of a lease at the account of all."""
    return Poll(lease_id=name, account="account", spacing_s=0.0, until=until)


@pytest.mark.parametrize("ahead_s", [-7200, 0, 3600])
def test_arrivals_are_learnt_by_our_own_clock(ledger: SqliteLedger, ahead_s: float) -> None:
    """A provider's clock that is wrong, or a sandbox's that was advanced, teaches nothing else."""

    def answer(_request: httpx.Request, now: float) -> httpx.Response:
        arrives_at = START + 20
        if now < arrives_at:
            return httpx.Response(200, json={"id": "1", "status": "pending"})
        told = datetime.fromtimestamp(arrives_at + ahead_s, UTC).isoformat()
        received = {"id": "1", "status": "received", "code": "123456", "received_at": told}
        return httpx.Response(200, json=received)

    stage = Stage(answer, ledger)
    held = lease(SmsActivateProvider(URL), ledger)
    assert isinstance(stage.play(lifecycle.wait(held, any_message, 60)), Message)
    (seen,) = ledger.arrivals("sandbox", "any", "US").seen
    assert seen == pytest.approx(20, abs=0 if ahead_s == 0 else 2)
    (row,) = ledger.rows()
    assert row.code_after_s == pytest.approx(20, abs=0 if ahead_s == 0 else 3)


def stage_times(stage: Stage) -> list[float]:
    """When the provider was asked, counted from the beginning."""
    counter = stage._answer
    assert isinstance(counter, SmsCode)
    return [at - START for at in counter.asked_at]


def test_a_poll_learns_how_many_wait(ledger: SqliteLedger, tmp_path: Path) -> None:
    """Across processes that share a ledger; a message, and the end of the time, count one out."""
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3", Owner("owner-2"))) as other:
        lease(DogeSmsProvider(URL), ledger, "lease-1")

        def waiting(store: SqliteLedger, name: str, at: float, until: float) -> int:
            poll = Poll(lease_id=name, account="account", spacing_s=0.2, until=until)
            turn = store.record(poll, at)
            assert turn is not None
            return turn.waiting

        assert waiting(ledger, "lease-1", 1.0, 90.0) == 1
        assert waiting(other, "lease-2", 1.0, 10.0) == 2
        assert waiting(ledger, "lease-1", 2.0, 90.0) == 2
        assert waiting(ledger, "lease-1", 11.0, 90.0) == 1


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["a", "b"])), min_size=2, max_size=30).map(
        sorted
    )
)
def test_turns_of_two_processes_are_never_closer_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, polls: list[tuple[float, str]]
) -> None:
    """Whoever asks, and whenever: an account's turns are evenly apart at least."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    with (
        closing(SqliteLedger(path, Owner("a"))) as a,
        closing(SqliteLedger(path, Owner("b"))) as b,
    ):
        left = []
        for at, who in polls:
            poll = Poll(lease_id=who, account="account", spacing_s=0.2, until=1000.0)
            turn = (a if who == "a" else b).record(poll, at)
            assert turn is not None
            left.append(turn.at)
    assert all(later - sooner >= 0.2 - 1e-9 for sooner, later in pairwise(left))


@pytest.mark.parametrize("waits", [3, 40])
@pytest.mark.parametrize("provider", [DogeSmsProvider, SmsActivateProvider])
def test_waits_side_by_side_stay_below_the_account_s_limit(
    ledger: SqliteLedger, tmp_path: Path, provider: Callable[[str], Provider], waits: int
) -> None:
    """However many wait, in two processes: no window holds more reads than the document allows.

    The limit is used up all the same where so many wait that it is short.
    """
    rate = provider(URL).capabilities.read_rate
    assert rate is not None
    crowd = Crowd(ledger)
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3", Owner("owner-2"))) as other:
        for n in range(waits):
            of = other if n % 2 else ledger
            held = lease(provider(URL), of, f"lease-{n}")
            crowd.join(lifecycle.wait(held, any_message, 90), of=of)
        crowd.play(lambda _request, _now: httpx.Response(200, json={"status": "pending"}))
    asked = sorted(at for at, effect in crowd.effects if isinstance(effect, Send))
    assert all(
        later - sooner >= rate.window_s - 1e-6
        for sooner, later in zip(asked, asked[rate.limit :], strict=False)
    )
    assert len(asked) >= min(8 * waits, 0.6 * 90 / rate.window_s * rate.limit)
