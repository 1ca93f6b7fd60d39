"""Why no message was returned: one verdict for each wait that ended without one.

The first cause that fits wins, in the order of ``Cause``: a lease that ended before a message was
to be seen explains all that follows, and a provider that failed may hide anything. Other leases are
looked at only after a wait has failed, and only as their provider's pace allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pytest_otp.core.effects import Pause
from pytest_otp.core.lifecycle import read
from pytest_otp.core.states import State
from pytest_otp.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.core.lifecycle import Unanswered
    from pytest_otp.models import Message

# As many digits at the end of two numbers are no accident.
_SAME_DIGITS: Final = 7
_COUNTRY: Final = 2
_OTHERS: Final = 10


class Cause(StrEnum):
    """What kept a wait from its message."""

    LEASE_ENDED = "lease_ended"
    PROVIDER_FAILED = "provider_failed"
    PATTERN_DID_NOT_MATCH = "pattern_did_not_match"
    NO_CODE_IN_MESSAGE = "no_code_in_message"
    OTHER_NUMBER = "other_number"
    NOT_ASKED = "not_asked"
    ALL_TAKEN = "all_taken"
    NOTHING_ARRIVED = "nothing_arrived"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a wait ended without a message; an attribute of every ``WaitError``.

    Attributes:
        cause: stable, for tables and reports.
        other_number: where the message went instead, E.164; a secret like every number.
        mixed_up: it is the same number, with its country's code missing or doubled.
        held: the other number is a lease of this run.
    """

    cause: Cause
    other_number: str | None = field(default=None, repr=False)
    mixed_up: bool = False
    held: bool = False


def find(
    facts: Unanswered,
    others: Sequence[Lease],
    refuse: Callable[[Message], str | None],
    *,
    narrowed: bool,
    strays: Callable[[], Flow[Sequence[str]]] | None,
) -> Flow[Verdict]:
    """The verdict on a wait.

    Args:
        facts: of the wait.
        others: further leases of this run.
        refuse: as the wait had it.
        narrowed: the test said itself what to look for.
        strays: asks for the numbers, held by nobody, that messages went to; a sandbox can tell.
    """
    cause = _told(facts, narrowed=narrowed)
    if cause is not None:
        return Verdict(cause)
    elsewhere = yield from _elsewhere(facts.lease, others, refuse)
    if elsewhere is not None:
        number = elsewhere.held.number
        mixed = mixed_up(facts.lease.held.number, number)
        return Verdict(Cause.OTHER_NUMBER, number, mixed, held=True)
    if strays is not None:
        numbers = yield from strays()
        for number in numbers:
            if mixed_up(facts.lease.held.number, number):
                return Verdict(Cause.OTHER_NUMBER, number, mixed_up=True)
        if numbers and facts.polls and not facts.taken:
            # It may be another process's: told, but not held to be the cause.
            return Verdict(Cause.NOTHING_ARRIVED, numbers[-1])
    if not facts.polls:
        return Verdict(Cause.NOT_ASKED)
    return Verdict(Cause.ALL_TAKEN if facts.taken else Cause.NOTHING_ARRIVED)


def _told(facts: Unanswered, *, narrowed: bool) -> Cause | None:
    """The cause, if the wait itself saw it."""
    if facts.ended and not facts.refusals:
        return Cause.LEASE_ENDED
    failed = len(facts.failures)
    if failed and (failed == facts.polls or (facts.unseen and 2 * failed >= facts.polls)):
        return Cause.PROVIDER_FAILED
    if facts.refusals:
        return Cause.PATTERN_DID_NOT_MATCH if narrowed else Cause.NO_CODE_IN_MESSAGE
    return None


def mixed_up(number: str, other: str) -> bool:
    """Whether two different numbers end alike: one of them lost its country, or has it twice."""
    one, two = number.lstrip("+"), other.lstrip("+")
    shared = min(len(one), len(two))
    return (
        one != two
        and shared >= _SAME_DIGITS
        and _alike(one, two) >= max(_SAME_DIGITS, shared - _COUNTRY)
    )


def _alike(one: str, two: str) -> int:
    """How many characters at the end are the same."""
    alike = 0
    for left, right in zip(reversed(one), reversed(two), strict=False):
        if left != right:
            break
        alike += 1
    return alike


def _elsewhere(
    lease: Lease, others: Iterable[Lease], refuse: Callable[[Message], str | None]
) -> Flow[Lease | None]:
    """Another lease with a message that would have been taken here, and was not there."""
    near = [other for other in others if other is not lease and other.state in _OPEN]
    for other in near[:_OTHERS]:
        yield from _look_at(other)
    for other in near:
        untaken = (m for m in tuple(other.messages.values()) if m.id not in other.taken)
        if any(_fits(message, refuse) for message in untaken):
            return other
    return None


def _fits(message: Message, refuse: Callable[[Message], str | None]) -> bool:
    try:
        return refuse(message) is None
    except Exception:  # noqa: BLE001 - a test's own function, which never asked to see this one
        return False


_OPEN: Final = frozenset({State.HELD, State.RECEIVED})


def _look_at(lease: Lease) -> Flow[None]:
    now = yield Pause(0)
    if now >= lease.asked_at + lease.provider.capabilities.read_interval_s:
        try:
            yield from read(lease)
        except ProviderError:
            return
