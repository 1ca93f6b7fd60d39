"""A stage for flows: virtual time, answers from a function, the real ledger.

``play`` is a third driver. It performs a ``Pause`` by moving its clock, so that ten minutes of
polling take no time, and it can stop a flow after any effect, as ``kill -9`` would.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pytest_otp.core.effects import Pause, Record, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from pytest_otp.core.effects import Effect, Flow, Recorder
    from pytest_otp.core.pacing import Turn

T = TypeVar("T")

START = 1_700_000_000.0


class Killed(BaseException):
    """The process ended here; no code of the flow ran after it."""


class Stage:
    """Runs flows in virtual time.

    Args:
        answer: what the provider says to a request; it may raise, and an answer that takes time
            says so in its extension ``took_s``.
        ledger: the real one.
        kill_after: stop dead after this many effects.
    """

    def __init__(
        self,
        answer: Callable[[httpx.Request, float], httpx.Response],
        ledger: Recorder,
        kill_after: int | None = None,
    ) -> None:
        self.now = START
        self.effects: list[Effect] = []
        self._answer = answer
        self._ledger = ledger
        self._kill_after = kill_after

    def play(self, flow: Flow[T]) -> T:
        """The flow's result."""
        resume = partial(flow.send, None)
        while True:
            try:
                effect = resume()
            except StopIteration as done:
                result: T = done.value
                return result
            try:
                resume = partial(flow.send, self._perform(effect))
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - as the drivers do
                resume = partial(flow.throw, error)
            if self._kill_after is not None and len(self.effects) == self._kill_after:
                raise Killed

    def _perform(self, effect: Effect) -> httpx.Response | float | Turn | None:
        self.effects.append(effect)
        match effect:
            case Send(request):
                response = self._answer(request, self.now)
                self.now += response.extensions.get("took_s", 0.0)
                return response
            case Pause(seconds):
                self.now += seconds
                return self.now
            case Record(event):
                return self._ledger.record(event, self.now)

    @property
    def requests(self) -> list[str]:
        """Method and path of every request."""
        return [
            f"{effect.request.method} {effect.request.url.path}"
            for effect in self.effects
            if isinstance(effect, Send)
        ]
