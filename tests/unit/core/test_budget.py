"""What a price is in the currency of a budget."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from pytest_otp.core.budget import Rates
from pytest_otp.models import Money

RATES = Rates({("USD", "IDR"): Decimal(16200), ("EUR", "USD"): Decimal("1.08")})


@pytest.mark.parametrize(
    ("price", "currency", "converted"),
    [
        ("0.10 USD", "USD", "0.10 USD"),
        ("0.10 USD", "IDR", "1620 IDR"),
        ("2500 IDR", "USD", "0.154321 USD"),
        ("2 EUR", "USD", "2.16 USD"),
    ],
)
def test_a_rate_serves_both_ways(price: str, currency: str, converted: str) -> None:
    """Named once, it is multiplied with or divided by; the millionth is rounded up."""
    assert RATES.convert(Money.parse(price), currency) == Money.parse(converted)


def test_rounding_never_favours_the_spender() -> None:
    """What is left of a millionth counts as a whole one."""
    rates = Rates({("USD", "IDR"): Decimal(3)})
    assert rates.convert(Money.parse("1 IDR"), "USD") == Money.parse("0.333334 USD")


def test_no_rate_no_price() -> None:
    """Two rates are not chained, and nothing is guessed."""
    assert RATES.convert(Money.parse("1 EUR"), "IDR") is None
    assert RATES.convert(Money.parse("1 GBP"), "USD") is None


def test_context_of_the_application_changes_nothing() -> None:
    """An application under test that works with three digits cannot widen a budget."""
    with localcontext(prec=3):
        assert RATES.convert(Money.parse("0.12345 USD"), "IDR") == Money.parse("1999.89 IDR")
