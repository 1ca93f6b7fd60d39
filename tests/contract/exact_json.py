"""JSON whose numbers keep the digits that were written: ``12.40`` stays ``12.40``.

The standard encoder cannot write a Decimal as a number, and a float is not the price that was
printed; hence the few lines of ``dump``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import NoReturn, TypeAlias

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"


def parse(text: str | bytes) -> Json:
    """Read one JSON value.

    Raises:
        ValueError: not JSON, a key twice in one object, or ``NaN`` and its like.
    """
    value: Json = json.loads(
        text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_members
    )
    return value


def dump(value: Json) -> str:
    """Write one JSON value on one line."""
    match value:
        case Decimal():
            return str(value)
        case list():
            return f"[{', '.join(map(dump, value))}]"
        case dict():
            members = (f"{json.dumps(key)}: {dump(member)}" for key, member in value.items())
            return f"{{{', '.join(members)}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return members
