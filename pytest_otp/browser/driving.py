"""One flow of steps for both of Playwright's APIs.

A flow is a generator that yields what a Playwright call returned and is sent its value:
``text = yield page.title()``. With the sync API that value is already there and is handed straight
back; with the async API it is a coroutine, awaited first. So each step is written once, and a flow
cannot tell which API it runs on.

Every call is bounded here, because those that evaluate or press a key have no timeout: Chromium
answers none of a document that a server keeps waiting for the next one, and loses the answer to a
key whose frame is replaced while the key is down.

Looks wrong and is right: Playwright's classes are known by their module's name, because importing
pytest_otp must not import Playwright. WebDriver is given the same calls by ``webdriver.py``, and
bounds them itself.
"""

from __future__ import annotations

import asyncio
import re
from asyncio import Task
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from contextlib import AbstractContextManager

T = TypeVar("T")

Flow = Generator[Any, Any, T]

# Longer than any call of a flow takes while its document answers, be the machine ever so busy.
ANSWER_S = 5.0

# Playwright's sync and async classes share method names and no base class.
AnyTarget = Any
AnyPage = Any


class Unanswered(TimeoutError):
    """The page did not answer a call in time: it is on its way to another document, or busy."""


def run(flow: Flow[T], target: object, answer_s: float | None = None) -> T | Coroutine[Any, Any, T]:
    """Run a flow on the API that the target belongs to.

    Args:
        flow: the steps.
        target: any of Playwright's objects.
        answer_s: seconds that each of the flow's calls may take before it is ``Unanswered``, if
            they are others than usual.

    Returns:
        The flow's result, or with an async target a coroutine of it.
    """
    __tracebackhide__ = True
    answer_s = answer_s or ANSWER_S
    if type(target).__module__.startswith("playwright.async_api"):
        return _awaiting(flow, answer_s)
    return call(flow, lambda: _bounded(answer_s))


def call(flow: Flow[T], step: Callable[[], AbstractContextManager[None]] = nullcontext) -> T:
    """Run a flow on an API whose calls return values: sync Playwright, or WebDriver."""
    __tracebackhide__ = True
    answer = None
    while True:
        try:
            with step():
                answer = flow.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


async def _awaiting(flow: Flow[T], answer_s: float) -> T:
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
            answer = await _answer(call, answer_s)
        except Exception as error:  # noqa: BLE001 - the flow decides which it can bear
            failure = error


async def _answer(call: Awaitable[T], answer_s: float) -> T:
    limit = asyncio.timeout(answer_s)
    try:
        async with limit:
            return await call
    except TimeoutError:
        if not limit.expired():
            raise
        raise Unanswered(
            f"The page did not answer within {answer_s:g} seconds: it is on its way to another "
            "document, or busy."
        ) from None


@contextmanager
def _bounded(answer_s: float) -> Iterator[None]:
    """Bound the calls of sync Playwright that are made inside.

    Each becomes a task of the loop that runs in another greenlet: those made in this one are ours.
    """
    # Playwright brings it; it has no types.
    from greenlet import getcurrent  # type: ignore[import-untyped] # noqa: PLC0415

    loop = asyncio.get_running_loop()
    usual = loop.get_task_factory()
    ours = getcurrent()

    def make(loop: AbstractEventLoop, call: Any, **options: Any) -> Any:  # noqa: ANN401 - asyncio's
        bounded = _answer(call, answer_s) if getcurrent() is ours else call
        return usual(loop, bounded, **options) if usual else Task(bounded, loop=loop, **options)

    loop.set_task_factory(make)
    try:
        yield
    finally:
        loop.set_task_factory(usual)


def is_timeout(error: Exception) -> bool:
    """Whether Playwright gave a call up, such as a click on something that is drawn over."""
    return type(error).__name__ == "TimeoutError"


_DOCUMENT_GONE = re.compile(
    r"context was destroyed|find context|detached|not attached|navigat|disposed|stale element|"
    r"no such frame"
)


def is_document_gone(error: Exception) -> bool:
    """Whether a browser's call failed only because the page moved on, or is about to."""
    # What Selenium says where a page takes longer than the driver's page load timeout.
    if isinstance(error, Unanswered) or type(error).__name__ == "TimeoutException":
        return True
    return type(error).__module__.startswith(("playwright.", "selenium.")) and bool(
        _DOCUMENT_GONE.search(str(error))
    )
