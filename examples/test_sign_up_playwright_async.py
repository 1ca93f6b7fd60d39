from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from pytest_otp import Phone
from pytest_otp.playwright import fill_code, fill_phone


@pytest.mark.anyio
async def test_sign_up(
    base_url: str, browser_type_launch_args: dict[str, Any], otp_phone: Phone
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**browser_type_launch_args)
        page = await browser.new_page(base_url=base_url)
        await page.goto("/sign-up")
        await fill_phone(page.get_by_label("Phone"), otp_phone)
        await page.get_by_role("button", name="Send code").click()
        await fill_code(page.get_by_label("Code"), await otp_phone.wait_for_code_async())
        await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        await browser.close()
