"""What is said when a field cannot be filled in: one sentence that names what was seen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pytest_otp.errors import (
    CodeTooLong,
    FieldNotFound,
    FieldRejected,
    FieldUnreachable,
    SeveralFields,
)
from pytest_otp.playwright import fill_code, fill_phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

CODE = "302415"
BOX = '<input maxlength="1" style="width: 30px; height: 34px">'


def test_no_field_lists_what_was_passed_over(page: Page) -> None:
    """Every field that was seen is named, with the reason why it was passed over."""
    page.set_content(
        "<label>Promo code <input name=promo></label>"
        "<label>Old code <input name=old disabled></label>"
        "<input name=gone autocomplete=one-time-code style='display: none'>"
    )
    with pytest.raises(FieldNotFound) as refused:
        fill_code(page, CODE, timeout=0.2)
    text = str(refused.value)
    assert """<input name="promo"> 'Promo code' (reads like something else)""" in text
    assert """<input name="old"> 'Old code' (disabled)""" in text
    assert """<input name="gone"> (not displayed)""" in text
    assert "Pass a locator" in text


def test_empty_page(page: Page) -> None:
    """A page without any field is told apart from one with the wrong fields."""
    page.set_content("<p>Welcome</p>")
    with pytest.raises(FieldNotFound, match="is this the right page"):
        fill_code(page, CODE, timeout=0.2)


def test_time_that_a_test_stops(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for a field ends though ``time`` stands still, as under freezegun."""
    page.set_content("<p>Welcome</p>")
    monkeypatch.setattr(time, "monotonic", lambda: 1326499200.0)
    with pytest.raises(FieldNotFound):
        fill_code(page, CODE, timeout=0.2)


def test_locator_of_nothing(page: Page) -> None:
    """A locator that matches nothing is a field that did not appear."""
    with pytest.raises(FieldNotFound):
        fill_code(page.get_by_label("Code"), CODE, timeout=0.2)


def test_several_fields(page: Page) -> None:
    """Of two widgets that fit equally well neither is typed into; a locator decides."""
    page.set_content(f"<div id=one>{BOX * 6}</div><p>and</p><div id=two>{BOX * 6}</div>")
    page.add_style_tag(content="#two { margin-top: 100px }")
    with pytest.raises(SeveralFields, match=r"2 fields could take the code: 6 boxes from .*;"):
        fill_code(page, CODE, timeout=0.2)
    assert page.locator("input").evaluate_all("all => all.every(one => one.value === '')")
    fill_code(page.locator("#two"), CODE)
    assert page.locator("#two input").first.input_value() == "3"


def test_closed_shadow_root(page: Page) -> None:
    """An element that nothing can enter is named."""
    page.set_content("<x-code style='display: block; height: 40px'></x-code>")
    page.evaluate(
        """() => customElements.define("x-code", class extends HTMLElement {
             connectedCallback() {
               this.attachShadow({ mode: "closed" }).innerHTML = "<input>";
             }
           })"""
    )
    with pytest.raises(FieldUnreachable, match=r"nothing can enter <x-code>: a closed shadow root"):
        fill_code(page, CODE, timeout=0.2)


@pytest.mark.parametrize("field", ["<label>Code <input maxlength=4></label>", BOX * 4])
def test_code_longer_than_the_field(page: Page, field: str) -> None:
    """A field with less room than the code is refused before anything is typed."""
    page.set_content(f"<div>{field}</div>")
    with pytest.raises(CodeTooLong, match=r"The code ••••15 has 6 characters and .* takes 4"):
        fill_code(page, CODE)
    assert page.locator("input").first.input_value() == ""


def test_field_that_takes_nothing(page: Page) -> None:
    """Typing stops at the first character that a field twice makes nothing of."""
    page.set_content(
        "<label>Code <input onkeydown='window.keys = 1 + ~~window.keys; return false'>"
    )
    with pytest.raises(FieldRejected, match="made nothing of the first character of ••••15"):
        fill_code(page, CODE)
    assert page.evaluate("window.keys") == 2


def test_field_that_loses_characters(page: Page) -> None:
    """A field that holds something else is told, with as little as needed of the code."""
    page.set_content("<label>Code <input oninput='this.value = this.value.slice(0, 4)'></label>")
    with pytest.raises(FieldRejected, match=r"did not|shows 4 characters") as refused:
        fill_code(page, CODE)
    assert "3024" not in str(refused.value)


def test_widget_that_goes_away_too_early(page: Page) -> None:
    """A widget that is gone before the last character expected a shorter code."""
    page.set_content(
        "<label id=it>Code <input oninput='this.value.length === 4 && it.remove()'></label>"
    )
    with pytest.raises(FieldRejected, match="went away after 4 of 6 characters"):
        fill_code(page, CODE)


KEYPAD = "".join(f"<button onclick='{{action}}'>{digit}</button>" for digit in range(10))


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("", "keypad on the screen made nothing of ••••15"),
        ("this.parentElement.innerHTML = 1", "after 1 of 6: the application may expect a shorter"),
    ],
)
def test_keypad_that_takes_nothing(page: Page, action: str, said: str) -> None:
    """A keypad that shows nothing of what was tapped, or goes away early, took no code."""
    page.set_content(f"<div>{KEYPAD.format(action=action)}</div>")
    with pytest.raises(FieldRejected, match=said):
        fill_code(page, CODE)


def test_no_field_for_a_phone_number(page: Page) -> None:
    """The phone's refusal speaks of phone numbers."""
    page.set_content("<label>Code <input></label>")
    with pytest.raises(FieldNotFound, match="No field for the phone number"):
        fill_phone(page, _Phone, timeout=0.2)


class _Phone:
    number = "+12025550143"
    national = "(202) 555-0143"
    country = "US"
    dial_code = "+1"
