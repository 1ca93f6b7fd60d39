from playwright.sync_api import Page, expect

from pytest_otp import Phone
from pytest_otp.playwright import fill_code, fill_phone


def test_sign_up(page: Page, otp_phone: Phone) -> None:
    page.goto("/sign-up")
    fill_phone(page.get_by_label("Phone"), otp_phone)
    page.get_by_role("button", name="Send code").click()
    fill_code(page.get_by_label("Code"), otp_phone.wait_for_code())
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
