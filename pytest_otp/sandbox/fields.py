"""Reads JSON objects strictly: what is missing, unknown or of a wrong kind gets one sentence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from pytest_otp.models import Money
from pytest_otp.sandbox.clock import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class BadRequest(Exception):
    """The request cannot be read; the text is a sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it is called in a sentence, and how it is read.

    Attributes:
        read: returns the value, or raises ValueError or TypeError.
    """

    name: str
    read: Callable[[object], object]


# The kinds. To Python a bool is an int; to JSON it is not.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _e164(value: object) -> str:
    text = _text(value)
    if not _E164.fullmatch(text):
        raise ValueError
    return text


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not 0 <= value <= LONGEST_S:
        raise ValueError
    return float(value)


def _share(value: object) -> float:
    share = _seconds(value)
    if share > 1:
        raise ValueError
    return share


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _count(value: object) -> int:
    count = _whole(value)
    if count < 0:
        raise ValueError
    return count


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


TEXT: Final = Kind("a text that is not empty", _text)
E164: Final = Kind("a number in E.164, such as +12025550123", _e164)
SECONDS: Final = Kind("a number of seconds, 0 or more, and ten years at most", _seconds)
SHARE: Final = Kind("a number from 0 to 1", _share)
WHOLE: Final = Kind("a whole number", _whole)
COUNT: Final = Kind("a whole number, 0 or more", _count)
FLAG: Final = Kind("true or false", _flag)
MONEY: Final = Kind('money, such as "0.25 USD"', lambda value: Money.parse(_text(value)))
LIST: Final = Kind("a list", _list)
ANY: Final = Kind("any value", lambda value: value)


def read_object(
    data: object,
    *,
    required: Mapping[str, Kind] | None = None,
    optional: Mapping[str, Kind] | None = None,
) -> dict[str, Any]:
    """The fields of a JSON object, each read by its kind. An optional null counts as left out.

    Raises:
        BadRequest: with the first thing that is wrong.
    """
    required, optional = required or {}, optional or {}
    if not isinstance(data, dict):
        raise BadRequest("the body must be a JSON object")
    known = {**required, **optional}
    for name in data:
        if name not in known:
            raise BadRequest(f"unknown field {name!r}; the fields are {', '.join(known)}")
    for name, kind in required.items():
        if name not in data:
            raise BadRequest(f"the field {name!r} is missing; it must be {kind.name}")
    return {
        name: _read(name, value, known[name])
        for name, value in data.items()
        if value is not None or name in required
    }


def _read(name: str, value: object, kind: Kind) -> Any:  # noqa: ANN401 - JSON
    try:
        return kind.read(value)
    except (TypeError, ValueError):
        shown = json.dumps(value, ensure_ascii=False)[:60]
        raise BadRequest(f"the field {name!r} must be {kind.name}, not {shown}") from None


async def read_json(request: Request) -> object:
    """The request's body.

    Python reads more than JSON: what could not be written again (NaN, half a surrogate pair) would
    be taken here and break every later answer that shows it.

    Raises:
        BadRequest: it is not JSON, nested too deeply, or holds what no answer could show again.
    """
    try:
        data: object = json.loads(await request.body())
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:  # RFC 8259, section 8.2
        sentence = "the body holds half of a surrogate pair, which is no character"
        raise BadRequest(sentence) from None
    except (ValueError, RecursionError):
        raise BadRequest("the body must be a JSON object; it is not JSON") from None
    return data


async def read_form(request: Request) -> dict[str, str]:
    """The fields of the form that the request's body is.

    Raises:
        BadRequest: it is no form, or a field stands in it twice.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    except ValueError:
        pairs = []
    if media_type != "application/x-www-form-urlencoded" or not pairs:
        raise BadRequest("the body must be a form, application/x-www-form-urlencoded")
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise BadRequest("a field stands twice in the form")
    return fields
