"""``fill_code`` on hand-written pages, one kind of field each, among fields that are not meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.playwright import fill_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Frame, FrameLocator, Locator, Page

CODE = "302415"
PAGES = Path(__file__).parent / "pages" / "codes"
NOT_HELD = {
    "boxes-masked": "masked",
    "drawn-only": "masked",
    "keypad-masked": "masked",
    "submits-and-disables": "submitted",
    "submits-and-empties": "submitted",
    "submits-and-navigates": "submitted",
    "submits-and-removes": "submitted",
}
WAYS = {
    "boxes-without-advance": "box by box",
    "keypad": "keypad",
    "keypad-masked": "keypad",
    "keypad-readonly": "keypad",
    "shadow": "box by box",
}


def go(page: Page, name: str) -> None:
    """Open one of the pages."""
    page.goto((PAGES / f"{name}.html").as_uri())


def assert_only_the_code_was_filled(page: Page) -> None:
    """The application has the code, and no other field anything."""
    page.wait_for_function("code => window.got === code", arg=CODE, timeout=2000)
    decoys = page.locator("[data-decoy]").evaluate_all("all => all.map(one => one.value).join('')")
    assert decoys == ""


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_every_kind_of_field(page: Page, name: str) -> None:
    """The application gets the code, and the result says how it was filled in."""
    go(page, name)
    filled = fill_code(page, CODE)
    assert_only_the_code_was_filled(page)
    assert filled.way == WAYS.get(name, "typed")
    assert filled.outcome == NOT_HELD.get(name, "held")


TARGETS: dict[str, Callable[[Page], Page | Frame | Locator]] = {
    "page": lambda page: page,
    "frame": lambda page: page.main_frame,
    "container": lambda page: page.get_by_role("group", name="Code"),
    "first box": lambda page: page.locator(".box").first,
    "a box within": lambda page: page.locator(".box").nth(3),
    "all boxes": lambda page: page.locator(".box"),
    "whatever is around": lambda page: page.locator("body"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_every_kind_of_target(page: Page, target: str) -> None:
    """However a test points at a row of boxes, the whole row is filled from its start."""
    go(page, "boxes")
    assert fill_code(TARGETS[target](page), CODE).outcome == "held"
    assert_only_the_code_was_filled(page)


@pytest.mark.parametrize("text", ["Verification code", "it"])
def test_locator_of_a_label(page: Page, text: str) -> None:
    """A label stands for its field, be it found by its text or as the field's label."""
    go(page, "single-by-label")
    target = page.get_by_text(text) if text != "it" else page.get_by_label("Verification code")
    fill_code(target, CODE)
    assert_only_the_code_was_filled(page)


def test_text_near_a_field(page: Page) -> None:
    """A sentence that is no label stands for the nearest field around it."""
    go(page, "single-by-text")
    fill_code(page.get_by_text("Enter the code"), CODE)
    assert_only_the_code_was_filled(page)


def test_frame_locator(page: Page) -> None:
    """A frame locator covers the frames within it too."""
    go(page, "iframes")
    target: FrameLocator = page.frame_locator("iframe")
    fill_code(target, CODE)
    assert_only_the_code_was_filled(page)


def test_locator_of_an_iframe(page: Page) -> None:
    """A locator of the frame's element stands for what is in it."""
    go(page, "iframes")
    fill_code(page.locator("iframe"), CODE)
    assert_only_the_code_was_filled(page)


def test_pointing_beats_words(page: Page) -> None:
    """Whoever points at a field means it, even if it reads like another."""
    go(page, "single")
    fill_code(page.get_by_label("Promo code"), CODE)
    assert page.get_by_label("Promo code").input_value() == CODE


@pytest.mark.parametrize("name", ["single", "boxes", "drawn", "contenteditable-boxes"])
def test_fills_again_after_a_wrong_code(page: Page, name: str) -> None:
    """What an earlier try left behind is emptied first."""
    go(page, name)
    fill_code(page, "111111")
    fill_code(page, CODE)
    assert_only_the_code_was_filled(page)


def test_longer_row_than_code(page: Page) -> None:
    """Four characters go into the first four of six boxes."""
    go(page, "boxes")
    assert fill_code(page, "3024").outcome == "held"
    assert page.evaluate("window.got") == "3024"


def test_letters(page: Page) -> None:
    """A code of letters is typed as it is."""
    go(page, "boxes")
    assert fill_code(page, "aB3x9Z").outcome == "held"
    assert page.evaluate("window.got") == "aB3x9Z"


def test_field_that_writes_capitals(page: Page) -> None:
    """A field may show the code's letters in another case."""
    page.set_content(
        "<label>Code <input oninput='this.value = window.got = this.value.toUpperCase()'></label>"
    )
    assert fill_code(page, "a1b2c3").outcome == "held"
    assert page.evaluate("window.got") == "A1B2C3"


def test_page_that_is_still_loading(page: Page) -> None:
    """Typing begins when the page's scripts listen, not when its input is seen."""
    script = "document.querySelector('input').oninput = e => window.got = e.target.value"
    page.route("**/slow.js", lambda route: route.fulfill(body=script))
    page.route(
        "http://127.0.0.1/",
        lambda route: route.fulfill(
            content_type="text/html",
            body="<label>Code <input></label><script defer src=/slow.js></script>",
        ),
    )
    page.goto("http://127.0.0.1/", wait_until="commit")
    fill_code(page, CODE)
    assert page.evaluate("window.got") == CODE
