"""How a provider that hands out only a code finds it in the message.

This plays the provider's own extractor, mistakes included, and so has nothing to do with the
kit's: the first group of digits that could be a code is one.
"""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"(?<![0-9])(?:[0-9]{4,8}|[0-9]{3}[ -][0-9]{3})(?![0-9])")


def code_in(text: str) -> str:
    """The code, without the blank or dash in it; the whole text where there is none."""
    found = _CODE.search(text)
    return re.sub("[ -]", "", found[0]) if found else text
