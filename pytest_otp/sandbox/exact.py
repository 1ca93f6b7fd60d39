"""JSON answers whose money keeps its digits.

The standard encoder turns no Decimal into a number, and a float is not the price that is meant.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from starlette.responses import JSONResponse


class ExactJSON(JSONResponse):
    """A JSON answer in which a Decimal is the number that it prints: ``12.40``."""

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - whatever JSON holds
        """The body."""
        return _written(content).encode()


def _written(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            members = (f"{json.dumps(key)}:{_written(member)}" for key, member in value.items())
            return f"{{{','.join(members)}}}"
        case list():
            return f"[{','.join(map(_written, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
