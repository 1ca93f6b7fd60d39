"""``fill_phone`` on the phone widgets of npm, each of which starts out in France."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_otp.playwright import fill_phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDGETS = sorted(path.stem for path in (Path(__file__).parent / "widgets" / "phones").iterdir())
PHONES = {
    "US": SimpleNamespace(
        number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
    ),
    "GB": SimpleNamespace(
        number="+447400123456", national="07400 123456", country="GB", dial_code="+44"
    ),
    "FR": SimpleNamespace(
        number="+33639981234", national="06 39 98 12 34", country="FR", dial_code="+33"
    ),
}


@pytest.mark.parametrize("country", PHONES)
@pytest.mark.parametrize("widget", WIDGETS)
def test_widget(page: Page, widget_pages: Path, widget: str, country: str) -> None:
    """The application gets the number from the widget, and no other field is touched."""
    page.goto((widget_pages / f"{widget}.html").as_uri())
    phone = PHONES[country]
    filled = fill_phone(page, phone)
    page.wait_for_function(
        "number => window.got?.replaceAll(' ', '') === number", arg=phone.number, timeout=2000
    )
    by_list = widget in {"intl-tel-input", "react-phone-number-input"}
    assert filled.way == ("national" if by_list else "international")
    for label in ("Search", "E-mail", "Promo code"):
        assert page.get_by_label(label, exact=True).last.input_value() == ""


def test_docs_name_every_widget() -> None:
    """The table in the docs lists the widgets under test, and no other."""
    docs = (Path(__file__).parents[2] / "docs" / "browser.md").read_text(encoding="utf-8")
    table = docs.partition("| phone widget |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z][\w-]+) \|", table, re.MULTILINE) == WIDGETS
