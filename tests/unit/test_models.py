"""Money is exact, and the other values cannot be changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.iso import CURRENCIES
from pytest_otp.models import Message, Money

# As many digits as a price ever has, and then some.
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=18)
monies = st.builds(Money, amounts, st.sampled_from(sorted(CURRENCIES)))


def usd(amount: str) -> Money:
    """So many dollars."""
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("2.00 USD", Money(Decimal(2), "USD")),
        (" 0.31 eur ", Money(Decimal("0.31"), "EUR")),
        ("2500  IDR", Money(Decimal(2500), "IDR")),
        ("-1 USD", Money(Decimal(-1), "USD")),
    ],
)
def test_text_is_read(text: str, money: Money) -> None:
    """An amount, a space and a currency in any case are money."""
    assert Money.parse(text) == money


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USD",
        "2.00",
        "2.00USD",
        "USD 2.00",
        "2,00 USD",
        "$2",
        "NaN USD",
        "inf USD",
        "2 XYZ",
        "1_0 USD",
        "\u0662 USD",
    ],
)
def test_what_is_no_money_is_told_what_would_be(text: str) -> None:
    """The sentence shows the text and an example."""
    with pytest.raises(ValueError, match=r"is not money; write .* as in '2\.00 USD'") as raised:
        Money.parse(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize("amount", [0.25, 1, "1"])
def test_only_a_decimal_is_an_amount(amount: object) -> None:
    """A float is not the price that was printed."""
    with pytest.raises(TypeError, match="Decimal"):
        Money(cast("Decimal", amount), "USD")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "1e999999999", "1e-999"])
def test_amount_beyond_all_reason_is_refused(amount: str) -> None:
    """Printing or adding it would fill the memory."""
    with pytest.raises(ValueError, match=r"finite|any money"):
        Money(Decimal(amount), "USD")


def test_currency_must_be_in_iso_4217() -> None:
    """Neither a lower-case code nor an invented one is a currency."""
    for currency in ("usd", "XYZ", ""):
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(Decimal(1), currency)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(Decimal(2), "USD"), "2.00 USD"),
        (Money(Decimal("0.125"), "USD"), "0.125 USD"),
        (Money(Decimal("2.50000"), "USD"), "2.50 USD"),
        (Money(Decimal(2500), "JPY"), "2500 JPY"),
        (Money(Decimal("1E+3"), "JPY"), "1000 JPY"),
        (Money(Decimal("1.5"), "KWD"), "1.500 KWD"),
    ],
)
def test_shown_with_the_digits_of_its_currency(money: Money, text: str) -> None:
    """At least the currency's digits, and more where the amount has more."""
    assert str(money) == text


@given(monies)
def test_text_and_back(money: Money) -> None:
    """What is shown is read as the same money."""
    assert Money.parse(str(money)) == money


@given(amounts, amounts)
def test_sums_are_exact(one: Decimal, other: Decimal) -> None:
    """No digit is lost, neither in a sum nor in a difference."""
    a, b = Money(one, "USD"), Money(other, "USD")
    assert Fraction((a + b).amount) == Fraction(one) + Fraction(other)
    assert Fraction((a - b).amount) == Fraction(one) - Fraction(other)


def test_context_of_the_application_changes_nothing() -> None:
    """An application under test that works with three digits does not cost a cent here."""
    with localcontext(prec=3):
        total = usd("12345.67") + usd("0.001") - usd("0.01")
        assert str(total) == "12345.661 USD"


def test_zeros_at_the_end_make_no_other_money() -> None:
    """``0.5`` and ``0.50`` are equal, and equal money hashes alike."""
    assert usd("0.5") == usd("0.50")
    assert len({usd("0.5"), usd("0.50")}) == 1


def test_order_within_a_currency() -> None:
    """Amounts compare as numbers, not as texts."""
    assert usd("2") < usd("10") <= usd("10.0")
    assert usd("10") > usd("2")
    assert max(usd("2"), usd("10")) == usd("10")


def test_currencies_do_not_mix() -> None:
    """Nothing is guessed about rates: each operation names both."""
    dollar, rupiah = usd("1"), Money(Decimal(16000), "IDR")
    assert dollar != rupiah
    for operation in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(ValueError, match=r"1\.00 USD and 16000\.00 IDR"):
            operation(dollar, rupiah)


def test_values_are_frozen() -> None:
    """What was read from a provider stays as it was read."""
    message: Any = Message(id="1", text="hello")
    with pytest.raises(FrozenInstanceError):
        message.text = "other"
