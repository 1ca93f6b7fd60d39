"""The whole life of a lease, as flows: acquire, wait, close.

Two rules explain the shape. The intent is recorded before the purchase leaves, so that a crash
at any instant leaves a row to recover from; and closing never waits, because it runs in a test's
teardown: what a provider does not refund at once becomes a debt.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from pytest_otp.core import pacing
from pytest_otp.core.effects import Pause
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
    from pytest_otp.models import Ending, Message, Reading


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
    asked_at = -inf
    polls = 0
    failures: list[ProviderError] = []
    while True:
        message = _take(lease, refuse)
        if message is not None:
            return message
        over = lease.state is not None and (lease.state.closed or lease.state is State.OWED)
        if lease.ended or over or asked_at >= deadline:
            return Unanswered(
                lease=lease,
                waited_s=now - started,
                polls=polls,
                failures=tuple(failures),
                refusals=tuple(_refusals(lease, refuse)),
                taken=len(lease.taken),
                ended=lease.ended or ("cancelled" if over else None),
            )
        asked_at = now
        next_at = pacing.next_at(lease.provider.capabilities, asked_at)
        polls += 1
        known = len(lease.messages)
        try:
            yield from read(lease, wait_s=max(0.0, deadline - now))
        except ProviderUnavailable as failure:
            failures.append(failure)
            now = yield Pause(0)
            next_at = max(next_at, now + (failure.retry_after_s or 0.0))
        else:
            now = yield Pause(0)
        if len(lease.messages) == known and not lease.ended:
            now = yield Pause(max(0.0, min(next_at, deadline) - now))


def read(lease: Lease, wait_s: float = 0.0) -> Flow[Reading]:
    """Ask the provider once and record the messages that are new."""
    reading = yield from lease.provider.read(
        lease.held,
        known=len(lease.messages),
        wait_s=min(wait_s, lease.provider.capabilities.long_poll_s),
    )
    for message in reading.messages:
        if message.id in lease.messages:
            continue
        yield from lease.record(
            MessageArrived(
                lease_id=lease.id, message_id=message.id, received_at=message.received_at
            )
        )
        lease.messages[message.id] = message
    lease.ended = reading.ended
    return reading


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
    with contextlib.suppress(ProviderError):
        yield from read(lease)
    if lease.state is not State.RECEIVED:
        yield from owe(lease, "the provider has no cancel", lease.held.expires_at)


def _settle_by_reading(lease: Lease, refused: ProviderError) -> Flow[None]:
    """A cancel was refused for good: look whether a message came or the window closed."""
    try:
        reading = yield from read(lease)
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
