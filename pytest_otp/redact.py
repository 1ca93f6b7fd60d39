"""How a number, a code, a message and a database look in any output.

One place, so that a log line, a report and an error cannot disagree about what is shown.
"""

from __future__ import annotations

import re
import unicodedata

_DOT = "•"
_COULD_BE_A_CODE = r"\b(?=[^\W\d]*\d)\w+|\b[A-Z]{3,}\b"
_HOST = r"(?:\[[\da-fA-F:.%]+\]|[\w.%-]*)(?::\d+)?"
# A text, compiled when it is used: few runs have a database.
# Strict: whatever is not told apart beyond doubt might be a piece of the password.
DATABASE_URL = (
    rf"(?P<scheme>postgres(?:ql)?)://(?:[^@/?#]*@)?(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?P<database>(?:/[^@/?#]*)?)(?:\?[^@#]*)?"
)


def mask_number(number: str) -> str:
    """``+12025554321`` -> ``+1•••••••4321``: enough to tell two leases apart, not to dial.

    Always seven dots, so that not even the length is told.
    """
    tail = number[-4:] if len(number) >= 8 else ""
    return number[:2] + _DOT * 7 + tail


def mask_code(code: str) -> str:
    """``123421`` -> ``••••21``; a code of three characters or fewer shows none of them."""
    tail = code[-2:] if len(code) > 3 else ""
    return _DOT * (len(code) - len(tail)) + tail


def mask_text(text: str, limit: int = 80) -> str:
    """A message on one line: digits hidden, control and bidi characters made visible.

    Args:
        text: hostile input, straight from an SMS.
        limit: characters shown at most; the rest becomes an ellipsis.
    """
    shown = visible(text[: limit + 1])
    shown = re.sub(r"\d", _DOT, shown)
    return shown if len(text) <= limit else shown[:limit] + "…"


def mask_message(text: str) -> str:
    """An SMS on one line, as ``mask_text`` has it, without whatever could be its code.

    A code may be all letters: words in capitals go too.

    Args:
        text: hostile input.
    """
    return mask_text(re.sub(_COULD_BE_A_CODE, lambda found: _DOT * len(found[0]), text))


def mask_ledger(where: object) -> str:
    """``postgresql://ci:secret@db.example/otp`` -> ``postgresql://db.example/otp``.

    Args:
        where: a path, which is shown as it is, or a URL. Of one that cannot be read nothing is
            shown but its scheme.
    """
    text = str(where)
    if "://" not in text:
        return text
    if not (known := re.fullmatch(DATABASE_URL, text)):
        return text.partition("://")[0] + "://…"
    return f"{known['scheme']}://{known['hosts']}{known['database']}"


def visible(text: str) -> str:
    """The text on one line, without what could move the cursor or reorder a terminal's line."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\r\n\t":
        return " "
    return "�" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
