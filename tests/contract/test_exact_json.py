"""JSON that keeps its digits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.contract.exact_json import dump, parse

if TYPE_CHECKING:
    from tests.contract.exact_json import Json


def test_digits_are_kept() -> None:
    """A price goes out with the digits that it came in with."""
    assert dump(parse('{"balance": 12.40, "hold": 10}')) == '{"balance": 12.40, "hold": 10}'


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -7, Decimal("0.07"), Decimal("1E+2"), Decimal("-0.0"), "", 'ä"\\\n☎'],
)
def test_written_values_are_read_back(value: Json) -> None:
    """Whatever is written, at any depth, can be read, by the standard decoder too."""
    nested: dict[str, Json] = {'a "key"': [value, {"b": value}], "c": [], "d": {}}
    assert parse(dump(nested)) == nested
    assert json.loads(dump(nested)).keys() == nested.keys()


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "NaN", "[Infinity]", "{", ""])
def test_what_is_no_json_is_refused(text: str) -> None:
    """A key that stands twice, NaN and a piece of JSON are errors."""
    with pytest.raises(ValueError, match=r"twice|no JSON|Expecting"):
        parse(text)
