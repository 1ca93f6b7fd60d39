"""Many flows at once in one virtual time: each pauses on its own, as tasks of one loop do."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_otp.core.effects import Pause, Record, Send
from tests.flows.stage import START

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from pytest_otp.core.effects import Effect, Flow
    from pytest_otp.ledger import Ledger


class Crowd:
    """Plays flows side by side; ``effects`` has what each did, with its moment.

    Args:
        ledger: of the flows that join without one of their own.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.effects: list[tuple[float, Effect]] = []
        self.results: list[Any] = []
        self._ledger = ledger
        self._order = count()
        self._due: list[tuple[float, int, Flow[Any], Any]] = []
        self._ledgers: dict[int, Ledger] = {}

    def join(self, flow: Flow[Any], at: float = START, *, of: Ledger | None = None) -> None:
        """A flow that begins at a moment, in a process with that ledger."""
        self._ledgers[id(flow)] = of or self._ledger
        heapq.heappush(self._due, (at, next(self._order), flow, None))

    def play(self, answer: Callable[[httpx.Request, float], httpx.Response]) -> None:
        """Until every flow has ended."""
        while self._due:
            now, _, flow, sent = heapq.heappop(self._due)
            try:
                effect = flow.send(sent)
            except StopIteration as done:
                self.results.append(done.value)
                continue
            self.effects.append((now, effect))
            match effect:
                case Pause(seconds):
                    self._later(now + seconds, flow, now + seconds)
                case Send(request):
                    self._later(now, flow, answer(request, now))
                case Record(event):
                    self._later(now, flow, self._ledgers[id(flow)].record(event, now))

    def _later(self, at: float, flow: Flow[Any], sent: object) -> None:
        heapq.heappush(self._due, (at, next(self._order), flow, sent))
