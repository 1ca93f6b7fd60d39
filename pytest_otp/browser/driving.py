"""One flow of steps for both of Playwright's APIs.

A flow is a generator that yields what a Playwright call returned and is sent its value:
``text = yield page.title()``. With the sync API that value is already there and is handed straight
back; with the async API it is a coroutine, awaited first. So each step is written once, and a flow
cannot tell which API it runs on.

Looks wrong and is right: Playwright's classes are known by their module's name, because importing
pytest_otp must not import Playwright. WebDriver is given the same calls by ``webdriver.py``.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

Flow = Generator[Any, Any, T]

# Playwright's sync and async classes share method names and no base class.
AnyTarget = Any
AnyPage = Any


def run(flow: Flow[T], target: object) -> T | Coroutine[Any, Any, T]:
    """Run a flow on the API that the target belongs to.

    Returns:
        The flow's result, or with an async target a coroutine of it.
    """
    if type(target).__module__.startswith("playwright.async_api"):
        return _awaiting(flow)
    return call(flow)


def call(flow: Flow[T]) -> T:
    """Run a flow on an API whose calls return values: sync Playwright, or WebDriver."""
    __tracebackhide__ = True
    answer = None
    while True:
        try:
            answer = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


async def _awaiting(flow: Flow[T]) -> T:
    __tracebackhide__ = True
    answer, failure = None, None
    while True:
        try:
            call = flow.throw(failure) if failure is not None else flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer, failure = None, None
        try:
            answer = await call
        except Exception as error:  # noqa: BLE001 - the flow decides which it can bear
            failure = error


_DOCUMENT_GONE = re.compile(
    r"context was destroyed|find context|detached|navigat|disposed|stale element|no such frame"
)


def is_document_gone(error: Exception) -> bool:
    """Whether a browser's call failed only because the page moved on in the meantime."""
    return type(error).__module__.startswith(("playwright.", "selenium.")) and bool(
        _DOCUMENT_GONE.search(str(error))
    )
