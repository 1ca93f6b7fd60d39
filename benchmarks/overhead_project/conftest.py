"""Takes the time of each test and of each call, and reports it to ``overhead.py``."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

TESTS = int(os.environ["OVERHEAD_TESTS"])
# Seconds that passed and seconds of the processor.
SPANS: dict[str, list[tuple[float, float]]] = {"test": [], "call": []}


def _moment() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(before: tuple[float, float]) -> tuple[float, float]:
    now = _moment()
    return now[0] - before[0], now[1] - before[1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many tests as were asked for."""
    if "n" in metafunc.fixturenames:
        metafunc.parametrize("n", range(TESTS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The whole of a test, from its setup to its teardown."""
    before = _moment()
    result = yield
    if "[" in item.name:
        SPANS["test"].append(_since(before))
    return result


@pytest.fixture
def rounds() -> Iterator[int]:
    """Numbers to loop over; the time that each takes the loop's body is kept."""

    def rounds() -> Iterator[int]:
        for n in range(TESTS):
            before = _moment()
            yield n
            SPANS["call"].append(_since(before))

    return rounds()


def pytest_sessionfinish() -> None:
    """Report; the first of each kind paid for what is made once."""
    told = {kind: spans[1:] for kind, spans in SPANS.items()}
    Path(os.environ["OVERHEAD_REPORT"]).write_text(json.dumps(told), encoding="utf-8")
