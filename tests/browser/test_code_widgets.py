"""``fill_code`` on the code widgets of npm, each bundled into a page of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.playwright import fill_code

if TYPE_CHECKING:
    from playwright.sync_api import Page

CODE = "302415"
WIDGETS = sorted(path.stem for path in (Path(__file__).parent / "widgets" / "codes").iterdir())


@pytest.mark.parametrize("widget", WIDGETS)
def test_widget(page: Page, widget_pages: Path, widget: str) -> None:
    """The application gets the code from the widget, and no other field is touched."""
    page.goto((widget_pages / f"{widget}.html").as_uri())
    filled = fill_code(page, CODE)
    page.wait_for_function("code => window.got === code", arg=CODE, timeout=2000)
    assert (filled.way, filled.outcome) == ("typed", "held")
    for label in ("Search", "E-mail", "Promo code"):
        assert page.get_by_label(label, exact=True).input_value() == ""


def test_docs_name_every_widget() -> None:
    """The table in the docs lists the widgets under test, and no other."""
    docs = (Path(__file__).parents[2] / "docs" / "browser.md").read_text(encoding="utf-8")
    table = docs.partition("| code widget |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z][\w-]+) \|", table, re.MULTILINE) == WIDGETS
