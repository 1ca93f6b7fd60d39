"""The matcher says yes to what fits and no to everything else."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.contract.matching import KINDS, differences, placeholders

if TYPE_CHECKING:
    from tests.contract.exact_json import Json

_UUID = "73b7c1de-5a0f-4c6e-9a51-0d2f3e4a5ff2"

# For each kind, values that are of it and values that nearly are.
_KINDS: dict[str, tuple[list[Json], list[Json]]] = {
    "$any": ([None, 0, "", []], []),
    "$string": (["x"], ["", " ", 1, None]),
    "$boolean": ([True, False], [0, "true", None]),
    "$integer": ([0, -7], [True, Decimal("1.0"), "1", None]),
    "$decimal": ([1, Decimal("0.07")], [True, "0.07", None]),
    "$iso8601": (
        ["2024-03-14T12:34:56Z", "2024-03-14T12:34:56.123456+02:00"],
        ["2024-03-14T12:34:56", "2024-03-14", "2024-13-14T12:34:56Z", 1710416096, None],
    ),
    "$e164": (["+16505550101"], ["+1 650 555 0101", "16505550101", "+0650555010", "+123456", 1]),
    "$e123": (["+1 650 555 0101"], ["+16505550101", "+1 650  555", "+1 (650) 555", None]),
    "$uuid": ([_UUID], [_UUID.upper(), _UUID[1:], "", None]),
    "$digits": (["298"], [298, "", "29.8", "-1"]),
    "$4xx": ([400, 499], [399, 500, "404", True]),
    "$money": (["2.00 USD", "150000 IDR"], ["2.00", "$2", "-1 USD", 2]),
    "$object": ([{}, {"a": 1}], [[], "", None]),
    "$texts": ([{}, {"a": "b"}], [{"a": 1}, [], None]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    """A placeholder takes the values of its kind and refuses those that nearly are of it."""
    good, bad = _KINDS[kind]
    assert [value for value in good if differences(kind, value, {})] == []
    assert [value for value in bad if not differences(kind, value, {})] == []


@pytest.mark.parametrize(
    ("shape", "actual"),
    [
        ("received", "received"),
        (None, None),
        (Decimal("12.40"), Decimal("12.4")),
        (Decimal("6.0"), 6),
        ({"a": 1, "b?": 2}, {"a": 1}),
        ({"a": 1, "b?": 2}, {"b": 2, "a": 1}),
        ("$integer?", None),
        ("$one:404|409", 409),
        ("$one:credit|debit", "debit"),
        ([1, "$string"], [1, "x"]),
        ({"$each": {"id": "$integer"}}, [{"id": 1}, {"id": 2}]),
        ({"$each": "$integer", "$some": 2}, [1, 2]),
    ],
)
def test_what_fits(shape: Json, actual: Json) -> None:
    """Literals, optional members, nulls and rows that fit make no difference."""
    assert differences(shape, actual, {}) == []


@pytest.mark.parametrize(
    ("shape", "actual", "difference"),
    [
        ("received", "RECEIVED", 'body: expected "received", got "RECEIVED"'),
        (1, True, "body: expected 1, got true"),
        (False, 0, "body: expected false, got 0"),
        (Decimal("12.40"), "12.40", 'body: expected 12.40, got "12.40"'),
        ({"a": 1}, {}, "body.a: is missing"),
        ({"a": 1}, {"a": 1, "b": 2}, "body.b: is not in the document"),
        ({"a?": 1}, {"a": 2}, "body.a: expected 1, got 2"),
        ({"a": 1}, [1], "body: expected an object, got [1]"),
        ({"a": {"b": "$integer"}}, {"a": {"b": "1"}}, 'body.a.b: expected "$integer", got "1"'),
        ([1], [1, 1], "body: expected a list of 1, got [1, 1]"),
        ([1, 2], [1, 3], "body.1: expected 2, got 3"),
        ("$one:a|b", "c", 'body: expected "$one:a|b", got "c"'),
        ("$one:1", True, 'body: expected "$one:1", got true'),
        ({"$each": 1}, [], "body: expected a list with at least one row, got []"),
        ({"$each": 1}, {}, "body: expected a list with at least one row, got {}"),
        ({"$each": 1}, [1, 2], "body.1: expected 1, got 2"),
        ({"$some": {"id": 3}}, [{"id": 1}], 'body: expected a row {"id": 3}, got [{"id": 1}]'),
    ],
)
def test_what_does_not_fit(shape: Json, actual: Json, difference: str) -> None:
    """A difference names its place, what was expected there and what came."""
    assert differences(shape, actual, {}) == [difference]


def test_every_difference_is_told() -> None:
    """One comparison shows all that is wrong, not only the first thing."""
    found = differences({"a": 1, "b": {"c": 2}, "d": 3}, {"a": 0, "b": {"c": 0}}, {})
    assert [difference.partition(":")[0] for difference in found] == [
        "body.a",
        "body.b.c",
        "body.d",
    ]


def test_an_id_is_learned_and_then_held_to() -> None:
    """The first value that stands for an id is the id; another one is a difference."""
    ids: dict[str, Json] = {}
    assert differences({"id": "$id:order", "of": "$id:order"}, {"id": 7, "of": 7}, ids) == []
    assert ids == {"order": 7}
    assert differences("$id:order", 8, ids) == ["body: expected 7, got 8"]
    assert differences("$id:order", "7", ids) == ['body: expected 7, got "7"']


@pytest.mark.parametrize("value", ["", 0, None, True, [], {}])
def test_an_id_is_a_text_or_a_number(value: Json) -> None:
    """What cannot name anything is no id."""
    assert differences("$id:order", value, {})


def test_a_row_that_does_not_fit_teaches_no_id() -> None:
    """Only the row that fits gives its id."""
    ids: dict[str, Json] = {}
    rows: Json = [{"id": 1, "slug": "whatsapp"}, {"id": 2, "slug": "telegram"}]
    assert differences({"$some": {"id": "$id:it", "slug": "telegram"}}, rows, ids) == []
    assert ids == {"it": 2}


@pytest.mark.parametrize("shape", ["$integr", "$id:", "$one:", {"a": ["$e"]}])
def test_an_unknown_placeholder_is_an_error(shape: Json) -> None:
    """A mistyped placeholder does not pass for a literal."""
    with pytest.raises(ValueError, match="is no placeholder; there are"):
        list(placeholders(shape))
