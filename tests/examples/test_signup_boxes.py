"""The six boxes and the resend button of the example application, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator, Page, Route

    from pytest_otp import Phone


def ask_for_code(page: Page, url: str, phone: Phone) -> None:
    """Fill in and submit the sign-up form."""
    page.goto(f"{url}/sign-up")
    page.get_by_label("Country").select_option(phone.country)
    page.get_by_label("Number").fill(phone.national)
    page.get_by_role("button", name="Send code").click()
    expect_ready(page)


def expect_ready(page: Page) -> None:
    """What is typed from now on lands in the first box."""
    expect(box(page, 1)).to_be_focused()
    page.wait_for_load_state()


def box(page: Page, position: int) -> Locator:
    """One of the six boxes, counted from 1."""
    return page.get_by_label(f"Digit {position} of 6")


def values(page: Page) -> list[str]:
    """What the six boxes hold."""
    return [box(page, position).input_value() for position in range(1, 7)]


def expect_welcome(page: Page) -> None:
    """The account is open."""
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_typing_moves_on_and_submits(page: Page, base_url: str, otp_phone: Phone) -> None:
    """Each digit moves to the next box, and the sixth submits."""
    ask_for_code(page, base_url, otp_phone)
    code = otp_phone.wait_for_code()
    page.keyboard.type(code[:5])
    expect(box(page, 6)).to_be_focused()
    assert values(page) == [*code[:5], ""]
    page.keyboard.type(code[5])
    expect_welcome(page)


@pytest.mark.browser_context_args(permissions=["clipboard-read", "clipboard-write"])
def test_a_pasted_code_fills_all_boxes(page: Page, base_url: str, otp_phone: Phone) -> None:
    """A code on the clipboard, however it is grouped, lands in the six boxes and submits."""
    ask_for_code(page, base_url, otp_phone)
    code = otp_phone.wait_for_code()
    page.evaluate("text => navigator.clipboard.writeText(text)", f" {code[:3]}-{code[3:]} ")
    page.keyboard.press("ControlOrMeta+V")
    expect_welcome(page)


def test_a_code_that_the_device_offers_fills_all_boxes(
    page: Page, base_url: str, otp_phone: Phone
) -> None:
    """Autofill puts the whole code into the box marked one-time-code; it spreads and submits."""
    ask_for_code(page, base_url, otp_phone)
    page.locator("[autocomplete=one-time-code]").fill(otp_phone.wait_for_code())
    expect_welcome(page)


def test_nothing_typed_early_is_lost(page: Page, base_url: str, otp_phone: Phone) -> None:
    """Digits typed before the script has loaded are spread, and submitted, when it comes."""
    scripts: list[Route] = []

    def hold_back(script: Route) -> None:
        scripts.append(script)

    page.route("**/code.js", hold_back)
    page.goto(f"{base_url}/sign-up")
    page.get_by_label("Country").select_option(otp_phone.country)
    page.get_by_label("Number").fill(otp_phone.national)
    with page.expect_request("**/code.js"):
        page.get_by_role("button", name="Send code").click()
    expect(box(page, 1)).to_be_focused()
    page.keyboard.type(otp_phone.wait_for_code())
    scripts[0].continue_()
    expect_welcome(page)


def test_backspace_goes_back(page: Page, base_url: str, otp_phone: Phone) -> None:
    """Backspace in an empty box clears the one before it and goes there."""
    ask_for_code(page, base_url, otp_phone)
    page.keyboard.type("123")
    page.keyboard.press("Backspace")
    expect(box(page, 3)).to_be_focused()
    page.keyboard.press("Backspace")
    expect(box(page, 2)).to_be_focused()
    assert values(page) == ["1", "", "", "", "", ""]


def test_a_digit_can_be_mended(page: Page, base_url: str, otp_phone: Phone) -> None:
    """The arrow keys reach a filled box, and a digit typed there replaces what it held."""
    ask_for_code(page, base_url, otp_phone)
    page.keyboard.type("12")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("7")
    expect(box(page, 2)).to_be_focused()
    assert values(page) == ["7", "2", "", "", "", ""]


def test_letters_are_not_taken(page: Page, base_url: str, otp_phone: Phone) -> None:
    """A letter leaves its box empty and focused."""
    ask_for_code(page, base_url, otp_phone)
    page.keyboard.type("x")
    expect(box(page, 1)).to_be_focused()
    assert values(page) == [""] * 6


def test_a_wrong_code_is_said_aloud(page: Page, base_url: str, otp_phone: Phone) -> None:
    """A wrong code comes back as an alert, with empty boxes ready for the next try."""
    ask_for_code(page, base_url, otp_phone)
    right = otp_phone.wait_for_code()
    page.keyboard.type("111111" if right != "111111" else "222222")
    expect(page.get_by_role("alert")).to_have_text("Wrong code. 4 tries left.")
    expect(box(page, 1)).to_be_focused()
    page.keyboard.type(right)
    expect_welcome(page)


def test_resend_counts_down(page: Page, base_url: str, otp_phone: Phone) -> None:
    """Resend shows the seconds of its cool-down, disabled, and is enabled when they are over."""
    page.clock.install()
    ask_for_code(page, base_url, otp_phone)
    resend = page.get_by_role("button", name="Resend")
    expect(resend).to_have_text(re.compile(r"Resend in (30|2\d) s"))
    expect(resend).to_be_disabled()
    page.clock.run_for(20_000)
    expect(resend).to_have_text(re.compile(r"Resend in (10|\d) s"))
    page.clock.run_for(11_000)
    expect(resend).to_have_text("Resend")
    expect(resend).to_be_enabled()


def test_a_resent_code_works(page: Page, start_app: Callable[..., str], otp_phone: Phone) -> None:
    """Resend says that a new code is on its way, and that code opens the account."""
    ask_for_code(page, start_app(SIGNUP_RESEND_COOLDOWN_S="0"), otp_phone)
    otp_phone.wait_for_code()
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status")).to_have_text("A new code is on its way.")
    expect_ready(page)
    page.keyboard.type(otp_phone.wait_for_code())
    expect_welcome(page)


def test_boxes_and_number_are_labelled_groups(page: Page, base_url: str, otp_phone: Phone) -> None:
    """A screen reader, and `get_by_label`, find one group for the phone and one for the code."""
    page.goto(f"{base_url}/sign-up")
    expect(page.get_by_label("Phone")).to_have_role("group")
    ask_for_code(page, base_url, otp_phone)
    expect(page.get_by_label("Code")).to_have_role("group")


def test_works_without_javascript(browser: Browser, base_url: str, otp_phone: Phone) -> None:
    """With JavaScript off the boxes are a form that Tab and Confirm get through."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    ask_for_code(page, base_url, otp_phone)
    for digit in otp_phone.wait_for_code():
        page.keyboard.type(digit)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_welcome(page)
    context.close()
