"""In a live run a number and a code are typed on the hosts under test, and nowhere else."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_otp import targets
from pytest_otp.errors import TargetRefused
from pytest_otp.playwright import fill_code, fill_phone
from tests.browser.test_async_playwright import (
    browser_elsewhere as browser_elsewhere,  # noqa: PLC0414 - a fixture
)
from tests.browser.test_async_playwright import on_a_page as on_a_page  # noqa: PLC0414 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page as AsyncPage
    from playwright.sync_api import Page

    from tests.browser.test_async_playwright import OnAPage

PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)
FORM = """
    <form action='http://localhost:{port}/stolen'>
      <label>Phone <input name=phone type=tel></label>
      <label>Code <input name=code autocomplete=one-time-code></label>
      <button>Send</button>
    </form>
    <a href='/inside'>Inside</a>
    <iframe src='http://localhost:{port}/frame'></iframe>
"""


class Site:
    """One server, known by two names: 127.0.0.1 is under test, localhost is somebody else's."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path.partition("?")[0])
                body = FORM.format(port=self.headers["Host"].partition(":")[2]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body if self.path == "/form" else b"<p>Welcome")

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.ours = f"http://127.0.0.1:{self.port}/form"
        self.theirs = f"http://localhost:{self.port}/form"


@pytest.fixture
def site() -> Iterator[Site]:
    """A running one."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


@pytest.fixture
def live() -> Iterator[None]:
    """As a live run with ``--otp-targets=127.0.0.1``."""
    with targets.declared(["127.0.0.1"]):
        yield


@pytest.mark.usefixtures("live")
def test_nothing_is_typed_elsewhere(page: Page, site: Site) -> None:
    """The sentence names the host, the setting and the hosts under test."""
    page.goto(site.theirs)
    with pytest.raises(TargetRefused, match=r"not typed at 'localhost': otp_targets names 127\.0"):
        fill_phone(page, PHONE)
    with pytest.raises(TargetRefused, match="the code of a live number"):
        fill_code(page.get_by_label("Code"), "302415")
    assert page.locator("input").evaluate_all("all => all.every(one => one.value === '')")


@pytest.mark.usefixtures("live")
def test_page_without_a_host_is_elsewhere(page: Page) -> None:
    """A page that was made in the test is no system under test."""
    page.set_content("<input autocomplete=one-time-code>")
    with pytest.raises(TargetRefused, match="not typed at 'about:'"):
        fill_code(page, "302415")


@pytest.mark.usefixtures("live")
def test_page_that_holds_a_number_goes_nowhere_else(page: Page, site: Site) -> None:
    """Its form cannot carry the number away; its frames and its own pages load as ever."""
    page.goto(site.ours)
    fill_phone(page, PHONE)
    fill_code(page, "302415")
    with page.expect_event("requestfailed") as failed:
        page.get_by_role("button", name="Send").click()
    assert failed.value.url.startswith(f"http://localhost:{site.port}/stolen")
    assert page.url == site.ours
    page.get_by_role("link", name="Inside").click()
    page.get_by_text("Welcome").wait_for()
    assert {"/frame", "/inside"} <= set(site.asked)
    assert "/stolen" not in site.asked


@pytest.mark.usefixtures("live")
def test_async_page(on_a_page: OnAPage, site: Site) -> None:
    """The same with the async API."""

    async def steps(page: AsyncPage) -> None:
        await page.goto(site.theirs)
        with pytest.raises(TargetRefused):
            await fill_phone(page, PHONE)
        await page.goto(site.ours)
        await fill_phone(page, PHONE)
        async with page.expect_event("requestfailed"):
            await page.get_by_role("button", name="Send").click()

    on_a_page(steps)
    assert "/stolen" not in site.asked


def test_rehearsal_goes_everywhere(page: Page, site: Site) -> None:
    """Without a live number there is nothing to guard."""
    page.goto(site.theirs)
    fill_phone(page, PHONE)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Welcome").wait_for()
    assert "/stolen" in site.asked
