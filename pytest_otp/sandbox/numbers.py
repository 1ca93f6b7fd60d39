"""Which numbers the sandbox hands out, and in which order.

A sandbox number must never be one that a mistaken live gateway could text. So a country
contributes the range that its regulator reserves for fiction; where it reserves none, numbers
of the right length in a part of its plan that is assigned to nobody. Libphonenumber calls the
former valid and the latter possible but not valid. Ofcom and ARCEP keep mobile numbers free too,
but libphonenumber does not call those valid, so Britain and France contribute landlines.
``docs/sandbox-numbers.md`` shows this table.
"""

from __future__ import annotations

import math
import random
import re
from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import Final

_CELL: Final = re.compile(r"X|\[(\d)-(\d)\]|\d|\+")

_US_AREA_CODES: Final = """
    201 202 203 205 206 207 208 209 212 213 214 215 216 217 218 219 301 302 303 304 305 307 308
    309 312 313 314 315 316 317 318 319 401 402 404 405 406 407 408 409 410 412 413 414 415 417
    419 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 601 602 603 605 606 607 608
    609 612 614 615 616 617 618 619 701 702 703 704 706 707 708 712 713 714 715 716 717 718 719
    801 802 803 804 805 806 808 812 813 814 815 816 817 818 901 903 904 906 907 908 909 910 912
    913 914 915 916 917 918 919
"""
_CA_AREA_CODES: Final = """
    204 226 236 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 579 581 587 604 613
    639 647 705 709 778 780 782 807 819 825 867 873 902 905
"""
_AU_MOBILES: Final = """
    570006 570156 570157 570158 570159 570110 570313 570737 571266 571491 571804 572549 572665
    572983 573770 573087 574118 574632 575254 575789 576398 576801 577426 577644 578957 578148
    578888 579212 579760 579455
"""
_DE_MOBILES: Final = """
    15228817386 15228895456 15254599371 1729925904 1729968532 1729973185 1729973186 1729980752
    1749091317 1749464308
"""


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """The numbers of one country.

    Attributes:
        shown: how the docs write the range.
        patterns: the range; ``X`` is any digit, ``[5-9]`` one of these, blanks mean nothing.
        reserved: kept free for fiction by the regulator, and so valid by libphonenumber.
        rule: why no subscriber has such a number.
    """

    shown: str
    patterns: tuple[str, ...]
    reserved: bool
    rule: str

    @property
    def capacity(self) -> int:
        """How many numbers there are."""
        return sum(math.prod(map(len, _cells(pattern))) for pattern in self.patterns)

    def number(self, index: int) -> str:
        """The number at a place from 0 to the capacity, in E.164."""
        for pattern in self.patterns:
            cells = _cells(pattern)
            count = math.prod(map(len, cells))
            if index < count:
                return _pick(cells, index)
            index -= count
        raise IndexError(index)


@cache
def _cells(pattern: str) -> tuple[str, ...]:
    """For each character of a number, what it may be."""
    return tuple(map(_choices, _CELL.finditer(pattern)))


def _choices(cell: re.Match[str]) -> str:
    if cell[1]:
        return "0123456789"[int(cell[1]) : int(cell[2]) + 1]
    return "0123456789" if cell[0] == "X" else cell[0]


def _pick(cells: tuple[str, ...], index: int) -> str:
    picked = []
    for cell in reversed(cells):
        index, place = divmod(index, len(cell))
        picked.append(cell[place])
    return "".join(reversed(picked))


_NANP: Final = "555-0100 to 555-0199 are set aside for fiction in every area code"

