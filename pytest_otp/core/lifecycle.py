"""The whole life of a lease, as flows: acquire, wait, close.

Two rules explain the shape. The intent is recorded before the purchase leaves, so that a crash
at any instant leaves a row to recover from; and closing never waits, because it runs in a test's
teardown: what a provider does not refund at once becomes a debt.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pytest_otp.core import pacing
from pytest_otp.core.effects import Pause, Record
from pytest_otp.core.states import (
    CancelDeferred,
    Expired,
    MessageArrived,
    Refunded,
    Spent,
    State,
)
from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
)
from pytest_otp.models import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Activation, Ending, Message, Rate


NO_CANCEL: Final = "the provider has no cancel"
# How long after its deadline a wait still takes the turn of its last poll.
_LAST_TURN_S: Final = 1.0
# Moments are told to the second.
_SKEW_S: Final = 1.0
# What became of a lease that we closed ourselves, in the words of its provider.
_ENDED: Final[dict[State | None, Ending]] = {
    State.OWED: "cancelled",
    State.REFUNDED: "cancelled",
    State.EXPIRED: "expired",
    State.SPENT: "finished",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not taken."""

    message: Message
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A wait that ended without a message, and the facts that explain it.

    Attributes:
        waited_s: how long the wait took.
        polls: reads made, the failed ones included.
        failures: the reads that failed.
        unseen: the last read failed, so nobody knows what arrived since the one before it.
        refusals: the messages that arrived and were not taken.
        taken: messages that earlier waits on this lease returned.
        ended: why none can come any more; None after a timeout.
    """

    lease: Lease
    waited_s: float
    polls: int
    failures: tuple[ProviderError, ...]
    unseen: bool = False
    refusals: tuple[Refusal, ...]
    taken: int
    ended: Ending | None


# -- wait --------------------------------------------------------------------------------------


def wait(
    lease: Lease, refuse: Callable[[Message], str | None], timeout_s: float
) -> Flow[Message | Unanswered]:
    """The first message that no earlier wait took and that ``refuse`` lets pass.

    Messages that arrived before the wait began count. A poll that fails is counted and the next
    one tried: one bad answer in two minutes is no reason to fail a sign-up.

    Args:
        lease: one that ``acquire`` returned.
        refuse: says why a message does not fit, or None for one that does.
        timeout_s: seconds after which the wait gives up.
    """
    __tracebackhide__ = True  # what a test's own function raises ends in that function
    try:
        found = yield from _wait(lease, refuse, timeout_s)
    except GeneratorExit:
        raise
    except BaseException:  # a task that was cancelled too
        yield from _wait_no_more(lease)
        raise
    yield from _wait_no_more(lease)
    return found


def _wait_no_more(lease: Lease) -> Flow[None]:
    """Leave the account's rate to those that wait on."""
    if lease.provider.capabilities.read_rate is not None:
        yield Record(_poll(lease, 0.0, deadline=0.0))


def _wait(
    lease: Lease, refuse: Callable[[Message], str | None], timeout_s: float
) -> Flow[Message | Unanswered]:
    __tracebackhide__ = True
    started = yield Pause(0)
    deadline = started + timeout_s
    timetable = pacing.Timetable(
        lease.provider.capabilities,
        lease.arrivals,
        since=started,
        deadline=deadline,
        asked_at=lease.asked_at,
        lot=pacing.lot(lease.id),
    )
    if (rate := lease.provider.capabilities.read_rate) is not None:
        # How many wait is to be known before the first poll is planned.
        timetable.shared((yield Record(_poll(lease, 0.0, deadline))).waiting)
    polls = 0
    failures: list[ProviderError] = []
    unseen = False
    claim = object()
    while True:
        message = _take(lease, refuse)
        if message is not None:
            return message
        before = lease.asked_at
        ended = lease.ended or _ENDED.get(lease.state)
        due = None if ended else (yield from _turn(lease, timetable, rate, deadline))
        if due is None:
            lease.unanswered = True
            return Unanswered(
                lease=lease,
                waited_s=(yield Pause(0)) - started,
                polls=polls,
                failures=tuple(failures),
                unseen=unseen,
                refusals=tuple(_refusals(lease, refuse)),
                taken=len(lease.taken),
                ended=ended,
            )
        timetable.asking(due)
        if lease.polls.setdefault(before, claim) is not claim or lease.asked_at != before:
            # Another wait on this number asks or has just asked; what it reads serves both.
            continue
        polls += 1
        try:
            yield from read(lease, wait_s=max(0.0, deadline - due), since=started)
        except (ProviderUnavailable, ProviderProtocolError) as failure:
            failures.append(failure)
            unseen = True
            timetable.failed((yield Pause(0)), getattr(failure, "retry_after_s", None))
        else:
            unseen = False
            timetable.answered()


