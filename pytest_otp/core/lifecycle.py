"""The whole life of a lease, as flows: acquire, wait, close.

Two rules explain the shape. The intent is recorded before the purchase leaves, so that a crash
at any instant leaves a row to recover from; and closing never waits, because it runs in a test's
teardown: what a provider does not refund at once becomes a debt.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
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
    ProviderUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Ending, Message, Rate, Reading


# How long after its deadline a wait still takes the turn of its last poll.
_LAST_TURN_S: Final = 1.0


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
        refusals: the messages that arrived and were not taken.
        taken: messages that earlier waits on this lease returned.
        ended: why none can come any more; None after a timeout.
    """

    lease: Lease
    waited_s: float
    polls: int
    failures: tuple[ProviderError, ...]
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
    now = started = yield Pause(0)
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
    while True:
        message = _take(lease, refuse)
        if message is not None:
            return message
        over = lease.state is not None and (lease.state.closed or lease.state is State.OWED)
        due = None if lease.ended or over else (yield from _turn(lease, timetable, rate, deadline))
        if due is None:
            return Unanswered(
                lease=lease,
                waited_s=now - started,
                polls=polls,
                failures=tuple(failures),
                refusals=tuple(_refusals(lease, refuse)),
                taken=len(lease.taken),
                ended=lease.ended or ("cancelled" if over else None),
            )
        timetable.asking(due)
        polls += 1
        try:
            yield from read(lease, wait_s=max(0.0, deadline - due), since=started)
        except ProviderUnavailable as failure:
            failures.append(failure)
            now = yield Pause(0)
            timetable.failed(now, failure.retry_after_s)
        else:
            now = yield Pause(0)
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
        yield from lease.record(
            MessageArrived(
                lease_id=lease.id,
                message_id=message.id,
                received_at=message.received_at,
                awaited_s=_awaited_s(lease, message, since, between=(before, now)),
                late=late,
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


def _awaited_s(
    lease: Lease, message: Message, since: float | None, between: tuple[float, float]
) -> float | None:
    """From the start of the wait to the arrival, which may lie between two polls."""
    if since is None:
        return None
    began = max(since, lease.resent_at)
    if message.received_at is not None:
        return max(0.0, message.received_at.timestamp() - began)
    before, now = between
    lot = pacing.lot(lease.id, message.id)
    return lease.arrivals.between(max(before, began) - began, max(0.0, now - began), lot)


def resend(lease: Lease) -> Flow[None]:
    """Ask the provider to let another message through."""
    yield from lease.provider.resend(lease.held)
    lease.resent_at = yield Pause(0)


def _take(lease: Lease, refuse: Callable[[Message], str | None]) -> Message | None:
    """Claim the oldest fitting message; ``setdefault`` decides between two threads."""
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


def give_back(lease: Lease) -> Flow[None]:
    """Ask for the refund of a lease that is held or owed; without one, it is owed (again)."""
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
            yield from _settle_by_reading(lease, refused)
    except ActivationNotFound as gone:
        yield from _settle_by_reading(lease, gone)
    except ProviderError as failed:
        yield from owe(lease, failed.message, activation.cancel_not_before)
    else:
        yield from lease.record(Refunded(lease_id=lease.id))


def _let_run_out(lease: Lease) -> Flow[None]:
    """No cancel exists: look for a last message, and leave the rest to the end of the window."""
    now = yield Pause(0)
    if now >= lease.asked_at + lease.provider.capabilities.read_interval_s:
        with contextlib.suppress(ProviderError):
            yield from read(lease, late=True)
    if lease.state is not State.RECEIVED:
        yield from owe(lease, "the provider has no cancel", lease.held.expires_at)


def _settle_by_reading(lease: Lease, refused: ProviderError) -> Flow[None]:
    """A cancel was refused for good: look whether a message came or the window closed."""
    try:
        reading = yield from read(lease, late=True)
    except ActivationNotFound:
        yield from lease.record(Expired(lease_id=lease.id))
        return
    except ProviderError:
        yield from owe(lease, refused.message, None)
        return
    if lease.state is State.RECEIVED:
        return
    back = reading.ended == "cancelled" if reading.refunded is None else reading.refunded
    if back:
        yield from lease.record(Refunded(lease_id=lease.id))
    elif reading.ended:
        yield from lease.record(Expired(lease_id=lease.id))
    else:
        yield from owe(lease, refused.message, None)


def owe(lease: Lease, reason: str, not_before: datetime | None) -> Flow[None]:
    """Record that the provider has yet to refund the lease."""
    yield from lease.record(CancelDeferred(lease_id=lease.id, reason=reason, not_before=not_before))
