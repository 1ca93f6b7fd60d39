"""One sandbox for all tests here; each test has an account of its own in it."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import httpx
import pytest

from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from pytest_otp.sandbox.server import RunningSandbox

_T = TypeVar("_T")
_keys = (f"key-{n}" for n in itertools.count())


class Play(Protocol):
    """Runs a coroutine to its end."""

    def __call__(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """What the coroutine returns."""
        ...


@pytest.fixture
def play() -> Iterator[Play]:
    """On a thread of its own: sync Playwright may have left a running loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda coroutine: thread.submit(asyncio.run, coroutine).result(timeout=30)


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """A sandbox that the whole session shares."""
    with start(seed=1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> Iterator[Sandbox]:
    """The handle; what a test changed for everybody is changed back."""
    with Sandbox(running.url) as handle:
        yield handle
        handle.clear_faults()
        handle.reset_terms()
        handle.set_latency(0)


@pytest.fixture
def key() -> str:
    """An account that no other test has."""
    return next(_keys)


@pytest.fixture
def client(running: RunningSandbox, key: str) -> Iterator[httpx.Client]:
    """A customer of the sandbox's own dialect."""
    with httpx.Client(
        base_url=running.url,
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # none needed, and quick to make
        timeout=30,
    ) as customer:
        yield customer
