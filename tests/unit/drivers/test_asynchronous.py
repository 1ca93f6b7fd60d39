"""Flows in asyncio tasks."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest

from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.drivers.asynchronous import AsyncDriver
from pytest_otp.drivers.clock import Clock
from tests.unit.drivers.contract import DriverContract, ask
from tests.unit.drivers.loopback import PATIENCE_S, Reply, serve
from tests.unit.events import intended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from pytest_otp.core.effects import Flow
    from pytest_otp.ledger import Ledger
    from tests.unit.drivers.contract import Drive

T = TypeVar("T")


def play(coroutine: Coroutine[Any, Any, T]) -> T:
    """On a thread of its own: sync Playwright may have left a running loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result(PATIENCE_S)


@asynccontextmanager
async def driver_for(ledger: Ledger) -> AsyncIterator[AsyncDriver]:
    """The driver with a client of the running loop."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        yield AsyncDriver(client, ledger, Clock())


@pytest.fixture
def drive(ledger: Ledger) -> Drive:
    """Each flow in a task; all share the driver."""

    async def together(*flows: Flow[Any]) -> list[Any]:
        async with driver_for(ledger) as driver:
            return await asyncio.gather(*map(driver.run, flows))

    return lambda *flows: play(together(*flows))


class TestContract(DriverContract):
    """What both drivers do."""


def test_cancelled_task_puts_in_order_what_it_began(ledger: Ledger) -> None:
    """The cancellation is thrown into the flow; no request stays open."""

    def flow(url: str) -> Flow[None]:
        try:
            yield Send(httpx.Request("GET", url), repeatable=True)
        finally:
            yield Record(intended())

    async def cancel() -> None:
        async with driver_for(ledger) as driver:
            task = asyncio.create_task(driver.run(flow(server.url)))
            assert await asyncio.to_thread(server.asked.wait, PATIENCE_S)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.left.wait, PATIENCE_S)

    with serve(Reply(hang=True)) as server:
        play(cancel())
    assert [name for name, _ in ledger.events("lease-1")] == ["Intended"]
    assert len(server.requests) == 1


def test_pause_is_a_pause_of_one_task(ledger: Ledger) -> None:
    """The others go on meanwhile."""

    def sleeper() -> Flow[None]:
        yield Pause(3600)

    async def both() -> int:
        async with driver_for(ledger) as driver:
            sleeping = asyncio.create_task(driver.run(sleeper()))
            response = await driver.run(ask(server.url))
            sleeping.cancel()
            return response.status_code

    with serve(Reply()) as server:
        assert play(both()) == 200
