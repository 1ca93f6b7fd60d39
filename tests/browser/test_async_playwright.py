"""The same functions with Playwright's async API.

Sync Playwright, on which the rest of this folder runs, keeps an event loop running in the main
thread for as long as its session lasts, and a second loop cannot run there. So these tests run in a
thread of their own, with a loop and a browser of its own.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pytest
from playwright.async_api import async_playwright

from pytest_otp.browsers import launch_options
from pytest_otp.errors import CodeTooLong, FieldNotFound
from pytest_otp.playwright import click_resend, fill_code, fill_phone

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from playwright.async_api import Browser, Page

    from pytest_otp.playwright import FilledCode

    OnAPage: TypeAlias = Callable[[Callable[[Page], Awaitable[None]]], None]

T = TypeVar("T")
CODE = "302415"
PAGES = Path(__file__).parent / "pages"
PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)


@pytest.fixture(scope="module")
def browser_elsewhere() -> Iterator[tuple[AbstractEventLoop, Browser]]:
    """A loop that runs in another thread, and a browser that belongs to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    playwright = run_on(loop, async_playwright().start())
    options: dict[str, Any] = launch_options()
    browser = run_on(loop, playwright.chromium.launch(**options))
    yield loop, browser
    run_on(loop, browser.close())
    run_on(loop, playwright.stop())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def on_a_page(browser_elsewhere: tuple[AbstractEventLoop, Browser]) -> OnAPage:
    """Runs a test's steps on a fresh page."""
    loop, browser = browser_elsewhere

    async def run(steps: Callable[[Page], Awaitable[None]]) -> None:
        page = await browser.new_page()
        await steps(page)
        await page.close()

    return lambda steps: run_on(loop, run(steps))


def run_on(loop: AbstractEventLoop, steps: Coroutine[Any, Any, T]) -> T:
    """The steps' result, awaited by the loop in its own thread."""
    return asyncio.run_coroutine_threadsafe(steps, loop).result(60)


@pytest.mark.parametrize("name", ["single", "boxes", "iframes", "submits-and-navigates"])
def test_fill_code(on_a_page: OnAPage, name: str) -> None:
    """With an async page the function returns an awaitable of the same result."""

    async def steps(page: Page) -> None:
        await page.goto((PAGES / "codes" / f"{name}.html").as_uri())
        filled: FilledCode = await fill_code(page, CODE)
        assert filled.way == "typed"
        await page.wait_for_function("code => window.got === code", arg=CODE)

    on_a_page(steps)


def test_fill_code_in_a_locator_and_a_frame_locator(on_a_page: OnAPage) -> None:
    """Async locators and frame locators are targets too."""

    async def steps(page: Page) -> None:
        await page.goto((PAGES / "codes" / "boxes.html").as_uri())
        await fill_code(page.get_by_role("group", name="Code"), CODE)
        assert await page.evaluate("window.got") == CODE
        await page.goto((PAGES / "codes" / "iframes.html").as_uri())
        await fill_code(page.frame_locator("iframe"), CODE)
        assert await page.evaluate("window.got") == CODE

    on_a_page(steps)


@pytest.mark.parametrize("name", ["e164", "select-iso", "custom-list"])
def test_fill_phone(on_a_page: OnAPage, name: str) -> None:
    """Lists of countries work the same."""

    async def steps(page: Page) -> None:
        await page.goto((PAGES / "phones" / f"{name}.html").as_uri())
        await fill_phone(page, PHONE)
        assert await page.evaluate("window.got") == PHONE.number

    on_a_page(steps)


def test_click_resend(on_a_page: OnAPage) -> None:
    """The cool-down is waited out without blocking the loop."""

    async def steps(page: Page) -> None:
        await page.set_content("<button disabled onclick='clicks = 1'>Resend</button>")
        await page.evaluate(
            "setTimeout(() => document.querySelector('button').disabled = false, 300)"
        )
        await click_resend(page)
        assert await page.evaluate("clicks") == 1

    on_a_page(steps)


def test_refusals(on_a_page: OnAPage) -> None:
    """The same errors are raised."""

    async def steps(page: Page) -> None:
        with pytest.raises(FieldNotFound):
            await fill_code(page, CODE, timeout=0.1)
        await page.set_content("<label>Code <input maxlength=4></label>")
        with pytest.raises(CodeTooLong):
            await fill_code(page, CODE)

    on_a_page(steps)
