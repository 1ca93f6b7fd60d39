"""How many requests an account may send, counted on the sandbox's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime


class Standing(NamedTuple):
    """How an account stands after a request.

    Attributes:
        granted: the request was within the limit.
        remaining: requests that are left in this window.
        resets_at: end of this window.
    """

    granted: bool
    remaining: int
    resets_at: datetime


class RateLimit:
    """So many requests in a window, which begins with the first request after the last window.

    Args:
        requests: how many a window allows.
        window_s: its length in seconds.
    """

    def __init__(self, requests: int, *, window_s: float) -> None:
        self.requests = requests
        self._window = timedelta(seconds=window_s)
        self._counts: dict[Hashable, tuple[datetime, int]] = {}

    def count(self, account: Hashable, now: datetime) -> Standing:
        """Count one request."""
        resets_at, used = self._counts.get(account, (now, 0))
        if now >= resets_at:
            resets_at, used = now + self._window, 0
        used += 1
        self._counts[account] = (resets_at, used)
        return Standing(used <= self.requests, max(0, self.requests - used), resets_at)
