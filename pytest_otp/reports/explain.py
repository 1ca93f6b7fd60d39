"""The text of every failed wait: what happened, and what to do about it.

Numbers and messages are masked here; the facts come from ``core.lifecycle.Unanswered``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_otp.core.verdicts import Cause
from pytest_otp.errors import CodeTimeout, LeaseEnded
from pytest_otp.redact import mask_message, mask_number

if TYPE_CHECKING:
    from pytest_otp.core.lifecycle import Unanswered
    from pytest_otp.core.verdicts import Verdict
    from pytest_otp.errors import WaitError
    from pytest_otp.models import Ending, Message

REMEDIES: Final = "README.md#when-no-code-comes"


def unanswered(facts: Unanswered, verdict: Verdict, wanted: str = "code") -> WaitError:
    """The error for a wait that ended without a message.

    Args:
        facts: of the wait.
        verdict: on it.
        wanted: what was waited for: a code, or a message.
    """
    lease = facts.lease
    who = f"{mask_number(lease.held.number)} ({lease.provider.name}, {lease.offer.country})"
    if facts.ended:
        kind: type[WaitError] = LeaseEnded
        first = f"no more messages can come to {who}: the lease {_ENDED[facts.ended]}"
    else:
        kind = CodeTimeout
        first = f"no {wanted} for {who} in {facts.waited_s:.1f} s"
    lines = [first, f"  {_polls(facts)}; {_messages(facts)}"]
    lines += [f"  not taken: {_shown(r.message)!r}: {r.reason}" for r in facts.refusals]
    price = lease.held.price or lease.offer.price
    if price is not None:
        lines.append(f"  the number cost {price}")
    lines.append(f"  {_advice(facts, verdict)} See pytest-otp's {REMEDIES}")
    error = kind("\n".join(lines))
    error.verdict = verdict
    error.provider_fault = verdict.cause is Cause.PROVIDER_FAILED
    return error


def _shown(message: Message) -> str:
    """Masked; of a provider that hands out no text, what it took for the code."""
    return mask_message(message.text or message.code or "")


def _polls(facts: Unanswered) -> str:
    text = "1 poll was made" if facts.polls == 1 else f"{facts.polls} polls were made"
    if facts.failures:
        text += f", {len(facts.failures)} of them failed (the last one: {facts.failures[-1]})"
    return text


def _messages(facts: Unanswered) -> str:
    seen = len(facts.refusals) + facts.taken
    arrived = {0: "no message arrived", 1: "1 message arrived"}.get(
        seen, f"{seen} messages arrived"
    )
    return f"{arrived}, {facts.taken} taken by earlier waits" if facts.taken else arrived


_ADVICE: Final = {
    Cause.PROVIDER_FAILED: (
        "The provider failed: look at its status before you look at the application."
    ),
    Cause.PATTERN_DID_NOT_MATCH: (
        "A message came and does not match: compare pattern= or match= with its text."
    ),
    Cause.NO_CODE_IN_MESSAGE: (
        "A message came but no code was taken from it: pass pattern= if its code is unusual."
    ),
    Cause.ALL_TAKEN: (
        "Every message was returned by an earlier wait, or was there before expect_code(): was the "
        "code really sent again?"
    ),
    Cause.NOTHING_ARRIVED: (
        "Nothing came: did the application send to this very number, and through the gateway "
        "that this run listens to?"
    ),
}


_ENDED: Final[dict[Ending, str]] = {
    "expired": "has expired",
    "cancelled": "was cancelled",
    "finished": "was finished",
}
_AFTER_THE_END: Final[dict[Ending, str]] = {
    "expired": "Let the application send sooner after the lease, or lease a new number.",
    "cancelled": "A number that was given back gets no messages: lease a new one.",
    "finished": "It was over with its last message: lease a new number for another one.",
}


def _advice(facts: Unanswered, verdict: Verdict) -> str:
    """What to do, by the cause."""
    if verdict.cause is Cause.LEASE_ENDED and facts.ended:
        return _AFTER_THE_END[facts.ended]
    if verdict.cause is Cause.NOT_ASKED:
        return (
            f"The provider was asked just before the wait and may be asked every "
            f"{facts.lease.provider.capabilities.read_interval_s:g} s: give it a longer timeout."
        )
    if verdict.other_number is None:
        return _ADVICE[verdict.cause]
    number = facts.lease.held.number
    other, ours = mask_number(verdict.other_number), mask_number(number)
    whose = "another lease of this run" if verdict.held else "a number that nobody holds"
    text = f"Meanwhile a message went to {other}, {whose}, and not to {ours}: "
    if verdict.mixed_up:
        return text + (
            "the two end alike, so the application took a national number for an international "
            "one, or the reverse. Type phone.number where E.164 is wanted, else phone.national."
        )
    return text + "does the application use the number that this test typed?"
