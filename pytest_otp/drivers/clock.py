"""The time that flows are told."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch that never jump while the process lives.

    A deadline must not move when the machine's clock is set, and a provider's ``expires_at`` is
    a wall-clock time: so the wall clock is read once and the monotonic one counts from there.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.monotonic() + self._offset