# One line a country. Where `reserved` is false, the rule says which part of the plan is empty.
PLANS: Final[dict[str, NumberPlan]] = {
    "AU": NumberPlan(
        shown="+61 491 57X XXX (30 single numbers)",
        patterns=tuple(f"+61491{number}" for number in _AU_MOBILES.split()),
        reserved=True,
        rule="ACMA, phone numbers for use in TV shows, films and creative works",
    ),
    "BR": NumberPlan(
        shown="+55 20 90000 XXXX",
        patterns=("+55 20 90000 XXXX",),
        reserved=False,
        rule="there is no area 20: no Brazilian area code ends in 0",
    ),
    "CA": NumberPlan(
        shown="+1 (37 area codes) 555 01XX",
        patterns=tuple(f"+1 {area} 555 01XX" for area in _CA_AREA_CODES.split()),
        reserved=True,
        rule=f"CNA and NANPA: {_NANP}",
    ),
    "DE": NumberPlan(
        shown="+49 171 39200XX, +49 176 040690XX (and 10 single numbers)",
        patterns=(
            "+49 171 39200XX",
            "+49 176 040690XX",
            *(f"+49{number}" for number in _DE_MOBILES.split()),
        ),
        reserved=True,
        rule="Bundesnetzagentur, Mitteilung 148/2021: drama numbers of the mobile networks",
    ),
    "ES": NumberPlan(
        shown="+34 790 00X XXX",
        patterns=("+34 790 00X XXX",),
        reserved=False,
        rule="libphonenumber knows no assigned block that begins with 79",
    ),
    "FR": NumberPlan(
        shown="+33 1 99 00 XX XX",
        patterns=("+33 1 99 00 XX XX",),
        reserved=True,
        rule="ARCEP, décision 2018-0881: numbers for audiovisual works",
    ),
    "GB": NumberPlan(
        shown="+44 20 7946 0XXX, +44 121 496 0XXX, +44 161 496 0XXX",
        patterns=("+44 20 7946 0XXX", "+44 121 496 0XXX", "+44 161 496 0XXX"),
        reserved=True,
        rule="Ofcom, telephone numbers for use in TV and radio drama",
    ),
    "ID": NumberPlan(
        shown="+62 840 0000 XXXX",
        patterns=("+62 840 0000 XXXX",),
        reserved=False,
        rule="libphonenumber knows no operator with a prefix that begins with 84",
    ),
    "IN": NumberPlan(
        shown="+91 50000 0XXXX",
        patterns=("+91 50000 0XXXX",),
        reserved=False,
        rule="libphonenumber knows no operator and no town with numbers that begin with 50",
    ),
    "NL": NumberPlan(
        shown="+31 6 9000 XXXX",
        patterns=("+31 6 9000 XXXX",),
        reserved=False,
        rule="libphonenumber knows no assigned block that begins with 069",
    ),
    "RU": NumberPlan(
        shown="+7 500 000 XX XX",
        patterns=("+7 500 000 XX XX",),
        reserved=False,
        rule="codes that begin with 5 are in reserve",
    ),
    "SE": NumberPlan(
        shown="+46 70 174 06 05 to +46 70 174 06 99",
        patterns=("+46 70 174 060[5-9]", "+46 70 174 06[1-9]X"),
        reserved=True,
        rule="PTS, telephone numbers for books and films",
    ),
    "US": NumberPlan(
        shown="+1 (122 area codes) 555 01XX",
        patterns=tuple(f"+1 {area} 555 01XX" for area in _US_AREA_CODES.split()),
        reserved=True,
        rule=f"NANPA: {_NANP}",
    ),
}


class NumberPool:
    """Hands out numbers: unused ones in random order, then the one given back longest ago.

    Args:
        seed: the same seed gives the same numbers in the same order.
    """

    def __init__(self, seed: int) -> None:
        self._countries = {
            country: _CountryPool(plan, random.Random(f"{seed}/{country}"))  # noqa: S311 - no secret
            for country, plan in PLANS.items()
        }

    def free(self, country: str) -> int:
        """How many numbers of the country nobody holds."""
        return self._countries[country].free

    def take(self, country: str) -> str:
        """A number that nobody holds.

        Raises:
            IndexError: every number of the country is held.
        """
        return self._countries[country].take()

    def give_back(self, country: str, number: str) -> None:
        """Put a number at the end of the queue."""
        self._countries[country].give_back(number)


class _CountryPool:
    def __init__(self, plan: NumberPlan, source: random.Random) -> None:
        self._plan = plan
        self._source = source
        self._unused = plan.capacity
        # A shuffle that costs only what is drawn: place -> index, where they differ.
        self._moved: dict[int, int] = {}
        self._returned: deque[str] = deque()

    @property
    def free(self) -> int:
        return self._unused + len(self._returned)

    def take(self) -> str:
        if not self._unused:
            return self._returned.popleft()
        place = self._source.randrange(self._unused)
        self._unused -= 1
        index = self._moved.get(place, place)
        self._moved[place] = self._moved.pop(self._unused, self._unused)
        return self._plan.number(index)

    def give_back(self, number: str) -> None:
        self._returned.append(number)
