"""How a coroutine sleeps until something in the world changes.

Long polls, server-sent events and the timekeeper all wait here, each on a topic of its own: with
a thousand leases waiting, a message must wake one of them and not a thousand.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Changes:
    """Topics that coroutines wait on. For one event loop; not for threads."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Hashable, set[asyncio.Future[None]]] = defaultdict(set)
        self.closed = False

    async def wait(self, topic: Hashable, timeout_s: float | None = None) -> None:
        """Return on the next change of the topic, after the timeout, or when closed.

        Which of these it was is not told: the caller looks at the world again anyway.
        """
        if self.closed:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(future)
        try:
            await asyncio.wait((future,), timeout=timeout_s)
        finally:
            waiting = self._waiting[topic]
            waiting.discard(future)
            if not waiting:
                del self._waiting[topic]

    def notify(self, *topics: Hashable) -> None:
        """Wake who waits on these topics."""
        for topic in topics:
            for future in self._waiting.get(topic, ()):
                if not future.done():
                    future.set_result(None)

    def notify_all(self) -> None:
        """Wake everybody, as when the clock jumps."""
        self.notify(*self._waiting)

    def close(self) -> None:
        """Wake everybody, and let nobody wait from now on."""
        self.closed = True
        self.notify_all()
