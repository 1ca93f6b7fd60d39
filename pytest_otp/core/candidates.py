"""What in a text has the shape of a code, and what has the shape of something else.

One expression reads the text from left to right. Links, dates, phone numbers and the like come
first and swallow their digits; what is left over and could be typed into a form is a candidate.
Whether it is the code is for its neighbours to say (`extraction`).

Lengths are bounded and every alternative starts at a token's start, so a text is read in linear
time. The expression sees text from `plain`: ASCII digits, plain spaces, one kind of hyphen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_LINK = re.compile(
    r"""
        (?<![A-Za-z0-9]) (?:https?://|www\.) \S+
      | (?<![\w.+-]) [\w.+-]{1,64} @ [A-Za-z0-9-]{1,63} (?:\.[A-Za-z0-9-]{1,63}){1,5}
      | (?<![A-Za-z0-9_.-]) (?:[A-Za-z0-9_-]{1,63}\.){1,5} [a-z]{2,12} [/?] \S*
      | (?<![A-Za-z0-9_.-]) (?:(?![\d-]+\.) [A-Za-z0-9_-]{1,63}\.){1,5}
        (?:[a-z]{2}|com|net|org|info|biz|app|dev|xyz|gov|edu|site|shop|link|page|online|example)
        (?![A-Za-z0-9_-])""",
    re.VERBOSE,
)

_OTHER_SHAPES = {
    "masked": r"""
        (?: (?<![*•●∙·\#])[*•●∙·\#]{2,} | (?<![A-Za-z0-9])[xX]{2,} ) [ -]? \d{2,8} (?![\d*])
      | (?<!\.)\.{2,} \d{3,4} (?!\d)
      | \* \d{4} (?![\d*])
      | (?<![A-Za-z0-9]) \d{1,6} [*•●xX]{2,} \d{0,6}""",
    "dialled": r"[*\#]{1,2} \d{1,4} (?: \* \d{1,16} ){0,5} \#",
    "international": r"\+ [ ]? \d (?:[ ().-]{0,2}\d){6,14}",
    "date": r"""(?<![A-Za-z0-9]) (?:
        \d{4} (?P<a>[-/.]) \d{1,2} (?P=a) \d{1,2} (?!\d)
      | \d{1,2} (?P<b>[/.]) \d{1,2} (?P=b) \d{2,4} (?!\d)
      | \d{1,2} - \d{1,2} - \d{4} (?!\d)
      | (?:19|20)\d\d - \d{2} (?![\d-])
      | 20[12]\d - \d{4,6} (?![\d-])
      | \d{1,2} / \d{1,4} (?!\d)
      | (?: (?: 0[1-9] | [12]\d | 3[01] ) (?: 0[1-9] | 1[0-2] ) 20[1-4]\d
          | 20[1-4]\d (?: 0[1-9] | 1[0-2] ) (?: 0[1-9] | [12]\d | 3[01] ) ) (?![\d-])
      | \d{1,2} [ ./-]{1,2} (?:de[ ])? [^\W\d_]{3,12} [ .,/-]{1,2} (?:de[ ])? (?:19|20)\d\d (?!\d)
      | [A-Z][a-z]{2,8} \.? [ ] \d{1,2} (?:st|nd|rd|th)? ,? [ ] (?:19|20)\d\d (?!\d) )""",
    "time": r"""(?<![A-Za-z0-9]) (?:
        \d{1,2} : \d{2} (?: : \d{2})? (?![\d:])
      | (?: \d{1,3} [hms] ){2,3} (?![A-Za-z0-9])
      | (?: [01]\d | 2[0-3] ) [0-5]\d [ ]-[ ] (?: [01]\d | 2[0-3] ) [0-5]\d (?![\d-])
      | (?: [01]\d | 2[0-3] ) [0-5][05] - (?: [01]\d | 2[0-3] ) [0-5][05] (?![\d-])
      | (?: [01]?\d | 2[0-3] ) [0-5]\d [ ]? (?: AM | PM | pm | [ap]\.m\. | hrs | hours )
        (?!\w) )""",
    "phone": r"""(?<![A-Za-z0-9]) (?:
        (?:\d{1,4} [ -]? )? \( \d{2,5} \) [ -]? \d (?:[ -]?\d){4,9} (?!\d)
      | (?:\d{1,3} -)? \d{3} (?P<c>[ -]) \d{3} (?P=c) \d{4} (?!\d)
      | (?=(?:\d-?){9}) (?!\d{3}-\d{3}-\d{3}(?!\d)) \d{1,4} (?: - \d{2,4}){2,5} (?!\d)
      | (?=(?:\d[ -]?){9}) (?:0\d{1,4}|1[38]00|8[ ]\d{3}) (?:[ -]\d{2,8}){1,4} (?!\d)
      | 0?[89]00 [ -] \d{2,4} (?:[ -]?\d{2,4}){1,2} (?!\d)
      | 1[38]00 [ ] \d{4} (?!\d) )""",
    "long": r"""(?<![A-Za-z0-9])
        (?=(?:\d[ -]?){11}) \d{2,6} (?:[ -]\d{2,6}){2,5} (?![A-Za-z0-9])""",
    "chain": r"(?<![A-Za-z0-9:]) [A-Za-z0-9/]{1,20} (?: :[A-Za-z0-9/]{1,20} ){3,9}",
    "amount": r"""(?<![A-Za-z0-9]) (?:
        \d{1,3} (?: , \d{2,3} ){0,6} , \d{3} (?: \.\d{1,2} )? (?!\d)
      | \d{1,3} (?: \. \d{3} ){1,6} , \d{1,2} (?!\d)
      | \d{1,3} (?: [ ]\d{3} ){1,6} [.,] \d{1,2} (?!\d)
      | \d+ \. \d{1,2} (?! \d | \.\d ) )""",
}

_CODE_SHAPES = {
    "spelled": r"[A-Z0-9] (?= (?P<d>[ -]) ) (?: (?P=d) [A-Z0-9] (?![A-Za-z0-9]) ){3,9}",
    "spaced": r"""
        (?: \d{3}(?:[ ]-[ ]|\.)\d{3} | \d{5}[ ]\d{5} | \d{4}[ ]\d{4} | \d{3}(?:[ ]\d{3}){1,2}
          | \d{2}(?:[ ]\d{2}){1,4} )
        (?! [A-Za-z0-9] | [ ]?\d+(?![\d:./]) )""",
    "joined": r"[A-Z0-9]{1,8} (?: [-_][A-Z0-9]{2,8} ){1,4} (?! [A-Za-z0-9] | -[ ]*\Z )",
    "digits": r"\d+ (?![A-Za-z0-9]) | \d{4,8} (?= [a-z]{1,3} (?![A-Za-z0-9]) )",
    "mixed": r"(?= [A-Za-z]*\d ) [A-Za-z0-9]+",
    "capitals": r"[A-Z]{4,10} (?![A-Za-z])",
    "small": r"""(?: (?<=:) | (?<=:[ ]) ) (?:
        [a-z]{4,10} (?= \.? [ ]{0,3} (?: \n | \Z ) )
      | [b-df-hj-np-tv-xz]{5,10} (?![A-Za-z0-9]) )""",
}

_SEPARATORS = re.compile(r"[ _.\-]+")
_PREFIX_OR_SUFFIX = re.compile(r"[A-Za-z]{1,10}[-_.](\d{4,10})|(\d{4,10})[-_.][A-Za-z]+")

_SHORTEST_NO_WORD = 5  # of five letters and more, one in five is a vowel: QWRTZP is no word


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of the text that could be a code; `code` is how it would be typed."""

    start: int
    end: int
    code: str
    shape: str

    @property
    def is_number(self) -> bool:
        """Whether it is all digits."""
        return self.code.isdecimal()

    @property
    def is_word(self) -> bool:
        """Whether it could be a word: letters written as one, with the vowels that words have."""
        if not self.code.isalpha() or self.shape == "spelled":
            return False
        vowels = sum(letter in "AEIOUYaeiouy" for letter in self.code)
        return len(self.code) < _SHORTEST_NO_WORD or vowels * _SHORTEST_NO_WORD >= len(self.code)


@cache
def _shapes() -> re.Pattern[str]:
    """Compile at first use: it costs more than an import should."""
    others = "|".join(f"(?P<{name}>{shape})" for name, shape in _OTHER_SHAPES.items())
    codes = "|".join(f"(?P<{name}>{shape})" for name, shape in _CODE_SHAPES.items())
    return re.compile(f"{others}|(?<![A-Za-z0-9])(?:{codes})", re.VERBOSE)


def _typed(text: str) -> str:
    """Return how a code is typed: without its separators, and "G-123456" without its prefix."""
    if match := _PREFIX_OR_SUFFIX.fullmatch(text):
        return match[1] or match[2]
    return _SEPARATORS.sub("", text)


def without_links(text: str) -> str:
    """Blank out web and mail addresses: neither their digits nor their words mean anything."""
    return _LINK.sub(lambda match: " " * len(match[0]), text)


def find_candidates(text: str) -> list[Candidate]:
    """Find what could be a code by its shape in a text that went through `plain`."""
    return [
        Candidate(match.start(), match.end(), _typed(match[0]), match.lastgroup)
        for match in _shapes().finditer(text)
        if match.lastgroup in _CODE_SHAPES
    ]
