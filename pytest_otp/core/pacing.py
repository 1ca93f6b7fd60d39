"""When to ask a provider next: the schedule of a lease's reads, and rate limits that leases share.

A pace belongs to a provider's client, so to all its leases in one process. It takes no lock: two
threads that look at the same instant may both leave, and a provider's 429 settles that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_otp.models import Capabilities


def next_at(capabilities: Capabilities, asked_at: float) -> float:
    """The moment of the next read of a lease that was read at ``asked_at``; epoch seconds."""
    return asked_at + capabilities.poll_interval_s


class Pace(Protocol):
    """How fast a provider may be asked."""

    def delay_s(self, now: float) -> float:
        """Seconds from ``now`` until the next request may leave; it is counted as leaving then."""
        ...

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer."""
        ...


class Window:
    """At most ``limit`` requests in any ``window_s`` seconds, for a limit known beforehand."""

    def __init__(self, limit: int, window_s: float = 1.0) -> None:
        self._window_s = window_s
        self._leaving: deque[float] = deque(maxlen=limit)

    def delay_s(self, now: float) -> float:
        """Seconds until fewer than ``limit`` requests lie in the window."""
        full = len(self._leaving) == self._leaving.maxlen
        at = max(now, self._leaving[0] + self._window_s) if full else now
        self._leaving.append(at)
        return at - now

    def heard(self, headers: Mapping[str, str]) -> None:
        """Nothing to learn: the limit is documented."""


class Quota:
    """As many requests as the last answer left, by its ``X-RateLimit-*`` headers.

    ``X-RateLimit-Reset`` is the moment, in seconds since the epoch, at which the quota is full
    again. One that lies further ahead than a whole window comes of two clocks that disagree.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._asked_at = 0.0
        self._remaining = 1
        self._reset_at = 0.0

    def delay_s(self, now: float) -> float:
        """Seconds until the reset when nothing remains, else 0."""
        if self._remaining <= 0 and now < self._reset_at:
            return self._reset_at - now
        self._asked_at = now
        self._remaining -= 1
        return 0.0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Remember what remains; an answer without the headers changes nothing."""
        remaining = headers.get("X-RateLimit-Remaining", "")
        reset_at = headers.get("X-RateLimit-Reset", "")
        if _whole(remaining) and _whole(reset_at):
            self._remaining = int(remaining)
            self._reset_at = min(float(reset_at), self._asked_at + self._window_s)


def _whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 12
