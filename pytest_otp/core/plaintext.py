"""One spelling for every text: what the extraction reads instead of the message as it came.

A message hides a code behind full-width or Arabic digits, bidi marks, accents or the lack of them.
`plain` takes all of that away, one character at a time, so its cost is linear:
`unicodedata.normalize` on a whole text sorts runs of combining marks and is not. Keywords pass
through the same function, so a table entry with its accents finds a message without them. Vowel
signs of Indic scripts, Thai and Arabic go too: a word loses information, but both sides lose the
same.

The full-width comma stays what it is. Made a plain one, it would turn Chinese "199035, 10 minutes"
without spaces into the decimal number 199035,10.
"""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 4_000
"""More than twice the longest SMS that gateways take (1,600 characters); the rest is not read."""

_FULL_WIDTH_COMMA_AND_STOP = "\uff0c\uff0e"
_SAME_CHARACTER = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{MINUS SIGN}": "-",
        "ك": "ک",  # Arabic and Persian keyboards send different letters for one
        "ي": "ی",
        "ى": "ی",
    }
)
_TATWEEL = "\N{ARABIC TATWEEL}"  # stretches a word, means nothing
_OF_CATEGORY = {"Cf": "", "Cc": " ", "Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-"}


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\r\n":
        return "\n"
    if category[0] == "M" or character == _TATWEEL:
        return ""
    if category in _OF_CATEGORY:
        return _OF_CATEGORY[category]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in _FULL_WIDTH_COMMA_AND_STOP:
        return character
    parts = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
    return unicodedata.normalize("NFC", bare).translate(_SAME_CHARACTER)


class _Plain(dict[int, str]):
    """Code point to plain text, worked out once for each character that is ever met."""

    def __missing__(self, point: int) -> str:
        self[point] = plain = _plain_character(chr(point))
        return plain


_PLAIN = _Plain()


def plain(text: str) -> str:
    """Return the text with ASCII digits, without accents, marks and invisible characters.

    Letters keep their case. Only the first `MAX_CHARACTERS` are read.
    """
    return text[:MAX_CHARACTERS].translate(_PLAIN)
