"""Does a value fit a shape?

A shape is JSON in which a string that begins with ``$`` stands for any value of a kind; the rest
is literal. ``?`` after a key means that the key may be absent, after a placeholder that the value
may be null. What a shape does not name is a difference: a client that is tested against a server
with extra fields comes to need them.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.contract.exact_json import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.exact_json import Json
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _is_moment(value: Json) -> bool:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_number(value: Json) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_texts(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _text(pattern: str) -> Callable[[Json], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and bool(compiled.fullmatch(value))


KINDS: dict[str, Callable[[Json], bool]] = {
    "$any": lambda _: True,
    "$string": lambda value: isinstance(value, str) and bool(value.strip()),
    "$boolean": lambda value: isinstance(value, bool),
    "$integer": lambda value: _is_number(value) and isinstance(value, int),
    "$decimal": _is_number,
    "$iso8601": _is_moment,
    "$e164": _text(r"\+[1-9]\d{6,14}"),
    "$e123": _text(r"\+[1-9]\d{0,2}( \d+)+"),
    "$uuid": _text(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "$digits": _text(r"\d+"),
    "$money": _text(r"\d+(\.\d+)? [A-Z]{3}"),
    "$object": lambda value: isinstance(value, dict),
    "$texts": _is_texts,
    "$4xx": lambda value: _is_number(value) and isinstance(value, int) and 400 <= value < 500,
}


def differences(
    shape: Json, actual: Json, names: dict[str, Json], where: str = "body"
) -> list[str]:
    """Where ``actual`` does not fit ``shape``; empty when it does.

    Args:
        shape: what is expected.
        actual: what came.
        names: values of ``$id:`` placeholders. One met for the first time is added here.
        where: the path so far, for the text of the differences.

    Raises:
        ValueError: the shape has a placeholder that does not exist.
    """
    match shape:
        case dict() if shape.keys() & {"$each", "$some"}:
            return list(_rows(shape, actual, names, where))
        case dict():
            return list(_members(shape, actual, names, where))
        case list():
            return list(_items(shape, actual, names, where))
        case str() if shape.startswith("$"):
            fits = _fits(shape, actual, names)
        case _:
            fits = _equal(shape, actual)
    return [] if fits else [f"{where}: expected {_told(shape, names)}, got {dump(actual)}"]


def placeholders(shape: Json) -> Iterator[str]:
    """Every placeholder in a shape.

    Raises:
        ValueError: one of them does not exist.
    """
    match shape:
        case dict():
            for member in shape.values():
                yield from placeholders(member)
        case list():
            for item in shape:
                yield from placeholders(item)
        case str() if shape.startswith("$"):
            name = shape.removesuffix("?")
            if name not in KINDS and not re.fullmatch(r"\$id:\w+|\$one:.+", name):
                raise ValueError(f"{shape} is no placeholder; there are {', '.join(KINDS)}")
            yield name
        case _:
            pass


def _fits(shape: str, actual: Json, names: dict[str, Json]) -> bool:
    (placeholder,) = placeholders(shape)
    if actual is None and shape.endswith("?"):
        return True
    kind, _, detail = placeholder.partition(":")
    if kind == "$one":
        return not isinstance(actual, bool) and str(actual) in detail.split("|")
    if kind == "$id":
        usable = bool(actual) and isinstance(actual, str | int) and not isinstance(actual, bool)
        return usable and _equal(names.setdefault(detail, actual), actual)
    return KINDS[placeholder](actual)


def _told(shape: Json, names: dict[str, Json]) -> str:
    if isinstance(shape, str) and shape.removeprefix("$id:") in names:
        return dump(names[shape.removeprefix("$id:")])
    return dump(shape)


def _equal(expected: Json, actual: Json) -> bool:
    """JSON's equality: Python's, but ``true`` is not 1."""
    return expected == actual and isinstance(expected, bool) == isinstance(actual, bool)


def _members(
    shape: dict[str, Json], actual: Json, names: dict[str, Json], where: str
) -> Iterator[str]:
    if not isinstance(actual, dict):
        yield f"{where}: expected an object, got {dump(actual)}"
        return
    known = {key.removesuffix("?") for key in shape}
    for key, member in shape.items():
        name = key.removesuffix("?")
        if name in actual:
            yield from differences(member, actual[name], names, f"{where}.{name}")
        elif name == key:
            yield f"{where}.{name}: is missing"
    for name in actual.keys() - known:
        yield f"{where}.{name}: is not in the document"


def _items(shape: list[Json], actual: Json, names: dict[str, Json], where: str) -> Iterator[str]:
    if not isinstance(actual, list) or len(actual) != len(shape):
        yield f"{where}: expected a list of {len(shape)}, got {dump(actual)}"
        return
    for index, (expected, item) in enumerate(zip(shape, actual, strict=True)):
        yield from differences(expected, item, names, f"{where}.{index}")


def _rows(
    shape: dict[str, Json], actual: Json, names: dict[str, Json], where: str
) -> Iterator[str]:
    """All rows must fit ``$each`` and one must fit ``$some``; there must be a row."""
    if not isinstance(actual, list) or not actual:
        yield f"{where}: expected a list with at least one row, got {dump(actual)}"
        return
    if "$each" in shape:
        for index, row in enumerate(actual):
            yield from differences(shape["$each"], row, names, f"{where}.{index}")
    if "$some" in shape:
        for row in actual:
            tried = dict(names)
            if not differences(shape["$some"], row, tried, where):
                names.update(tried)
                return
        yield f"{where}: expected a row {dump(shape['$some'])}, got {dump(actual)}"
