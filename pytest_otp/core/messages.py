"""The code of a message, from the text and from what the provider says of it.

A provider's own code is used where it stands in the text. Where the two differ, the text decides:
a provider that reads an order number as a code is wrong for every test. Where there is no text the
provider is believed as far as its code can be one, for some hand out the whole message as the
code where they find none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_otp.core.extraction import Extraction, extract

if TYPE_CHECKING:
    from pytest_otp.models import Message

_SEPARATOR = r"[\s-]"
_ONE_WORD = re.compile(r"(?=\S*\d)\S{1,16}|[A-Z]{3,16}")


def code_of(message: Message, pattern: re.Pattern[str] | None = None) -> Extraction:
    """The code of a message, or why there is none.

    Args:
        message: as its provider told it.
        pattern: finds the code, in the text or, where there is none, in the provider's code.
    """
    text, code = message.text, message.code
    if pattern is not None:
        return extract(text or code or "", pattern)
    if not code or (text and not _has(text, code)):
        return extract(text)
    told = extract(code)
    if text or (told.code is None and _ONE_WORD.fullmatch(code)):
        return Extraction(told.code or code, 1.0, "The provider read it out of the message.")
    return told


def _has(text: str, code: str) -> bool:
    """Whether the code stands in the text, whole, separators aside."""
    characters = re.sub(_SEPARATOR, "", code)
    # "PIN" may stand before digits and Chinese before anything, but no code is a part of a number.
    more = r"\d" if characters.isdigit() else "[0-9A-Za-z]"
    whole = f"{_SEPARATOR}*+".join(map(re.escape, characters))
    return bool(whole) and re.search(f"(?<!{more}){whole}(?!{more})", text) is not None
