"""A page that does not answer holds nothing up for long: every call to it is bounded."""

from __future__ import annotations

import asyncio
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp.browser import driving
from pytest_otp.browser.driving import Unanswered, run
from pytest_otp.errors import FieldNotFound, FieldRejected
from pytest_otp.playwright import fill_code
from tests.browser.test_async_playwright import (
    browser_elsewhere as browser_elsewhere,  # noqa: PLC0414 - a fixture
)
from tests.browser.test_async_playwright import on_a_page as on_a_page  # noqa: PLC0414 - likewise

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.async_api import Page as AsyncPage
    from playwright.sync_api import Page

    from tests.browser.test_async_playwright import OnAPage

CODE = "302415"
# What a wait may take that is bounded: less than Playwright's own 30 seconds.
BOUND_S = 20
# The old document may be seen once more, before the browser keeps it to itself.
MAYBE_SEEN = {"held", "submitted"}
FORM = """
    <form action=/next><label>Verification code <input name=code autocomplete=one-time-code
      oninput="if (this.value.length === %d) this.form.submit()"></label></form>
"""
BODIES = {
    "/form": FORM % 6,
    "/short": FORM % 4,
    "/frame": "<iframe src='http://localhost:{port}/form'></iframe>",
    "/opener": "<button onclick=\"window.open('/form')\">Verify</button>",
}


class Site:
    """One server with two names, so of two origins; it answers a form when it is let go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.sent: Queue[str] = Queue()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                if path == "/next":
                    site.sent.put(query)
                    site.go_on.wait()
                body = BODIES.get(path, "<p>Welcome")
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body.replace("{port}", str(site.port)).encode())

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def url(self, path: str) -> str:
        """Where a page of it is."""
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as they are, and shorter."""
    monkeypatch.setattr(driving, "ANSWER_S", 2.0)


@pytest.fixture
def site() -> Iterator[Site]:
    """A server whose answer to a form waits for the end of the test."""
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.go_on.set()
    site.server.shutdown()
    thread.join()
    site.server.server_close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("where", ["page", "frame", "element of the frame", "popup"])
def test_form_that_is_not_answered(page: Page, site: Site, where: str) -> None:
    """The last digit sends the form off; whoever waits for its answer, it is not ``fill_code``."""
    page.goto(site.url({"page": "/form", "popup": "/opener"}.get(where, "/frame")))
    target: Any = page.locator("iframe") if where == "element of the frame" else page
    if where == "popup":
        with page.expect_popup() as popup:
            page.get_by_role("button").click()
        target = popup.value
    started = time.monotonic()
    assert fill_code(target, CODE).outcome in MAYBE_SEEN
    assert time.monotonic() - started < BOUND_S
    assert site.sent.get(timeout=BOUND_S) == f"code={CODE}"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("where", ["page", "frame"])
def test_form_that_is_not_answered_async(on_a_page: OnAPage, site: Site, where: str) -> None:
    """So it is with the async API."""

    async def steps(page: AsyncPage) -> None:
        await page.goto(site.url("/form" if where == "page" else "/frame"))
        target = page if where == "page" else page.locator("iframe")
        filled = await asyncio.wait_for(fill_code(target, CODE), BOUND_S)
        assert filled.outcome in MAYBE_SEEN
        assert site.sent.get(timeout=BOUND_S) == f"code={CODE}"

    on_a_page(steps)


@pytest.mark.usefixtures("quick")
def test_form_that_is_sent_too_early(page: Page, site: Site) -> None:
    """A form that four of six digits send off is told, be it answered or not."""
    page.goto(site.url("/short"))
    with pytest.raises(FieldRejected, match="went away after 4 of 6 characters"):
        fill_code(page, CODE)


@pytest.mark.usefixtures("quick")
def test_page_that_is_on_its_way(page: Page, site: Site) -> None:
    """A page that is still waiting for its server is told apart from one without fields."""
    page.goto(site.url("/form"))
    with page.expect_request("**/next*"):
        page.evaluate("setTimeout(() => document.forms[0].submit())")
    with pytest.raises(FieldNotFound, match="did not answer"):
        fill_code(page, CODE, timeout=1)


def never(page: Any) -> Generator[Any, Any, str]:  # noqa: ANN401 - of either API
    """A flow that asks a page what it never answers, and then something else."""
    try:
        yield page.evaluate("new Promise(() => {})")
    except Unanswered:
        answer: str = yield page.evaluate("'still here'")
        return answer
    return "answered"


def test_call_that_is_never_answered(page: Page) -> None:
    """A flow is told, can go on, and nothing of the bound is left behind."""
    before = asyncio.get_running_loop().get_task_factory()
    assert run(never(page), page, answer_s=0.2) == "still here"
    assert asyncio.get_running_loop().get_task_factory() is before
    assert page.evaluate("1 + 1") == 2


def test_call_that_is_never_answered_async(on_a_page: OnAPage) -> None:
    """A flow is told in asyncio tests too."""

    async def steps(page: AsyncPage) -> None:
        running: Any = run(never(page), page, answer_s=0.2)
        assert await running == "still here"

    on_a_page(steps)
