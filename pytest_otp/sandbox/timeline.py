"""What time brings about, in its order.

Expiry and delayed messages stand on an agenda. Whoever looks at the world settles the agenda
first, and each entry happens at its own moment: a clock that jumps an hour gives the same history
as an hour that passes.
"""

from __future__ import annotations

import heapq
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_otp.sandbox.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pytest_otp.sandbox.clock import Clock

_AGENDA: Final = "agenda"
_SLEEP: Final = "sleep"


class _Entry(NamedTuple):
    at: datetime
    order: int
    happen: Callable[[datetime], None]


class Timeline:
    """The clock, the agenda, and those who wait.

    Args:
        clock: the only source of time.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.changes = Changes()
        self._agenda: list[_Entry] = []
        self._order = itertools.count()

    def plan(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """Let something happen; it is told its moment, not the one in which it was noticed."""
        entry = _Entry(at, next(self._order), happen)
        heapq.heappush(self._agenda, entry)
        if self._agenda[0] is entry:
            self.changes.notify(_AGENDA)

    def settle(self) -> datetime:
        """Let everything happen that is due, and tell the present."""
        now = self.clock.now()
        while self._agenda and self._agenda[0].at <= now:
            entry = heapq.heappop(self._agenda)
            entry.happen(entry.at)
        return now

    def advance(self, seconds: float) -> None:
        """Move the clock forward and wake everybody who waits for a moment.

        Raises:
            ValueError: negative seconds, or a moment beyond a thousand years.
        """
        self.clock.advance(seconds)
        self.settle()
        self.changes.notify_all()

    async def keep(self) -> None:
        """Settle whenever something is due, though nobody looks. Ends when the changes close."""
        while not self.changes.closed:
            now = self.settle()
            wait_s = (self._agenda[0].at - now).total_seconds() if self._agenda else None
            await self.changes.wait(_AGENDA, wait_s)

    async def sleep(self, seconds: float) -> None:
        """Wait by this clock; cut short when the changes close."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while not self.changes.closed and (now := self.clock.now()) < end:
            await self.changes.wait(_SLEEP, (end - now).total_seconds())
