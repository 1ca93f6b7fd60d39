"""What a type checker refuses. Read by mypy, never run: a needless ``ignore`` is an error there."""

from decimal import Decimal

from playwright import async_api

import pytest_otp
from pytest_otp import LeaseFactory, Message, Money, Phone, fill_code


def test_names() -> object:
    """Names are loaded lazily, and yet there are only those that there are."""
    return pytest_otp.Telephone  # type: ignore[attr-defined] # misspelled


def test_phone(otp_phone: Phone) -> None:
    """The phone tells; it is not told."""
    otp_phone.number = "+12025550123"  # type: ignore[misc] # it was leased, not chosen
    otp_phone.wait_for_code("30")  # type: ignore[arg-type] # seconds are a number
    otp_phone.wait_for_code(pattern=b"[0-9]+")  # type: ignore[arg-type] # an SMS is text
    otp_phone.wait_for_message(match=lambda: True)  # type: ignore[arg-type] # of what?
    otp_phone.wait_for_email()  # type: ignore[attr-defined] # there is no such thing
    len(otp_phone.wait_for_message())  # type: ignore[arg-type] # a message is not its text


def test_forgotten_wait(otp_phone: Phone) -> str:
    """An awaitable is no code."""
    return otp_phone.wait_for_code_async()  # type: ignore[return-value] # not awaited


def test_factory(otp_lease: LeaseFactory) -> None:
    """Keywords only, and only those that there are."""
    otp_lease("telegram")  # type: ignore[call-arg] # a service, a country?
    otp_lease(contry="US")  # type: ignore[call-arg] # misspelled
    otp_lease(max_price=0.25)  # type: ignore[arg-type] # money is never a float
    otp_lease(country=1)  # type: ignore[arg-type] # a dial code is no country


def test_money(price: Money | None) -> bool:
    """Exact, and of one currency."""
    Money(0.25, "USD")  # type: ignore[arg-type] # no float
    Money(Decimal("0.25"))  # type: ignore[call-arg] # of which currency?
    Money.parse("0.25 USD") + Decimal("0.10")  # type: ignore[operator] # of which currency?
    Money.parse("0.25 USD").amount = Decimal(0)  # type: ignore[misc] # values do not change
    return price < Money.parse("0.25 USD")  # type: ignore[operator] # a provider may name none


def test_message(message: Message) -> None:
    """What arrived stays as it arrived."""
    message.text = ""  # type: ignore[misc] # values do not change
    message.code.isdigit()  # type: ignore[union-attr] # the provider may not have found one


async def test_form(page: async_api.Page) -> None:
    """What must be awaited is no result yet, and a code is a text."""
    fill_code(page, "123456")  # type: ignore[unused-coroutine] # not awaited
    await fill_code(page, 123456)  # type: ignore[call-overload] # leading zeros would be lost
