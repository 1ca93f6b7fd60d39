"""Runs a flow in the calling thread, really blocking.

``asyncio.run()`` is no option: it fails in a thread in which sync Playwright is started.
"""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import tenacity

from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.drivers import bodies, retrying

if TYPE_CHECKING:
    import httpx

    from pytest_otp.core.effects import Effect, Flow, Recorder
    from pytest_otp.core.pacing import Turn
    from pytest_otp.drivers.clock import Clock

T = TypeVar("T")


class BlockingDriver:
    """Performs effects with a blocking client; safe to share among threads."""

    def __init__(self, client: httpx.Client, ledger: Recorder, clock: Clock) -> None:
        self._client = client
        self._ledger = ledger
        self._clock = clock

    def run(self, flow: Flow[T]) -> T:
        """The flow's result; what it raises is raised here."""
        __tracebackhide__ = True
        with closing(flow):
            resume = partial(flow.send, None)
            while True:
                try:
                    effect = resume()
                except StopIteration as done:
                    result: T = done.value
                    return result
                try:
                    resume = partial(flow.send, self._perform(effect))
                except BaseException as error:  # noqa: BLE001 - the flow decides, Ctrl-C included
                    resume = partial(flow.throw, error)

    def _perform(self, effect: Effect) -> httpx.Response | float | Turn | None:
        match effect:
            case Send(request):
                tries = tenacity.Retrying(**retrying.settings(effect, self._clock.now))
                return tries(self._exchange, request)
            case Pause(seconds):
                if seconds > 0:
                    time.sleep(seconds)
                return self._clock.now()
            case Record(event):
                return self._ledger.record(event, self._clock.now())

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        return bodies.read(self._client.send(request, stream=True), self._clock.now)
