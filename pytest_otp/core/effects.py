"""The three things that a flow can ask of the world.

A *flow* is a generator that yields effects and is sent their answers; a driver (``drivers/``)
performs them. So what the kit does is written once, for blocking and for asyncio tests alike.
Three effects are enough: resist a fourth.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import httpx

if TYPE_CHECKING:
    from pytest_otp.core.pacing import Poll, Turn
    from pytest_otp.core.states import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Perform one HTTP request; answered with the ``httpx.Response``.

    A transport's error is thrown into the flow: only the flow knows what a lost answer means.

    Attributes:
        request: complete but for the credentials, which a transport adds below every logger.
        repeatable: asking twice does no harm, so the driver may retry: reads, cancels, and
            purchases under an idempotency key.
        patience_s: the most that the driver may wait between tries, summed up.
    """

    request: httpx.Request
    repeatable: bool = False
    patience_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; answered with the time now, in seconds since the epoch. ``Pause(0)`` asks the time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Record:
    """Write to the ledger; answered with None, or a refusal (a budget) is thrown in.

    A ``Poll``, which is no event of the lease's life, is answered with its ``Turn``.
    """

    event: Event | Poll


Effect = Send | Pause | Record
# What is sent in depends on the effect that was yielded, which no type can say: hence Any.
Flow = Generator[Effect, Any, T]


class Recorder(Protocol):
    """What drivers need of a ledger."""

    def record(self, event: Event | Poll, at: float) -> Turn | None:
        """Write what happened at ``at``, in seconds since the epoch, or refuse it."""
        ...


def never_left(error: BaseException) -> bool:
    """Whether a request that ended in this transport error certainly reached nobody."""
    return isinstance(
        error,
        httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol,
    )


def retry_after_s(response: httpx.Response, now: float) -> float | None:
    """Seconds that ``Retry-After`` (RFC 9110, section 10.2.3) asks to wait; None without one."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.fromtimestamp(now, UTC)).total_seconds())
