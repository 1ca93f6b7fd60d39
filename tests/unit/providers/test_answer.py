"""Readers believe a field only when it is what its document says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp.errors import ProviderProtocolError, PurchaseUnknown
from pytest_otp.models import Money
from pytest_otp.providers.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(value: Any = None, *, status: int = 200, purchase: bool = False) -> Answer:  # noqa: ANN401 - JSON
    """An answer with one field."""
    return Answer("acme", "buy", status, {"field": value}, purchase=purchase)


READERS: dict[str, tuple[Callable[[Answer], object], object]] = {
    "text": (lambda a: a.text("field"), "x"),
    "maybe_text": (lambda a: a.maybe_text("field"), "x"),
    "texts": (lambda a: a.texts("field"), ["x"]),
    "sms": (lambda a: a.sms("field"), "x"),
    "id": (lambda a: a.id("field"), 7),
    "word": (lambda a: a.word("field", {"on": 1}), "ON"),
    "integer": (lambda a: a.integer("field"), 7),
    "maybe_integer": (lambda a: a.maybe_integer("field"), 7),
    "flag": (lambda a: a.flag("field"), True),
    "maybe_flag": (lambda a: a.maybe_flag("field"), False),
    "moment": (lambda a: a.moment("field"), "2026-03-14T12:05:00Z"),
    "money": (lambda a: a.money("field", "USD"), Decimal("0.15")),
    "price": (lambda a: a.price("field", "USD"), "0.15"),
    "maybe_price": (lambda a: a.maybe_price("field", "USD"), 1),
    "number": (lambda a: a.number("field"), "+1 650 555 0101"),
    "inside": (lambda a: a.inside("field"), {}),
    "objects": (lambda a: a.objects("field"), [{}]),
}
MAY_BE_ABSENT = {
    "maybe_text",
    "texts",
    "sms",
    "maybe_integer",
    "maybe_flag",
    "moment",
    "maybe_price",
}


@pytest.mark.parametrize("name", READERS)
def test_a_proper_field_is_read(name: str) -> None:
    """Each reader takes what it is for."""
    read, good = READERS[name]
    read(answer(good))


@pytest.mark.parametrize("name", READERS)
def test_a_wrong_type_names_provider_operation_status_and_field(name: str) -> None:
    """No reader guesses, and none lets a KeyError or TypeError through."""
    read, _ = READERS[name]
    with pytest.raises(ProviderProtocolError, match="'field'") as caught:
        read(answer(1.5))
    error = caught.value
    assert (error.provider, error.operation, error.status) == ("acme", "buy", 200)


@pytest.mark.parametrize("name", READERS)
def test_an_absent_field_is_told_from_an_empty_one(name: str) -> None:
    """Only readers whose field may be absent pass over it."""
    read, _ = READERS[name]
    if name in MAY_BE_ABSENT:
        assert not read(answer(None))
    else:
        with pytest.raises(ProviderProtocolError, match="'field'"):
            read(answer(None))


def test_a_row_that_is_no_object_is_refused() -> None:
    """An array of numbers is no list of offers."""
    with pytest.raises(ProviderProtocolError, match="object"):
        answer([1]).objects("field")


def test_an_unreadable_answer_to_a_purchase_is_unknown() -> None:
    """Something was bought, and nobody can read what."""
    with pytest.raises(PurchaseUnknown):
        answer(purchase=True).text("field")


def test_an_unreadable_refusal_of_a_purchase_bought_nothing() -> None:
    """A status of 4xx is no purchase, however it is worded."""
    with pytest.raises(ProviderProtocolError):
        answer(purchase=True, status=422).text("field")


def test_the_first_name_that_is_there_is_read() -> None:
    """Where the document leaves a name open, several are tried."""
    both = Answer("acme", "read", 200, {"state": None, "status": "on"})
    assert both.text(("state", "status")) == "on"


@pytest.mark.parametrize("word", ["", "Pending7", "\x1b[31m", "4829"])
def test_an_unknown_word_is_refused_and_masked(word: str) -> None:
    """The error shows neither digits nor control characters."""
    with pytest.raises(ProviderProtocolError) as caught:
        answer(word).word("field", {"pending": None})
    assert not any(c.isdigit() for c in caught.value.message)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "money"),
    [(1, "1"), (Decimal("0.15"), "0.15"), ("0.150", "0.150"), (Decimal("-2.5"), "-2.5")],
)
def test_money_is_exact(value: object, money: str) -> None:
    """A number in JSON and a text are the amount that was written."""
    assert answer(value).money("field", "USD") == Money(Decimal(money), "USD")


@pytest.mark.parametrize("value", ["free", "", "NaN", "Infinity", "1e999999", "1e-999999", 0.15])
def test_what_is_no_amount_is_refused(value: object) -> None:
    """Words, infinities, absurd exponents and binary floats are no money."""
    with pytest.raises(ProviderProtocolError, match="amount of money"):
        answer(value).money("field", "USD")


def test_an_unknown_currency_is_refused() -> None:
    """Money has a currency of ISO 4217."""
    with pytest.raises(ProviderProtocolError, match="ISO 4217"):
        answer(1).money("field", "credits")


def test_a_negative_price_is_refused() -> None:
    """A price below zero would widen a budget."""
    with pytest.raises(ProviderProtocolError, match="below zero"):
        answer(-1).price("field", "USD")


@pytest.mark.parametrize("value", ["+1 (650) 555-0101", "16505550101", "+1.650.555.0101"])
def test_a_number_is_read_in_any_notation(value: str) -> None:
    """It comes out in E.164."""
    assert answer(value).number("field") == "+16505550101"


@pytest.mark.parametrize(
    "value", ["", "n/a", "+0123456789", "12345", "+1234567890123456", "+١٢٣٤٥٦٧٨"]
)
def test_what_is_no_number_is_refused(value: str) -> None:
    """A text that cannot be dialled is no number."""
    with pytest.raises(ProviderProtocolError):
        answer(value).number("field")


@pytest.mark.parametrize(
    "value", ["2026-03-14T12:05:00Z", "2026-03-14T12:05:00", "2026-03-14T14:05:00+02:00"]
)
def test_a_moment_is_told_in_utc(value: str) -> None:
    """One without an offset is taken as UTC."""
    assert answer(value).moment("field") == datetime(2026, 3, 14, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", ["soon", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_refused(value: str) -> None:
    """Nor is one that UTC cannot hold."""
    with pytest.raises(ProviderProtocolError, match="ISO 8601"):
        answer(value).moment("field")


@pytest.mark.parametrize("text", ["act-\ud800", "act-\0"])
def test_a_text_that_a_ledger_cannot_hold_is_refused(text: str) -> None:
    """UTF-8 has no lone surrogates, and PostgreSQL no zero byte: a purchase is then unknown."""
    with pytest.raises(PurchaseUnknown, match="'field'"):
        answer(text, purchase=True).id("field")


def test_what_an_sms_says_is_kept_as_far_as_utf8_goes() -> None:
    """A lone surrogate, which no ledger could store, is replaced."""
    assert answer("code\ud800 1").sms("field") == "code? 1"