def _turn(
    lease: Lease, timetable: pacing.Timetable, rate: Rate | None, deadline: float
) -> Flow[float | None]:
    """Wait for the next poll, and for the turns of others; None where no poll is left."""
    now = yield Pause(0)
    timetable.resent(lease.resent_at)
    at = timetable.next_at()
    now = yield Pause(max(0.0, (deadline if at is None else at) - now))
    if at is None or rate is None:
        return None if at is None else now
    poll = _poll(lease, rate.spacing_s, deadline)
    turn = yield Record(poll)
    timetable.shared(turn.waiting)
    none_left = turn.at > max(now, poll.until)
    now = yield Pause(max(0.0, (deadline if none_left else turn.at) - now))
    return None if none_left else now


def _poll(lease: Lease, spacing_s: float, deadline: float) -> pacing.Poll:
    return pacing.Poll(
        lease_id=lease.id,
        account=lease.account,
        spacing_s=spacing_s,
        until=deadline + _LAST_TURN_S,
    )


def read(
    lease: Lease, wait_s: float = 0.0, since: float | None = None, *, late: bool = False
) -> Flow[Reading]:
    """Ask the provider once and record the messages that are new.

    Args:
        lease: one that holds a number.
        wait_s: how long the provider may hold the answer back, if it can.
        since: when the wait began, if this is one; epoch seconds.
        late: the test is done with the number.
    """
    before = lease.asked_at
    lease.asked_at = yield Pause(0)
    reading = yield from lease.provider.read(
        lease.held,
        known=len(lease.messages),
        wait_s=min(wait_s, lease.provider.capabilities.long_poll_s),
    )
    now = yield Pause(0)
    for message in reading.messages:
        if message.id in lease.messages:
            continue
        received_at = _believable(message.received_at, max(before, lease.begun_at), now)
        yield from lease.record(
            MessageArrived(
                lease_id=lease.id,
                message_id=message.id,
                received_at=received_at,
                awaited_s=_awaited_s(lease, message, received_at, since, between=(before, now)),
                # Where nobody waited for it, it was not late.
                late=late and lease.unanswered,
            )
        )
        lease.messages[message.id] = message
    lease.ended = reading.ended
    return reading


def look(lease: Lease) -> Flow[None]:
    """Ask once outside of a wait, as soon as the provider's pace allows."""
    now = yield Pause(0)
    soonest = lease.asked_at + lease.provider.capabilities.read_interval_s
    if soonest > now:
        yield Pause(soonest - now)
    yield from read(lease)


def pass_over(lease: Lease) -> Flow[None]:
    """Let no later wait return a message that is there now."""
    if not (lease.ended or lease.state is None or lease.state.closed):
        yield from look(lease)
    lease.taken.update(lease.messages)


def _believable(moment: datetime | None, before: float, now: float) -> datetime | None:
    """What a provider says, unless its clock and ours disagree by more than its seconds may."""
    fits = moment and before - _SKEW_S <= moment.timestamp() <= now + _SKEW_S
    return moment if fits else None


def _awaited_s(
    lease: Lease,
    message: Message,
    received_at: datetime | None,
    since: float | None,
    between: tuple[float, float],
) -> float | None:
    """From the start of the wait to the arrival, which may lie between two polls."""
    if since is None:
        return None
    began = max(since, lease.resent_at)
    if received_at is not None:
        return max(0.0, received_at.timestamp() - began)
    before, now = between
    lot = pacing.lot(lease.id, message.id)
    return lease.arrivals.between(max(before, began) - began, max(0.0, now - began), lot)


def resend(lease: Lease) -> Flow[None]:
    """Ask the provider to let another message through."""
    yield from lease.provider.resend(lease.held)
    lease.resent_at = yield Pause(0)


def _take(lease: Lease, refuse: Callable[[Message], str | None]) -> Message | None:
    """Claim the oldest fitting message; ``setdefault`` decides between two threads."""
    __tracebackhide__ = True
    claim = object()
    for message in tuple(lease.messages.values()):
        if message.id in lease.taken or refuse(message) is not None:
            continue
        if lease.taken.setdefault(message.id, claim) is claim:
            return message
    return None


