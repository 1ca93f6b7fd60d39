"""Runs a flow in an asyncio task; a cancelled one leaves no open request and no half row."""

from __future__ import annotations

import asyncio
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


class AsyncDriver:
    """Performs effects with an asyncio client; belongs to one event loop."""

    def __init__(self, client: httpx.AsyncClient, ledger: Recorder, clock: Clock) -> None:
        self._client = client
        self._ledger = ledger
        self._clock = clock

    async def run(self, flow: Flow[T]) -> T:
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
                    resume = partial(flow.send, await self._perform(effect))
                except BaseException as error:  # noqa: BLE001 - the flow decides, a cancelled task too
                    resume = partial(flow.throw, error)

    async def _perform(self, effect: Effect) -> httpx.Response | float | Turn | None:
        match effect:
            case Send(request):
                tries = tenacity.AsyncRetrying(**retrying.settings(effect, self._clock.now))
                return await tries(self._exchange, request)
            case Pause(seconds):
                if seconds > 0:
                    await asyncio.sleep(seconds)
                return self._clock.now()
            case Record(event):
                # In this thread on purpose: a row is written whole or not at all, and a task
                # that is cancelled cannot stop half-way.
                return self._ledger.record(event, self._clock.now())

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        return await bodies.aread(await self._client.send(request, stream=True), self._clock.now)
