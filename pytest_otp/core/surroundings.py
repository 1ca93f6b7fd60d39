"""What stands around a number: where sentences end, what leads to it, what names it.

Every question is answered from the marks and candidates next to the number and from a few
characters of text, so a whole text is asked about in linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_otp.core.keywords import UNSPACED, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from pytest_otp.core.candidates import Candidate
    from pytest_otp.core.keywords import Mark

KNOWN = frozenset(Kind) - {Kind.UNIT}
"""Which words before a number do not name it, to a claim from its own sentence."""

LEADING = frozenset({Kind.SAYS, Kind.ENTER})
KNOWN_TO_A_SENTENCE = frozenset({Kind.NAME, Kind.CODE}) | LEADING
"""Which do not, to a claim from another sentence."""

_NEXT, _NEAR, _TOUCHES, _OWN, _TO_A_CODE = 1, 8, 6, 3, 12  # characters
_LENGTHS = range(3, 11)
_SENTENCE_END = re.compile(
    r"""(?<![!?]) [!?]+ (?=\s|\Z)
      | (?<!\.) (?<!\b[Nn][oOrR]) \.+ (?=[ ]*(?:\n|\Z) | \s+[^a-z\u0430-\u044f\s])
      | [。؟।] | \n+""",
    re.VERBOSE,
)
"""Not the stop of "No. 4821" or "kr. med"."""
_INTRODUCING = frozenset(":=>-\"'“”„«「『【[]】(<*`")
_SETTING_OFF = frozenset({"", "\n", "-", ":", "("})
_GOES_ON = re.compile(r"[ \"'”»*`)\],]{1,3}[^\W\d_A-Z]")  # in small letters
_LONG_ENOUGH = re.compile(rf"(?:[^\W\d_]{{4}}|[{UNSPACED}])\Z")  # to be no "for" or "mit"
_A_WORD = re.compile(r"[^\W\d_]{4}")
_LONG = r"[^\W\d_]{4,} | [\u0590-\u0dff]{3,}"  # Hebrew to Sinhala write few of the vowels
_WORD_BEFORE = re.compile(rf"({_LONG}) [ -]?\Z", re.VERBOSE)
_WORD_BEHIND = re.compile(rf"[ '-] (?: ({_LONG}) | [^\W\d_]+ )", re.VERBOSE)
_BEGINS_LATER = re.compile(r"[.!?\n] *\Z")
_SENDER = re.compile(r"[\[(<#>* ]*[^\W\d_][\w &'-]{0,24}[\])]? ?: *")
_LONGEST_SENDER, _LONGEST_WORD, _WORDS_BEHIND = 32, 24, 3
_UNSPACED = re.compile(f"[{UNSPACED}]")
_OPENING = " \"'“„«*`([【「『<#>"
_CLOSING = re.compile(r"[\"'”“»*`)\]】」』]? *(?:[.,;!\n。,\uff0c]|\Z)")
_START = attrgetter("start")


def without_small_words(marks: Sequence[Mark]) -> list[Mark]:
    """Leave out "your" and "with", which say nothing without the words beside them."""
    return [mark for mark in marks if mark.kind not in {Kind.OWN, Kind.WITH}]


class Surroundings:
    """The marks and candidates of a text that went through `plain`, and the text between them."""

    def __init__(self, text: str, known: Sequence[Mark], candidates: Sequence[Candidate]) -> None:
        self.text = text
        self._known = known
        marks = without_small_words(known)
        self.is_among_others = any(mark.kind is Kind.OTHER for mark in marks)
        self._marks = marks
        self._codes = [mark for mark in marks if mark.kind in {Kind.NAME, Kind.CODE}]
        self._candidates = candidates
        self._starts = [candidate.start for candidate in candidates]
        self._sentence_ends = [match.start() for match in _SENTENCE_END.finditer(text)]
        self._kinds: dict[int, set[Kind]] = {}
        for mark in marks:
            self._kinds.setdefault(self.sentence(mark.start), set()).add(mark.kind)

    def sentence(self, position: int) -> int:
        """Return which sentence of the text the position is in."""
        return bisect_left(self._sentence_ends, position)

    def kinds_beside(self, mark: Mark) -> AbstractSet[Kind]:
        """Return the kinds of all marks in the sentence of one."""
        return self._kinds[self.sentence(mark.start)]

    def is_of_another_kind(self, code: Mark, candidate: Candidate) -> bool:
        """Tell whether a word that is not in the table says which code it is: "boarding code"."""
        begin = max(0, code.start - _LONGEST_WORD)
        before = _WORD_BEFORE.search(self.text[begin : code.start])
        if before and self._is_strange(begin + before.start(1), begin + before.end(1)):
            return True
        end = code.end
        for _ in range(_WORDS_BEHIND):
            reach = min(candidate.start, end + _LONGEST_WORD)
            word = _WORD_BEHIND.match(self.text, end, max(end, reach))
            if not word or Kind.OWN in self._kinds_of(word.start() + 1, word.end()):
                return False
            if word[1]:
                return self._is_strange(*word.span(1))
            end = word.end()  # "de", "for"
        return False

    def another_between(self, mark: Mark, candidate: Candidate) -> bool:
        """Tell whether a number is nearer, or a word for codes: "booking app: your code 4821"."""
        if bisect_left(self._starts, mark.end) < bisect_left(self._starts, candidate.start):
            return True
        then = bisect_left(self._codes, mark.end, key=_START)
        return any(code.end <= candidate.start for code in self._codes[then : then + 1])

    def stands_out(self, candidate: Candidate) -> bool:
        """Tell whether a colon, a quote, a bracket or its place on the line sets it off."""
        before = self.text[max(0, candidate.start - 3) : candidate.start].rstrip(" ")[-1:]
        after = self.text[candidate.end : candidate.end + 3].lstrip(" ")[:1]
        return before in _INTRODUCING or (before in {"", "\n"} and after in _SETTING_OFF)

    def is_led_to(self, candidate: Candidate) -> bool:
        """Tell whether "is", "use" or the like touches it, on either side."""
        return self.leading(candidate) is not None

    def leading(self, candidate: Candidate) -> Mark | None:
        """Return the "is", "use" or the like that touches it, on either side."""
        here = bisect_left(self._marks, candidate.start, key=_START)
        for mark in self._marks[max(0, here - 1) : here + 1]:
            if mark.kind not in LEADING:
                continue
            if mark.start < candidate.start and candidate.start - mark.end <= _TOUCHES:
                is_between = _A_WORD.search(self.text, mark.end, candidate.start)
                return None if is_between else mark
            if mark.start > candidate.start and mark.start - candidate.end <= _TOUCHES:
                if self._behind(mark.end, _TOUCHES):
                    return None  # "account 77120 enter 482193"
                return None if self._is_said_of(candidate, mark) else mark
        return None

    def is_signed(self, candidate: Candidate) -> bool:
        """Tell whether all that stands before it is a sender's name: "Acme: 4821"."""
        is_near = candidate.start <= _LONGEST_SENDER
        return is_near and bool(_SENDER.fullmatch(self.text, 0, candidate.start))

    def serves(self, purpose: Mark, candidate: Candidate) -> bool:
        """Tell whether "with" touches the number of a purpose: "log in with 482193"."""
        here = bisect_left(self._known, candidate.start, key=_START)
        return any(
            mark.kind is Kind.WITH
            and (
                0 <= candidate.start - mark.end <= _TOUCHES
                or (0 <= mark.start - candidate.end <= _NEXT and mark.start < purpose.start)
            )
            for mark in self._known[max(0, here - 1) : here + 1]
        )

    def own_number_of(self, mark: Mark) -> int | None:
        """Return where the number starts that the word leads to: "code: 4711", "code is 4711"."""
        behind = bisect_left(self._marks, mark.end, key=_START)
        end = mark.end
        for then in self._marks[behind : behind + 1]:
            if then.kind in LEADING and then.start - end <= _OWN:
                end = then.end
            elif then.kind is Kind.MONEY:
                return None  # "payment 450.000 VND"
        own = self._behind(end, _OWN)
        if own and (not own.is_word or ":" in self.text[end : own.start]):
            return own.start
        return None

    def name_before(self, candidate: Candidate, known: AbstractSet[Kind] = KNOWN) -> bool:
        """Tell whether a word that says nothing of codes names the number: "Case 771203"."""
        return bool(self._name_before(candidate, known))

    def long_name_before(self, candidate: Candidate) -> bool:
        """Tell the same, but of a word that is too long to be a mere "for" or "mit"."""
        return bool(_LONG_ENOUGH.search(self._name_before(candidate, KNOWN)))

    def only_a_code_fits(self, candidate: Candidate, owner: Mark) -> bool:
        """Tell it of letters that a word for a code claims: "PASSCODE: mifsuc", "QWRTZ is …"."""
        led_to = self.is_led_to(candidate)
        if not candidate.is_word:
            in_capitals = candidate.code.isupper()  # "approve with Secure2u" is no code
            asked_for = led_to or (in_capitals and self.serves(owner, candidate))
            return asked_for or owner.kind is not Kind.PURPOSE
        if owner.kind is Kind.PURPOSE:
            return False
        if owner.start > candidate.start:
            before = self.text[max(0, candidate.start - _NEAR) : candidate.start]
            return led_to and candidate.start < _NEAR and not before.strip(_OPENING)
        near = max(owner.end, candidate.start - _NEAR)
        between = self.text[near : candidate.start].rstrip(_OPENING)
        kinds = self.kinds_beside(owner)
        is_asked_for = Kind.PURPOSE in kinds and not LEADING.isdisjoint(kinds)
        if not between and not self.is_among_others and is_asked_for:
            # "use code KAVOTE to log in": the one word in capitals
            return bool(_GOES_ON.match(self.text, candidate.end))
        introduced = led_to or between.strip() == "-" or between[-1:] in {":", "="}
        return introduced and bool(_CLOSING.match(self.text, candidate.end))

    def _is_strange(self, start: int, end: int) -> bool:
        """Tell whether a word is neither in the table nor, by its capitals, a name."""
        word = self.text[start:end]
        begins_later = _BEGINS_LATER.search(self.text, max(0, start - _NEAR), start)
        if begins_later or (start == 0 and not word.isascii()):
            word = word[:1].lower() + word[1:]  # senders come first, most of them in Latin letters
        is_name = word != word.lower() or _UNSPACED.search(word)
        return not is_name and not self._kinds_of(start, end)

    def _kinds_of(self, start: int, end: int) -> set[Kind]:
        """Return what the table says of a word."""
        here = bisect_left(self._known, end, key=_START)
        return {mark.kind for mark in self._known[max(0, here - 1) : here] if mark.end > start}

    def _behind(self, position: int, reach: int) -> Candidate | None:
        """Return what could be a code by its length and starts right behind the position."""
        then = bisect_left(self._starts, position)
        for candidate in self._candidates[then : then + 1]:
            if candidate.start - position <= reach and len(candidate.code) in _LENGTHS:
                return candidate
        return None

    def _is_said_of(self, candidate: Candidate, mark: Mark) -> bool:
        """Tell whether "is" speaks of the word before the number: "loan 88201934 is due"."""
        names = self._name_before(candidate, KNOWN_TO_A_SENTENCE)
        if not names or not _GOES_ON.match(self.text, mark.end):
            return False
        then = bisect_left(self._codes, mark.end, key=_START)
        return not any(  # "Acme 4711 is your code"
            code.start - mark.end <= _TO_A_CODE for code in self._codes[then : then + 1]
        )

    def _name_before(self, candidate: Candidate, known: AbstractSet[Kind]) -> str:
        """Return the end of the word that names the number, or nothing."""
        before = self.text[max(0, candidate.start - 9) : candidate.start]
        name = before.rstrip(" #:(-")
        if not name or not name[-1].isalpha():
            return ""
        end = candidate.start - len(before) + len(name)
        here = bisect_left(self._known, end, key=_START)
        marks = self._known[max(0, here - 1) : here]
        return "" if any(mark.end >= end and mark.kind in known for mark in marks) else name
