"""The time that flows are told."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch that never jump while the process lives.

    A deadline must not move when the machine's clock is set, and a provider's ``expires_at`` is
    a wall-clock time: so the wall clock is read once and the monotonic one counts from there.
    The kernel is asked, since a test may replace ``time.time`` and ``time.monotonic`` by clocks
    that stand still (freezegun), and a wait would never end.
    """

    def __init__(self) -> None:
        self._offset = time.clock_gettime(time.CLOCK_REALTIME) - _ticks()

    def now(self) -> float:
        """Seconds since the epoch."""
        return _ticks() + self._offset


def _ticks() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)
