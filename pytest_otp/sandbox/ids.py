"""Ids as providers write them: a prefix and the world's number."""

from __future__ import annotations

import re


def number_in(text: str, prefix: str) -> int:
    """The number after the prefix; 0, which nothing has, where the text is no such id."""
    found = re.fullmatch(re.escape(prefix) + r"([1-9][0-9]{0,17})", text)
    return int(found[1]) if found else 0
