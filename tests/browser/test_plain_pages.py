"""Hand-written pages, one kind of code or phone field each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_otp.playwright import fill_code, fill_phone

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CODE = "302415"
PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)
BOX = '<input maxlength="1" inputmode="numeric" style="width:30px;height:30px">'
ADVANCE = """
<script>{
  const boxes = [...document.querySelectorAll("#boxes input")];
  boxes.forEach((box, i) => box.addEventListener("input", () => boxes[i + 1]?.focus()));
}</script>
"""
DECOYS = """
<label>Search <input type="search"></label>
<label>E-mail <input type="email"></label>
<label>Promo code <input name="promo"></label>
"""


@pytest.mark.parametrize("target", ["page", "container", "first box", "label"])
def test_row_of_boxes(page: Page, target: str) -> None:
    """Each way to point at a row of boxes fills the whole row, among decoys."""
    page.set_content(f"{DECOYS}<p>Your code</p><div id=boxes>{BOX * 6}</div>{ADVANCE}")
    boxes = page.locator("#boxes input")
    targets: dict[str, Page | Locator] = {
        "page": page,
        "container": page.locator("#boxes"),
        "first box": boxes.first,
        "label": page.get_by_text("Your code"),
    }
    filled = fill_code(targets[target], CODE)
    assert (filled.way, filled.outcome) == ("typed", "held")
    assert boxes.evaluate_all("boxes => boxes.map(box => box.value).join('')") == CODE
    assert page.get_by_label("Promo code").input_value() == ""


def test_row_of_boxes_that_does_not_advance(page: Page) -> None:
    """Where a widget leaves the focus behind, each box is focused in turn."""
    page.set_content(f"<div id=boxes>{BOX * 6}</div>")
    assert fill_code(page, CODE).way == "box by box"
    values = page.locator("input").evaluate_all("boxes => boxes.map(box => box.value).join('')")
    assert values == CODE


def test_single_input(page: Page) -> None:
    """A lone input is found by its label among decoys."""
    page.set_content(f"{DECOYS}<label>Verification code <input></label>")
    fill_code(page, CODE)
    assert page.get_by_label("Verification code").input_value() == CODE


def test_phone_as_e164(page: Page) -> None:
    """A field without a list of countries gets the number as E.164."""
    page.set_content(f"{DECOYS}<label>Phone <input type=tel></label>")
    assert fill_phone(page, PHONE).way == "international"
    assert page.get_by_label("Phone").input_value() == PHONE.number


def test_phone_beside_a_list_of_countries(page: Page) -> None:
    """With a list of countries the country is chosen and the national number typed."""
    page.set_content(
        "<select name=country><option value=GB>United Kingdom<option value=US>United States"
        "</select><label>Phone <input type=tel></label>"
    )
    assert fill_phone(page.get_by_label("Phone"), PHONE).way == "national"
    assert page.locator("select").input_value() == "US"
    assert page.get_by_label("Phone").input_value() == "2025550143"
