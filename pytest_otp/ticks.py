"""A clock that a test cannot stop.

``time.monotonic`` stands still under freezegun, and what waits by it would never end.
"""

from __future__ import annotations

import time


def ticks() -> float:
    """Seconds that only ever grow, from the kernel."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)
