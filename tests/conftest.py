"""What tests of every folder may ask for."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start
from tests import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure() -> None:
    """Have Ctrl-C reach the processes that tests start, also where a shell runs us with ``&``.

    Such a shell ignores it, and whoever is started inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put sync Playwright last: its event loop runs until the end, and asyncio allows one."""
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))


@pytest.fixture
def interruptible(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a process in which a signal's handler raises: it is started without coverage.

    The tracer takes a lock whenever it meets a file anew. Struck there it keeps the lock, and the
    process stops for ever at the next file.
    """
    for name in tuple(os.environ):
        if name.startswith("COVERAGE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox outside the runs under test: it outlives them, and stands for real services."""
    with start() as running, Sandbox(running.url) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Postgres]:
    """A real PostgreSQL. Without one these tests are skipped; on CI that is a failure."""
    if url := os.environ.get(postgres_server.VARIABLE):
        yield postgres_server.Postgres(url)
        return
    programs = postgres_server.programs()
    if programs is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(postgres_server.NEEDED)
    with postgres_server.started(programs) as server:
        yield server


@pytest.fixture(scope="session")
def chromedriver() -> str:
    """The driver by which Selenium drives Chromium. Without one its tests are skipped; not on CI.

    Named to Selenium, which else would ask the network for one.
    """
    found = shutil.which("chromedriver")
    if found is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("chromedriver is missing: install it (Debian: chromium-driver) to test Selenium")
    return found
