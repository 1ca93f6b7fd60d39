"""What a user writes, and the types that it has. Read by mypy, never run."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import assert_type

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from pytest_otp import (
    CodeTimeout,
    LeaseEnded,
    LeaseFactory,
    Message,
    Money,
    OtpError,
    Phone,
    Sandbox,
    Settings,
    selenium,
)


def test_phone(otp_phone: Phone) -> None:
    """The number in its forms, and what is known of its lease."""
    assert_type(otp_phone.number, str)
    assert_type(otp_phone.national, str)
    assert_type(otp_phone.international, str)
    assert_type(otp_phone.rfc3966, str)
    assert_type(otp_phone.country, str)
    assert_type(otp_phone.dial_code, str)
    assert_type(otp_phone.service, str)
    assert_type(otp_phone.provider, str)
    assert_type(otp_phone.price, Money | None)
    assert_type(otp_phone.expires_at, datetime | None)


def test_waits(otp_phone: Phone) -> None:
    """A code is a text; a message has its parts."""
    assert_type(otp_phone.wait_for_code(), str)
    assert_type(otp_phone.wait_for_code(timeout=30, pattern=r"code (\w+)"), str)
    message = otp_phone.wait_for_message(timeout=0.5, match=lambda m: m.sender == "Shop")
    assert_type(message, Message)
    assert_type(message.text, str)
    assert_type(message.code, str | None)
    assert_type(message.sender, str | None)
    assert_type(message.received_at, datetime | None)
    assert_type(otp_phone.messages(), list[Message])
    with otp_phone.expect_code(timeout=30, pattern="[0-9]+") as code:
        otp_phone.resend()
    assert_type(code.value, str)
    otp_phone.cancel()
    otp_phone.finish()


async def test_asyncio_waits(otp_phone: Phone) -> None:
    """The same, awaited."""
    assert_type(await otp_phone.wait_for_code_async(30, pattern="[A-Z]+"), str)
    assert_type(await otp_phone.wait_for_message_async(match="Welcome"), Message)
    async with otp_phone.expect_code() as code:
        otp_phone.resend()
    assert_type(code.value, str)


def test_factory(otp_lease: LeaseFactory) -> None:
    """As many phones as a test needs, each with its own wishes."""
    assert_type(otp_lease(), Phone)
    otp_lease(country="GB", service="telegram", tags=["signup"], timeout=60)
    otp_lease(country=["GB", "US"], provider=("dogesms", "smscode"))
    otp_lease(max_price="0.25 USD")
    otp_lease(max_price=Money(Decimal("0.25"), "USD"))


def test_sandbox(otp_sandbox: Sandbox, otp_phone: Phone) -> None:
    """What to give the application, and control over the world around it."""
    assert_type(otp_sandbox.gateway_url("plain"), str)
    assert_type(otp_sandbox.inbox_url, str)
    assert_type(otp_sandbox.deliver(otp_phone.number, "Your code is 123456"), str)
    otp_sandbox.set_price(Money.parse("0.30 USD"), country="US")


def test_money() -> None:
    """Sums stay money, and compare."""
    total = Money.parse("2.00 USD") + Money(Decimal("0.50"), "USD")
    assert_type(total, Money)
    assert_type(total - total, Money)
    assert_type(total <= Money.parse("3 USD"), bool)
    assert_type(total.amount, Decimal)
    assert_type(total.currency, str)


def test_failures(otp_phone: Phone) -> None:
    """One ``except`` for a wait that failed, and one for all."""
    try:
        otp_phone.wait_for_code(timeout=1)
    except (CodeTimeout, LeaseEnded) as error:
        assert_type(error, CodeTimeout | LeaseEnded)
    except OtpError as error:
        assert_type(error.code, str)


@pytest.fixture(scope="session")
def otp_settings(otp_settings: Settings) -> Settings:
    """A project changes a copy."""
    return replace(otp_settings, countries=("GB",), max_price=Money.parse("0.25 USD"))


def test_forms_with_selenium(driver: WebDriver, otp_phone: Phone) -> None:
    """A driver or an element will do."""
    assert_type(selenium.fill_phone(driver, otp_phone), selenium.FilledPhone)
    box = driver.find_element("id", "code")
    assert_type(selenium.fill_code(box, "302415", timeout=5), selenium.FilledCode)
    selenium.click_resend(driver)
