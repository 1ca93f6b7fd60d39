"""The demo's sign-up in pictures and in a trace: what docs/browser.md shows.

The pictures in docs/images are the ones that this test makes, below pytest's ``--basetemp``.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from pytest_otp.browser import masking
from pytest_otp.playwright import fill_code, fill_phone

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from pytest_otp import Phone


def test_pictures_and_trace_of_the_demo(
    browser: Browser, base_url: str, otp_phone: Phone, tmp_path: Path
) -> None:
    """Number entered, code entered, welcome: each is what the page shows, and the trace has all."""
    context = browser.new_context(base_url=base_url, viewport={"width": 560, "height": 420})
    context.tracing.start(screenshots=True)
    page = context.new_page()
    page.goto("/sign-up")
    filled = fill_phone(page.get_by_label("Phone"), otp_phone)
    assert filled.way == "national"
    page.screenshot(path=tmp_path / "number-entered.png")

    code = enter_code(page, otp_phone)
    page.screenshot(path=tmp_path / "code-entered.png")

    page.evaluate("document.forms[0].requestSubmit()")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.screenshot(path=tmp_path / "welcome.png")
    context.tracing.stop(path=tmp_path / "trace.zip")
    context.close()

    pictures = [path.read_bytes() for path in sorted(tmp_path.glob("*.png"))]
    assert len(set(pictures)) == 3
    with zipfile.ZipFile(tmp_path / "trace.zip") as archive:
        steps = archive.read("trace.trace").decode()
        film = [name for name in archive.namelist() if name.endswith(".jpeg")]
    assert film
    assert code not in steps
    assert otp_phone.number not in steps


def test_masked_picture_of_the_demo(
    browser: Browser, base_url: str, otp_phone: Phone, tmp_path: Path
) -> None:
    """With ``otp_mask_screenshots`` the boxes look the same whatever code is in them."""
    context = browser.new_context(base_url=base_url, viewport={"width": 560, "height": 420})
    page = context.new_page()
    page.goto("/sign-up")
    with masking.switched_on():
        fill_phone(page.get_by_label("Phone"), otp_phone)
        enter_code(page, otp_phone)
        page.screenshot(path=tmp_path / "masked.png")
        boxes = page.get_by_role("group", name="Code").bounding_box()
        picture = page.screenshot(clip=boxes)
        page.get_by_label("Digit").evaluate_all("boxes => boxes.forEach(box => (box.value = 7))")
        assert page.screenshot(clip=boxes) == picture
    context.close()


def enter_code(page: Page, otp_phone: Phone) -> str:
    """Go on from a number to its code, as far as the last digit; the code."""
    with otp_phone.expect_code() as code:
        page.get_by_role("button", name="Send code").click()
    # The last digit submits the form; held back once, the page can be looked at.
    boxes = page.get_by_label("Digit")
    boxes.first.wait_for()
    page.wait_for_load_state()
    page.evaluate(
        "document.forms[0].addEventListener('submit', e => e.preventDefault(), { once: true })"
    )
    fill_code(page, code.value)
    assert "".join(box.input_value() for box in boxes.all()) == code.value
    return code.value
