"""JSON answers with exact numbers."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_otp.sandbox.exact import ExactJSON
from tests.contract.exact_json import parse

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12.40", "12.40"), ("0", "0"), ("1E+3", "1000"), ("1E-7", "0.0000001"), ("-0.10", "-0.10")],
)
def test_a_decimal_is_the_number_that_it_prints(amount: str, text: str) -> None:
    """Its cents stay, and no exponent is written."""
    assert ExactJSON({"price": Decimal(amount)}).body == f'{{"price":{text}}}'.encode()


@settings(deadline=None, derandomize=True)
@given(_VALUES)
def test_whatever_json_holds_comes_back(value: object) -> None:
    """Texts, numbers, lists and objects are read again as they were."""
    assert parse(bytes(ExactJSON(value).body)) == value


def test_without_decimals_it_is_json_as_always() -> None:
    """The standard encoder's answer, byte for byte."""
    value = {"a": [1, True, None, "é\u2028"], "b": {}, "c": []}
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert ExactJSON(value).body == expected


def test_what_is_no_json_is_an_error() -> None:
    """A value that JSON has no word for is a bug of the dialect, and is not sent."""
    with pytest.raises(ValueError, match="JSON compliant"):
        ExactJSON({"price": float("nan")})
