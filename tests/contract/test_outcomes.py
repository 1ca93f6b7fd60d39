"""A client's outcome in neutral words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pytest_otp.errors import InsufficientBalance
from pytest_otp.models import Activation, Message, Money, Reading
from tests.contract.exchange import Expected
from tests.contract.outcomes import neutral, outcome_differences
from tests.contract.transcripts import FOLDER, load

_BUY = load(FOLDER / "sms-activate" / "buy.json")
_READ = load(FOLDER / "sms-activate" / "read-received.json")
_POOR = load(FOLDER / "smscode" / "buy-insufficient-balance.json")

_BOUGHT = Activation(
    "act_9x2k1p", "+79161234567", expires_at=datetime(2024, 3, 14, 12, 34, 56, tzinfo=UTC)
)


def _refused(code: str) -> InsufficientBalance:
    error = InsufficientBalance("no money", provider="smscode", operation="buy", status=402)
    error.provider_code = code
    return error


def test_fields_that_are_not_expected_are_free() -> None:
    """An outcome may say more than the transcript, such as a price."""
    priced = replace(_BOUGHT, price=Money(Decimal("0.07"), "USD"))
    assert outcome_differences(_BUY, priced) == []


def test_a_wrong_field_is_told() -> None:
    """The difference names type, kind and field."""
    assert outcome_differences(_BUY, replace(_BOUGHT, number="+7 916 123-45-67")) == [
        'Activation as activation.number: expected "+79161234567", got "+7 916 123-45-67"'
    ]


def test_messages_are_counted() -> None:
    """A message too few or too many is a difference."""
    message = Message(
        "1", "", code="482910", received_at=datetime(2024, 3, 14, 12, 33, 22, tzinfo=UTC)
    )
    assert outcome_differences(_READ, Reading((message,))) == []
    assert outcome_differences(_READ, Reading())
    assert outcome_differences(_READ, Reading((message, message)))


def test_errors_are_compared_by_code() -> None:
    """The kit's code and the provider's own must both be right."""
    assert outcome_differences(_POOR, _refused("INSUFFICIENT_BALANCE")) == []
    assert outcome_differences(_POOR, _refused("insufficient_balance"))
    assert outcome_differences(_POOR, _BOUGHT)


def test_nothing_is_expected_where_no_client_is_judged() -> None:
    """Asking a dialect's transcript about a client is a difference, not a pass."""
    unjudged = replace(_BUY, expect=None)
    assert outcome_differences(unjudged, _BOUGHT) == ["sms-activate/buy judges no client"]


def test_nothing_is_none() -> None:
    """Where the function returns nothing, a value is a difference."""
    silent = replace(_BUY, expect=Expected("nothing", None))
    assert outcome_differences(silent, None) == []
    assert outcome_differences(silent, _BOUGHT)


def test_plain_values() -> None:
    """Moments are told in UTC and money with its currency, at any depth."""
    moment = datetime(2024, 3, 14, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert neutral({"at": (moment,), "price": Money(Decimal("0.5"), "USD"), "n": 3}) == {
        "at": ["2024-03-14T12:00:00Z"],
        "price": "0.50 USD",
        "n": 3,
    }


def test_a_float_is_no_outcome() -> None:
    """Money that was read as a float does not pass unseen."""
    with pytest.raises(TypeError, match="float is no part of an outcome"):
        neutral({"amount": 0.5})
