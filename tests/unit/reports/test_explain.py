"""What a failed wait tells, and what it keeps to itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core import verdicts
from pytest_otp.core.lease import Lease
from pytest_otp.core.lifecycle import Refusal, Unanswered
from pytest_otp.errors import CodeTimeout, LeaseEnded, ProviderUnavailable
from pytest_otp.models import Activation, Message, Money, Offer
from pytest_otp.providers.sandbox import SandboxProvider
from pytest_otp.reports import explain

if TYPE_CHECKING:
    from pytest_otp.errors import WaitError
    from pytest_otp.models import Ending

SILENCE = Unanswered(
    lease=Lease(
        id="lease-1",
        provider=SandboxProvider("http://127.0.0.1:1/sandbox"),
        offer=Offer(provider="sandbox", service="any", country="US", price=Money.parse("0.10 USD")),
        activation=Activation(id="act-1", number="+12025554321", price=Money.parse("0.12 USD")),
    ),
    waited_s=120.04,
    polls=5,
    failures=(),
    refusals=(),
    taken=0,
    ended=None,
)
BUSY = ProviderUnavailable("too many requests", provider="sandbox", operation="read", status=429)
GREETING = Refusal(Message(id="m1", text="Hello 4711"), "there is no code in it")

NOTHING_CAME = (
    "Nothing came: did the application send to this very number, and through the gateway that "
    "this run listens to?"
)


def failure(facts: Unanswered) -> WaitError:
    """The error of a wait, by the verdict on it where nothing else was leased."""
    flow = verdicts.find(facts, [], lambda _message: None, narrowed=False, strays=None)
    with pytest.raises(StopIteration) as done:
        next(flow)
    return explain.unanswered(facts, done.value.value)


def told(facts: Unanswered) -> list[str]:
    """The lines of the failure."""
    return [line.strip() for line in str(failure(facts)).splitlines()]


def test_silence_is_told_in_four_lines() -> None:
    """Which number waited how long, what was seen, what it cost, what to do."""
    assert told(SILENCE) == [
        "no code for +1•••••••4321 (sandbox, US) in 120.0 s",
        "5 polls were made; no message arrived",
        "the number cost 0.12 USD",
        f"{NOTHING_CAME} See pytest-otp's README.md#when-no-code-comes",
    ]


def test_silence_is_a_timeout() -> None:
    """``except CodeTimeout`` catches it."""
    assert isinstance(failure(SILENCE), CodeTimeout)


@pytest.mark.parametrize(
    ("ended", "how"),
    [("cancelled", "was cancelled"), ("expired", "has expired"), ("finished", "was finished")],
)
def test_lease_that_ended_is_another_error(ended: Ending, how: str) -> None:
    """Waiting longer would not have helped, and the first line says so."""
    error = failure(replace(SILENCE, ended=ended))
    assert isinstance(error, LeaseEnded)
    assert f"no more messages can come to +1•••••••4321 (sandbox, US): the lease {how}" in str(
        error
    )
    assert "new" in str(error).splitlines()[-1]


def test_price_that_only_the_offer_named() -> None:
    """The number cost that; where nobody named a price none is told."""
    silent = replace(SILENCE.lease.held, price=None)
    offer = SILENCE.lease.offer
    assert "the number cost 0.10 USD" in told(
        replace(SILENCE, lease=replace(SILENCE.lease, activation=silent))
    )
    free = replace(SILENCE.lease, activation=silent, offer=replace(offer, price=None))
    assert "cost" not in str(failure(replace(SILENCE, lease=free)))


def test_failed_polls_are_counted_and_the_last_one_told() -> None:
    """With its own words; as long as others were answered the application may be at fault."""
    lines = told(replace(SILENCE, failures=(BUSY, BUSY)))
    assert lines[1] == (
        "5 polls were made, 2 of them failed (the last one: "
        "sandbox: read (HTTP 429): too many requests); no message arrived"
    )
    assert lines[-1].startswith("Nothing came")


def test_provider_that_never_answered_is_blamed() -> None:
    """Nobody should search the application for it."""
    lines = told(replace(SILENCE, polls=1, failures=(BUSY,)))
    assert lines[1].startswith("1 poll was made, 1 of them failed")
    assert lines[-1].startswith("The provider failed")


def test_provider_that_failed_until_the_end_is_blamed() -> None:
    """What arrived after its last answer nobody could see; a lone failure hides little."""
    outage = replace(SILENCE, failures=(BUSY, BUSY, BUSY), unseen=True)
    assert failure(outage).provider_fault
    assert told(outage)[-1].startswith("The provider failed")
    assert not failure(replace(outage, unseen=False)).provider_fault
    assert not failure(replace(outage, failures=(BUSY,))).provider_fault


def test_wait_too_short_to_ask_says_so() -> None:
    """Nobody looked, so nobody can say that nothing came."""
    lines = told(replace(SILENCE, polls=0, taken=1))
    assert lines[-1].startswith(
        "The provider was asked just before the wait and may be asked every 0.05 s"
    )


def test_message_that_did_not_fit_goes_before_the_end_of_the_lease() -> None:
    """Where the provider ends a lease with its message, the pattern is what to look at."""
    lines = told(replace(SILENCE, ended="finished", refusals=(GREETING,)))
    assert lines[0].endswith("the lease was finished")
    assert lines[-1].startswith("A message came but no code was taken")


def test_message_without_a_text_is_shown_by_its_code() -> None:
    """Masked like a text."""
    bare = Refusal(Message(id="m1", text="", code="4711 is it"), "no")
    assert "not taken: '•••• is it': no" in told(replace(SILENCE, refusals=(bare,)))


def test_refused_message_is_shown_masked_with_its_reason() -> None:
    """No digit of it is seen, and the advice is about the pattern."""
    lines = told(replace(SILENCE, refusals=(GREETING,)))
    assert lines[1].endswith("; 1 message arrived")
    assert lines[2] == "not taken: 'Hello ••••': there is no code in it"
    assert "pattern=" in lines[-1]


def test_messages_of_earlier_waits_are_counted() -> None:
    """The second code that never came is not a message that never came."""
    lines = told(replace(SILENCE, taken=1, refusals=(GREETING, GREETING)))
    assert lines[1].endswith("; 3 messages arrived, 1 taken by earlier waits")
    assert "really sent again?" in told(replace(SILENCE, taken=1))[-1]


def test_hostile_message_stays_on_its_line() -> None:
    """Neither a line break nor an escape sequence nor a bidi mark reaches the terminal."""
    hostile = Refusal(Message(id="m1", text="a\n\x1b[31mb\u202ec" + "d" * 500), "no")
    lines = told(replace(SILENCE, refusals=(hostile,)))
    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)
    assert len(lines[2]) < 120
