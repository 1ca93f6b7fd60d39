"""``fill_phone`` on hand-written pages, one kind of form each, among fields that are not meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.errors import FieldRejected
from pytest_otp.playwright import fill_phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = Path(__file__).parent / "pages" / "phones"
INTERNATIONAL = {"decoys", "e164", "formats", "prefix-kept"}
# Forms for the numbers of one country; two of them know no more than its national form.
OF_ONE_COUNTRY = {
    "dial-code-beside",
    "dial-code-in-slot",
    "mask",
    "maxlength",
    "pattern",
    "prefix-kept",
    "three-parts",
}
NATIONAL_ONLY = {"mask", "maxlength", "pattern"}


@dataclass(frozen=True)
class Phone:
    """What ``otp_phone`` says of itself."""

    number: str
    national: str
    country: str
    dial_code: str


US = Phone("+12025550143", "(202) 555-0143", "US", "+1")
GB = Phone("+447400123456", "07400 123456", "GB", "+44")
FORMS = [
    (name, phone)
    for name in sorted(path.stem for path in PAGES.glob("*.html"))
    for phone in (US, GB)
    if phone is US or name not in OF_ONE_COUNTRY
]


def go(page: Page, name: str) -> None:
    """Open one of the pages."""
    page.goto((PAGES / f"{name}.html").as_uri())


@pytest.mark.parametrize(("name", "phone"), FORMS, ids=lambda it: getattr(it, "country", it))
def test_every_kind_of_form(page: Page, name: str, phone: Phone) -> None:
    """The application gets the number, and no other field or list is touched."""
    go(page, name)
    filled = fill_phone(page, phone)
    assert filled.way == ("international" if name in INTERNATIONAL else "national")
    wanted = "2025550143" if name in NATIONAL_ONLY else phone.number
    assert page.evaluate("window.got") == wanted
    decoys = page.locator("[data-decoy], [data-decoy-list]")
    assert decoys.evaluate_all("all => all.map(one => one.value).join('')") == ""


def test_locators(page: Page) -> None:
    """The field, its label, what is around it: all stand for it."""
    for target in (
        page.get_by_label("Phone"),
        page.get_by_text("Phone", exact=True),
        page.locator("form"),
        page.main_frame,
    ):
        go(page, "select-iso")
        fill_phone(target, US)
        assert page.evaluate("window.got") == US.number


def test_fills_again(page: Page) -> None:
    """A number that is there already is replaced."""
    go(page, "select-iso")
    fill_phone(page, GB)
    fill_phone(page, US)
    assert page.evaluate("window.got") == US.number


def test_country_that_the_list_lacks(page: Page) -> None:
    """A list without the number's country is named, before anything is typed."""
    go(page, "select-iso")
    with pytest.raises(FieldRejected, match=r"no entry for DE \(\+49\)"):
        fill_phone(page, Phone("+4930123456", "030 123456", "DE", "+49"))
    assert page.get_by_label("Phone").input_value() == ""


@pytest.mark.parametrize("name", ["dial-code-beside", "dial-code-in-slot"])
def test_form_of_another_country(page: Page, name: str) -> None:
    """A dial code that cannot be changed is named, and the number is masked."""
    go(page, name)
    with pytest.raises(FieldRejected, match=r"for numbers of \+1 only") as refused:
        fill_phone(page, GB)
    assert GB.number[3:] not in str(refused.value)


def test_dial_code_that_its_field_does_not_take(page: Page) -> None:
    """What the field for the dial code holds instead is said, before the number is typed."""
    go(page, "dial-code-field")
    page.evaluate("() => { code.onkeydown = ({ key }) => key !== '4' }")
    with pytest.raises(FieldRejected, match=r"own field for the country holds '\+' after '\+44'"):
        fill_phone(page, GB)
    assert page.get_by_label("Phone number").input_value() == ""


def test_second_number_beside(page: Page) -> None:
    """Another number's field that holds a dial code is not one for dial codes."""
    page.set_content(
        "<label>Home phone <input type=tel value='+33'></label>"
        "<label>Mobile <input type=tel oninput='got = value'></label>"
    )
    fill_phone(page, US)
    assert page.evaluate("got") == US.number
    assert page.get_by_label("Home phone").input_value() == "+33"


def test_list_that_is_covered(page: Page) -> None:
    """A banner over what opens the list of countries is said to be there."""
    go(page, "custom-list")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\\'position: fixed; inset: 0\\'>')"
    )
    with pytest.raises(FieldRejected, match="could not be opened, as something covers"):
        fill_phone(page, US)


def test_field_that_takes_another_format(page: Page) -> None:
    """What the field holds instead is said, masked."""
    go(page, "prefix-kept")
    with pytest.raises(
        FieldRejected, match=r"holds \+1•+3456 after \+4•+3456 was typed"
    ) as refused:
        fill_phone(page, GB)
    assert GB.number[3:] not in str(refused.value)


def test_field_that_calls_the_number_invalid(page: Page) -> None:
    """A field that holds the number and has something against it is told apart."""
    page.set_content("<label>Phone <input type=tel pattern='[A-Z]+'></label>")
    with pytest.raises(FieldRejected, match=r"holds \+1•+0143 and calls it invalid") as refused:
        fill_phone(page, US)
    assert US.number[2:] not in str(refused.value)
