"""The time that flows are told."""

from __future__ import annotations

import time

from pytest_otp.ticks import ticks


class Clock:
    """Seconds since the epoch that never jump while the process lives.

    A deadline must not move when the machine's clock is set, and a provider's ``expires_at`` is
    a wall-clock time: so the wall clock is read once, from the kernel as ``ticks`` is, and those
    count from there.
    """

    def __init__(self) -> None:
        self._offset = time.clock_gettime(time.CLOCK_REALTIME) - ticks()

    def now(self) -> float:
        """Seconds since the epoch."""
        return ticks() + self._offset
