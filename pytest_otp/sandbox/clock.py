"""The sandbox's time: runs like the real one and can be moved forward.

Everything in the sandbox that takes time (expiry, refused cancels, long polls, delays) asks this
clock, so a test that advances it by an hour sees the hour pass everywhere at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Callable

# The longest that anything here takes, and how far the clock goes forward: ten and a thousand
# years. A datetime ends with the year 9999, and with it would the sandbox.
LONGEST_S: Final = 10 * 366 * 86_400.0
_FURTHEST_S: Final = 1000 * 366 * 86_400.0


class Clock:
    """Wall time at the start, plus elapsed time, plus what was advanced.

    The wall clock is read once: a machine that corrects its time in mid-run must not expire
    a lease.

    Args:
        ticks: seconds that only ever grow; a constant makes time stand still between advances.
        start: an aware moment; the present by default.
    """

    def __init__(self, ticks: Callable[[], float] = ticks, start: datetime | None = None) -> None:
        self._ticks = ticks
        self._start = start or datetime.now(UTC)
        self._first_tick = ticks()
        self.advanced_s = 0.0

    def now(self) -> datetime:
        """The sandbox's moment, aware, in UTC."""
        elapsed = self._ticks() - self._first_tick
        return self._start + timedelta(seconds=elapsed + self.advanced_s)

    def advance(self, seconds: float) -> None:
        """Move forward.

        Raises:
            ValueError: negative seconds, or a moment beyond a thousand years.
        """
        if seconds < 0:
            raise ValueError(f"time only goes forward: {seconds} s")
        if self.advanced_s + seconds > _FURTHEST_S:
            raise ValueError("the clock goes forward a thousand years at most")
        self.advanced_s += seconds


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, with microseconds and ``Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def iso_seconds(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second and with ``Z``, as most providers write a moment."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
