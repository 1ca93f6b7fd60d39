"""The form helpers with both of Playwright's APIs. Read by mypy, never run."""

from typing import assert_type

from playwright import async_api, sync_api

from pytest_otp import Phone, fill_code, fill_phone
from pytest_otp.playwright import FilledCode, FilledPhone


def test_sync(page: sync_api.Page, otp_phone: Phone) -> None:
    """A page, a frame or a locator; the result is there."""
    assert_type(fill_phone(page, otp_phone), FilledPhone)
    assert_type(fill_phone(page.get_by_label("Phone"), otp_phone), FilledPhone)
    assert_type(fill_code(page.main_frame, otp_phone.wait_for_code(), timeout=5), FilledCode)


async def test_async(page: async_api.Page, otp_phone: Phone) -> None:
    """With Playwright's asyncio objects the result is awaited."""
    assert_type(await fill_phone(page, otp_phone), FilledPhone)
    code = await otp_phone.wait_for_code_async()
    filling = fill_code(page.get_by_label("Code"), code)
    assert_type(await filling, FilledCode)
