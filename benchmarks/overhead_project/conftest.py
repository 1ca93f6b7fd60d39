"""Takes the time of each test and of each call, and reports it to ``overhead.py``."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager

TESTS = int(os.environ["OVERHEAD_TESTS"])
# What was done: the milliseconds that passed, and those of the processor.
SPANS: dict[str, list[tuple[float, float]]] = {"kit": [], "bare": []}


@contextmanager
def _span(kind: str) -> Iterator[None]:
    passed, processor = time.perf_counter(), time.process_time()
    yield
    took = time.perf_counter() - passed, time.process_time() - processor
    SPANS[kind].append((took[0] * 1000, took[1] * 1000))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many tests as were asked for."""
    if "n" in metafunc.fixturenames:
        metafunc.parametrize("n", range(TESTS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The whole of a test, from its setup to its teardown."""
    name = item.name.removeprefix("test_").partition("[")[0]
    if name not in SPANS:
        return (yield)
    with _span(name):
        return (yield)


@pytest.fixture
def span() -> Callable[[str], AbstractContextManager[None]]:
    """Takes the time of what it is put around."""
    return _span


@pytest.fixture
def tests() -> int:
    """As many rounds as were asked for."""
    return TESTS


def pytest_sessionfinish() -> None:
    """Report; the first of each kind paid for what is made once."""
    told = {kind: spans[1:] for kind, spans in SPANS.items()}
    Path(os.environ["OVERHEAD_REPORT"]).write_text(json.dumps(told), encoding="utf-8")
