"""The code of a message, from the text and from what the provider says of it.

A provider's own code is used when the text has it too, or when there is no text. Where the two
differ, the text decides: a provider that reads an order number as a code is wrong for every test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_otp.core.extraction import Extraction, extract

if TYPE_CHECKING:
    from pytest_otp.models import Message

_SEPARATORS = re.compile(r"[\s-]")


def code_of(message: Message, pattern: re.Pattern[str] | None = None) -> Extraction:
    """The code of a message, or why there is none.

    Args:
        message: as its provider told it.
        pattern: finds the code, in the text or, where there is none, in the provider's code.
    """
    if pattern is not None:
        return extract(message.text or message.code or "", pattern)
    if message.code and _has(message.text, message.code):
        return Extraction(message.code, 1.0, "The provider read it out of the message.")
    return extract(message.text)


def _has(text: str, code: str) -> bool:
    """Whether the code stands in the text, its separators aside; any does where there is none."""
    return not text or _SEPARATORS.sub("", code) in _SEPARATORS.sub("", text)
