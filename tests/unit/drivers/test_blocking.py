"""Flows in the calling thread."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.drivers.blocking import BlockingDriver
from pytest_otp.drivers.clock import Clock
from tests.unit.drivers.contract import DriverContract, ask
from tests.unit.drivers.loopback import PATIENCE_S, Reply, serve
from tests.unit.events import intended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from pytest_otp.core.effects import Flow
    from pytest_otp.ledger import Ledger
    from tests.unit.drivers.contract import Drive


@pytest.fixture
def driver(ledger: Ledger) -> Iterator[BlockingDriver]:
    """The driver with a client of its own."""
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        yield BlockingDriver(client, ledger, Clock())


@pytest.fixture
def drive(driver: BlockingDriver) -> Drive:
    """Each flow in a thread; all share the driver."""

    def drive(*flows: Flow[Any]) -> list[Any]:
        with ThreadPoolExecutor(len(flows)) as threads:
            return list(threads.map(driver.run, flows))

    return drive


class TestContract(DriverContract):
    """What both drivers do."""


def test_ctrl_c_is_thrown_into_the_flow(driver: BlockingDriver, ledger: Ledger) -> None:
    """The flow may still put in order what it began; the request is abandoned."""

    def flow(url: str) -> Flow[None]:
        try:
            yield Send(httpx.Request("GET", url), repeatable=True)
        finally:
            yield Record(intended())

    with serve(Reply(hang=True)) as server:
        server.on_asked = partial(os.kill, os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            driver.run(flow(server.url))
        assert server.left.wait(PATIENCE_S)
    assert [name for name, _ in ledger.events("lease-1")] == ["Intended"]
    assert len(server.requests) == 1


def test_ctrl_c_between_two_effects_closes_the_flow(driver: BlockingDriver) -> None:
    """At once, and not when somebody lets go of the traceback, which pytest keeps to its end."""

    def flow() -> Flow[None]:
        while True:
            yield Pause(0)

    lines: set[int] = set()

    def in_the_second_round(frame: FrameType, _event: str, _arg: object) -> Any:  # noqa: ANN401 - as sys.settrace has it
        if frame.f_code is not BlockingDriver.run.__code__:
            return None
        if frame.f_lineno in lines:
            raise KeyboardInterrupt
        lines.add(frame.f_lineno)
        return in_the_second_round

    endless, before = flow(), sys.gettrace()
    sys.settrace(in_the_second_round)
    try:
        with pytest.raises(KeyboardInterrupt) as kept:
            driver.run(endless)
    finally:
        sys.settrace(before)
    assert inspect.getgeneratorstate(endless) == inspect.GEN_CLOSED, kept


def test_running_event_loop_does_not_matter(driver: BlockingDriver) -> None:
    """Sync Playwright leaves one running in the thread of the test."""

    async def play() -> int:
        return driver.run(ask(server.url)).status_code

    with serve(Reply()) as server, ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, play()).result(PATIENCE_S) == 200
