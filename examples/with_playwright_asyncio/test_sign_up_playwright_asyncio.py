from playwright.async_api import Page, expect

from pytest_otp import Phone
from pytest_otp.playwright import fill_code, fill_phone


async def test_sign_up(page: Page, otp_phone: Phone) -> None:
    await page.goto("/sign-up")
    await fill_phone(page.get_by_label("Phone"), otp_phone)
    await page.get_by_role("button", name="Send code").click()
    await fill_code(page.get_by_label("Code"), await otp_phone.wait_for_code_async())
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
