"""Strict reading of JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp.models import Money
from pytest_otp.sandbox import fields
from pytest_otp.sandbox.fields import BadRequest, read_object

if TYPE_CHECKING:
    from pytest_otp.sandbox.fields import Kind


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (fields.TEXT, ["a", " "], ["", 1, None, ["a"]]),
        (fields.E164, ["+12025550123", "+4479460000"], ["12025550123", "+0123456789", "+1 202", 1]),
        (fields.SECONDS, [0, 0.5, 3600], [-1, "1", True, 1e9, 10**400, float("nan"), None]),
        (fields.SHARE, [0, 0.5, 1], [1.1, -0.1, "1"]),
        (fields.WHOLE, [-1, 0, 7], [1.0, "1", True]),
        (fields.COUNT, [0, 7], [-1, 1.0, False]),
        (fields.FLAG, [True, False], [0, 1, "true"]),
        (fields.MONEY, ["0.25 USD", "4000 IDR"], [0.25, "0.25", "1 XXX"]),
        (fields.LIST, [[], [1]], [{}, "a"]),
        (fields.ANY, [{"a": 1}, 1, "a"], []),
    ],
)
def test_a_kind_takes_what_it_names_and_nothing_else(
    kind: Kind, good: list[Any], bad: list[Any]
) -> None:
    """Each kind reads its values, and refuses the others in words that say what it is."""
    for value in good:
        read_object({"field": value}, required={"field": kind})
    for value in bad:
        with pytest.raises(BadRequest) as refused:
            read_object({"field": value}, required={"field": kind})
        assert str(refused.value).startswith(f"the field 'field' must be {kind.name}, not ")


def test_money_is_read_exactly() -> None:
    """A price arrives as exact money."""
    assert read_object({"price": "0.25 USD"}, required={"price": fields.MONEY}) == {
        "price": Money.parse("0.25 USD")
    }


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "the body must be a JSON object"),
        ({"to": "x", "txt": "y"}, "unknown field 'txt'; the fields are to, text"),
        ({}, "the field 'to' is missing; it must be a text that is not empty"),
    ],
)
def test_what_is_wrong_gets_one_sentence(data: object, sentence: str) -> None:
    """No object, an unknown field, a missing field: said in the reader's words."""
    with pytest.raises(BadRequest) as refused:
        read_object(data, required={"to": fields.TEXT}, optional={"text": fields.TEXT})
    assert str(refused.value) == sentence


def test_an_optional_null_is_left_out() -> None:
    """A client may send null for what it does not want to say."""
    assert read_object({"text": None}, optional={"text": fields.TEXT}) == {}
