"""The inbox page: its stream over HTTP, and the page itself in Chromium."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from pytest_otp.browsers import launch_options
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> \u202egnp.exe\u0007 code 482910"


@pytest.fixture
def own() -> Iterator[Sandbox]:
    """A sandbox in which nothing has arrived yet."""
    with start(seed=1) as running, Sandbox(running.url) as sandbox:
        yield sandbox


def events(own: Sandbox, count: int, last: str = "") -> list[tuple[str, dict[str, Any]]]:
    """The first events of the stream: each one's id and what it tells."""
    found: list[tuple[str, dict[str, Any]]] = []
    headers = {"Last-Event-ID": last} if last else {}
    with (
        httpx.Client(base_url=own.url, trust_env=False, timeout=20) as client,
        client.stream("GET", "/inbox/events", headers=headers) as response,
    ):
        name = ""
        for line in response.iter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                name = value
            elif field == "data":
                found.append((name, json.loads(value)))
                if len(found) == count:
                    break
    return found


def test_the_stream_tells_what_was_and_what_comes(own: Sandbox) -> None:
    """First the messages so far, then each new one."""
    own.deliver("+12025550123", "before")
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(events, own, 2)
        own.deliver("+12025550123", "after")
        told = reading.result()
    assert [event["text"] for _, event in told] == ["before", "after"]


def test_a_page_that_reconnects_misses_nothing_and_gets_nothing_twice(own: Sandbox) -> None:
    """From the last event's id the stream goes on."""
    for text in ("one", "two", "three"):
        own.deliver("+12025550123", text)
    (first, _), (second, _), _ = events(own, 3)
    assert [event["text"] for _, event in events(own, 1, last=second)] == ["three"]
    assert [event["text"] for _, event in events(own, 2, last=first)] == ["two", "three"]


@pytest.mark.parametrize("last", ["2-5", "1-x", "nonsense", "-", "1-" + "9" * 5000])
def test_an_id_of_another_sandbox_starts_over(own: Sandbox, last: str) -> None:
    """After a restart on the same port the page sees the new sandbox's messages."""
    own.deliver("+12025550123", "one")
    assert [event["text"] for _, event in events(own, 1, last=last)] == ["one"]


def test_the_page_may_load_only_its_own_script_and_style(own: Sandbox) -> None:
    """The policy names no source but the sandbox, on every file of the page."""
    for path in ("/", "/inbox/inbox.js", "/inbox/inbox.css"):
        response = httpx.get(f"{own.url}{path}", trust_env=False)
        policy = response.headers["Content-Security-Policy"]
        assert response.status_code == 200
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy


def in_chromium(own: Sandbox, story: Callable[[Page], None], **context: Any) -> None:  # noqa: ANN401 - Playwright's
    """Play with the page, on a thread of its own: the session may run a Playwright already."""

    def play() -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_options())  # type: ignore[arg-type] # its own options
            page = browser.new_page(**context)
            page.set_default_timeout(20_000)
            page.goto(own.inbox_url)
            expect(page.get_by_role("status")).to_have_text("live")
            story(page)
            browser.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(play).result()


def test_the_page_shows_each_message_as_it_arrives(own: Sandbox) -> None:
    """Number, sender, text and lease appear without a reload, the newest first."""

    def story(page: Page) -> None:
        expect(page.get_by_text("No messages yet")).to_be_visible()
        expect(page.get_by_text(f"{own.gateway_url()}/messages")).to_be_visible()
        bought = httpx.post(
            f"{own.url}/sandbox/activations",
            json={"service": "telegram", "country": "US"},
            headers={"Authorization": "Bearer key", "Idempotency-Key": "k"},
            trust_env=False,
        ).json()
        own.deliver("+12025550999", "first", "Zeta")
        own.deliver(bought["number"], "second", "Acme")
        items = page.get_by_role("listitem")
        expect(items).to_have_count(2)
        expect(items.first).to_contain_text(bought["number"])
        expect(items.first).to_contain_text("Acme")
        expect(items.first).to_contain_text("lease 1 · sandbox · telegram · US")
        expect(items.last).to_contain_text("nobody holds this number")
        expect(page.get_by_text("No messages yet")).to_be_hidden()
        page.get_by_role("searchbox").fill("zeta")
        expect(items).to_have_count(1)

    in_chromium(own, story)


def test_hostile_text_is_text(own: Sandbox) -> None:
    """Markup is shown, not obeyed; characters that reorder or hide are shown by their names."""

    def story(page: Page) -> None:
        own.deliver("+12025550999", HOSTILE, "<b>Acme</b>")
        text = page.get_by_role("article").locator(".text")
        expect(text).to_contain_text("<img src=x onerror=")
        expect(text).to_contain_text("⟨U+202E⟩gnp.exe⟨U+0007⟩")
        expect(page.get_by_text("<b>Acme</b>")).to_be_visible()
        assert page.locator("article img, article b").count() == 0
        assert "owned" not in page.title()

    in_chromium(own, story)


def test_the_page_fits_a_phone(own: Sandbox) -> None:
    """A long word does not make a narrow page scroll sideways."""

    def story(page: Page) -> None:
        own.deliver("+12025550999", "x" * 300, "A sender with a name that is far too long")
        expect(page.get_by_role("article")).to_be_visible()
        width = page.locator("html").evaluate("html => html.scrollWidth")
        assert width <= 360

    in_chromium(own, story, viewport={"width": 360, "height": 640})