def _refusals(lease: Lease, refuse: Callable[[Message], str | None]) -> list[Refusal]:
    untaken = (m for m in lease.messages.values() if m.id not in lease.taken)
    judged = ((message, refuse(message)) for message in untaken)
    return [Refusal(message, reason) for message, reason in judged if reason is not None]


# -- close -------------------------------------------------------------------------------------


def close(lease: Lease) -> Flow[None]:
    """Settle the lease as far as that is possible at once; harmless when it is settled.

    A lease that received a message is spent; any other is cancelled for the refund, and what the
    provider does not grant now becomes a debt. Never raises a ``ProviderError`` and never waits.
    """
    if lease.state is State.HELD:
        yield from give_back(lease)
    if lease.state is State.RECEIVED:
        yield from lease.record(Spent(lease_id=lease.id))


def give_back(lease: Lease, is_back: Callable[[], Flow[bool | None]] | None = None) -> Flow[None]:
    """Ask for the refund of a lease that is held or owed; without one, it is owed (again).

    Args:
        lease: one that holds a number.
        is_back: see ``settle_by_reading``.
    """
    activation = lease.held
    if not lease.provider.capabilities.cancels:
        yield from _let_run_out(lease)
        return
    try:
        yield from lease.provider.cancel(activation)
    except CancelRefused as refused:
        if refused.retry_at is not None:
            yield from owe(lease, refused.message, refused.retry_at)
        else:
            yield from settle_by_reading(lease, refused.message, is_back=is_back)
    except ActivationNotFound as gone:
        yield from settle_by_reading(lease, gone.message, is_back=is_back)
    except ProviderError as failed:
        yield from owe(lease, failed.message, (yield from _not_before(activation, failed)))
    else:
        if lease.provider.capabilities.forfeits:
            reason = "it was cancelled, perhaps without a refund"
            yield from settle_by_reading(lease, reason, is_back=is_back)
        else:
            yield from lease.record(Refunded(lease_id=lease.id))


def _let_run_out(lease: Lease) -> Flow[None]:
    """No cancel exists: look for a last message, and leave the rest to the end of the window."""
    now = yield Pause(0)
    if now >= lease.asked_at + lease.provider.capabilities.read_interval_s:
        with contextlib.suppress(ProviderError):
            yield from read(lease, late=True)
    if lease.state is not State.RECEIVED:
        yield from owe(lease, NO_CANCEL, lease.held.expires_at)


def settle_by_reading(
    lease: Lease,
    reason: str,
    not_before: datetime | None = None,
    *,
    is_back: Callable[[], Flow[bool | None]] | None = None,
) -> Flow[None]:
    """No cancel tells whether the money is back: see if a message came, or the end did.

    Args:
        lease: one that holds a number.
        reason: why it is owed, if it still is.
        not_before: when to look again in that case.
        is_back: asks whether a lease that ran out cost nothing, where its provider does not say;
            None if that cannot be told now.
    """
    try:
        reading = yield from _last_reading(lease)
        if lease.state is State.RECEIVED:
            return
        back = reading.refunded
        if back is None and reading.ended:
            back = reading.ended == "cancelled" or (is_back is not None and (yield from is_back()))
    except ProviderError:
        yield from owe(lease, reason, not_before)
        return
    if back:
        yield from lease.record(Refunded(lease_id=lease.id))
    elif reading.ended and back is not None:
        yield from lease.record(Expired(lease_id=lease.id))
    else:
        yield from owe(lease, reason, not_before)


def _last_reading(lease: Lease) -> Flow[Reading]:
    """What the provider says of the lease; one that it does not know any more is over."""
    try:
        return (yield from read(lease, late=True))
    except ActivationNotFound:
        return Reading(ended="expired")


def _not_before(activation: Activation, failed: ProviderError) -> Flow[datetime | None]:
    """When a cancel that failed may be asked for again, as far as the provider named a time."""
    now = yield Pause(0)
    if isinstance(failed, ProviderUnavailable) and failed.retry_after_s is not None:
        return datetime.fromtimestamp(now + failed.retry_after_s, UTC)
    return activation.cancel_not_before


def owe(lease: Lease, reason: str, not_before: datetime | None) -> Flow[None]:
    """Record that the provider has yet to refund the lease.

    Args:
        lease: held, or owed already.
        reason: why it is not refunded now.
        not_before: as the provider named it; None where it did not, and its capability decides.
    """
    hold_s = lease.provider.capabilities.cancel_hold_s
    if not_before is None and hold_s:
        not_before = datetime.fromtimestamp(lease.begun_at + hold_s, UTC)
    yield from lease.record(CancelDeferred(lease_id=lease.id, reason=reason, not_before=not_before))
