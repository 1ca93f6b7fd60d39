"""How much speaks for a number being the code: every number belongs to the word that claims it.

"Verification code", "order", "minutes" and "EUR" all claim the numbers beside them, each as
strongly as its kind and its distance allow. Where an order or a currency wins, the number is out.
Where a word for a code wins, the claim, the number's own look and its place add up to a score.

The weights are few and set by hand, to be read and argued about; only their size relative to
`ENOUGH` matters. A clear case scores 4 to 6, a chance neighbourhood stays below 2.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_otp.core.candidates import Candidate, find_candidates
from pytest_otp.core.keywords import Kind, find_marks
from pytest_otp.core.surroundings import (
    KNOWN_TO_A_SENTENCE,
    LEADING,
    Surroundings,
    without_small_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.core.keywords import Mark

ENOUGH = 2.5
"""The score from which on a candidate is taken."""

# How strongly a word claims the number beside it.
_STRENGTH = {Kind.NAME: 4.0, Kind.CODE: 3.0, Kind.PURPOSE: 1.2, Kind.ENTER: 1.2, Kind.OTHER: 3.4}
_LABEL = 4.5
_LABEL_AND_COLON = 2.5  # in "code for your account: 123456" the colon is the code's
_LABEL_AND_SAYS = 1.8  # in "code for your account is 123456" so is the "is"
_LABEL_AND_WORDS = 3.2
_LEAD = 4.5
_UNIT = 9.0

# What a claim loses on its way to the number.
_PER_CHARACTER, _AT_MOST = 1 / 40, 1.5
_PER_SENTENCE = {False: 1.4, True: 0.8}  # true: to a number that stands out
_BACKWARDS, _HAS_ITS_OWN = 0.3, 1.5  # "for transaction 4821937 with code: 4711"
_TO_A_STRANGERS, _PAST_A_STRANGER = 2.5, 0.7  # "… your OTP. Case 771203", "your PIN at desk 4021"
_REACH, _REACH_BACKWARDS = 25, 12  # of labels and other codes, in characters

# What the sentence adds to a claim by "code", which by itself may mean any code.
_WITH_PURPOSE = 0.75
_WITH_OTHER, _PURPOSE_WITH_OTHER = -2.0, -0.75
_AMONG_OTHERS = {True: -1.0, False: -2.0}  # in another sentence; true: to a number
_OF_ANOTHER_KIND = {False: -2.0, True: -1.2}  # "boarding code"; true: to "4821 is …"

# The number's place and look.
_STANDS_OUT = 0.5
_LED_TO, _LED_TO_FOR_A_PURPOSE = 0.5, 1.5  # "use 123456 to log in"
_ALONE, _IN_A_SHORT_MESSAGE = 0.5, 0.5
_USUAL_LENGTH, _UNUSUAL_LENGTH = 1.0, -0.4
_IN_GROUPS = 0.5  # 123-456, G-123456
_LIKE_A_YEAR_OR_SUM = -1.5
_WITH_LETTERS = 0.2
_LIKE_A_COUPON = -1.0  # SUMMER20

_FOR_USE = frozenset({Kind.PURPOSE, Kind.ENTER})
_FOR_CODES = frozenset({Kind.NAME, Kind.CODE}) | _FOR_USE
_GROUPS = frozenset({"joined", "spaced", "spelled"})
_NUMBER_LENGTHS, _USUAL_NUMBER_LENGTHS, _LENGTHS = range(3, 11), range(4, 9), range(4, 13)
_MOST_USUAL_LENGTH = 6
_TWICE_THREE = re.compile(r"\d{3} \d{3}")
_SHORT_MESSAGE = 40
_YEAR_OR_ROUND = re.compile(r"(?:19|20)\d\d|\d{1,3}000|[1-9]\d{1,2}00")
_COUPON = re.compile(r"[A-Z]{3,}\d{2,4}|[A-Za-z][a-z]{2,}\d{1,3}[a-z]?")  # SUMMER20, Win64
_LABEL_END = re.compile(r"\n|[.!?]+ +(?=\D|\Z)|[。؟।]|\A ?[,\uff0c]")
_FULL_STOP = re.compile(r"\. *")
_LONGEST_ABBREVIATION = 4
_ENDING_LABEL = frozenset(":=])】」』")
_FROM_AND_TO = re.compile(r"[ #]{0,2}(?:\d{1,8} ?(?:-|[^\W\d_]{1,3}) ?)?")  # "900 to"
_DECIMALS = re.compile(r"(?:[.,]\d{1,2}(?!\d))?(?: |/-)?")
_START, _SCORE = attrgetter("start"), attrgetter("score")


@dataclass(frozen=True, slots=True)
class Weight:
    """What speaks for a candidate, and whose it is; below zero it is something else than a code."""

    score: float
    owner: Mark | None = None


class Message:
    """A text that went through `plain`: its keywords, its candidates and what each one weighs."""

    def __init__(self, text: str) -> None:
        self.text = text
        known = _qualified(find_marks(text))
        self.marks = without_small_words(known)
        self._candidates = find_candidates(text)
        self._codes = [m for m in self.marks if m.kind in {Kind.NAME, Kind.CODE, Kind.OTHER}]
        self._purposes = [m for m in self.marks if m.kind is Kind.PURPOSE]
        self._around = Surroundings(text, known, self._candidates)

    def weigh(self) -> list[tuple[Candidate, Weight]]:
        """Weigh every candidate, in the order of the text."""
        trimmed = (self._trimmed(candidate) for candidate in self._candidates)
        weighed = [(candidate, self._weight(candidate)) for candidate in trimmed if candidate]
        free = [place for place, (_, weight) in enumerate(weighed) if weight.score >= 0]
        if len(free) == 1 and len(weighed[free[0]][0].code) == _MOST_USUAL_LENGTH:
            candidate, weight = weighed[free[0]]
            is_all = weight.owner is None and len(self.text) <= _SHORT_MESSAGE
            alone = _ALONE + _IN_A_SHORT_MESSAGE * is_all
            if not _COUPON.fullmatch(candidate.code):
                weighed[free[0]] = candidate, replace(weight, score=weight.score + alone)
        return weighed

    def _weight(self, candidate: Candidate) -> Weight:
        claim = max(self._claims(candidate), key=_SCORE, default=Weight(0.0))
        owner = claim.owner
        if owner and owner.kind not in _FOR_CODES:
            return Weight(-1.0, owner)
        fits = candidate.is_number or (owner and self._around.only_a_code_fits(candidate, owner))
        if not fits:
            return Weight(-1.0, owner)
        score = claim.score + self._look(candidate)
        if self._around.stands_out(candidate):
            score += _STANDS_OUT
        if owner and self._around.is_led_to(candidate):
            score += _LED_TO_FOR_A_PURPOSE if owner.kind in _FOR_USE else _LED_TO
        elif owner and owner.kind is Kind.PURPOSE and self._around.serves(owner, candidate):
            score += _LED_TO_FOR_A_PURPOSE
        return Weight(max(0.0, score), owner)

    def _claims(self, candidate: Candidate) -> Iterator[Weight]:
        for marks, neighbours in ((self._codes, 2), (self._purposes, 1)):
            here = bisect_left(marks, candidate.start, key=_START)
            for mark in marks[max(0, here - neighbours) : here + neighbours]:
                yield from self._claim_of(mark, candidate)
        leading = self._around.leading(candidate)
        enter = leading if leading and leading.kind is Kind.ENTER else None
        if enter and (candidate.is_number or (candidate.code.isupper() and not candidate.is_word)):
            yield Weight(_STRENGTH[Kind.ENTER], enter)
        if not enter or enter.start > candidate.start:  # "to unlock your account enter 482193"
            here = bisect_left(self.marks, candidate.start, key=_START)
            yield from self._label_claims(here, candidate)
        behind = bisect_left(self.marks, candidate.end, key=_START)
        for mark in self.marks[behind : behind + 1]:
            yield from self._unit_claims(mark, candidate)

    def _claim_of(self, mark: Mark, candidate: Candidate) -> Iterator[Weight]:
        """Claim a number for a word for codes, before or after it."""
        ahead = mark.end <= candidate.start
        start, end = (mark.end, candidate.start) if ahead else (candidate.end, mark.start)
        distance, sentences = end - start, self._around.sentence(end) - self._around.sentence(start)
        reach = _REACH if ahead else _REACH_BACKWARDS
        if mark.kind is Kind.OTHER and (
            sentences or distance > reach or self._around.another_between(mark, candidate)
        ):
            return
        lost = min(distance * _PER_CHARACTER, _AT_MOST)
        lost += min(sentences, 2) * _PER_SENTENCE[self._around.stands_out(candidate)]
        lost += 0.0 if ahead else _BACKWARDS
        if self._around.own_number_of(mark) not in {None, candidate.start}:
            lost += _HAS_ITS_OWN
        if ahead or not self._around.is_signed(candidate):
            lost += self._lost_to_a_stranger(candidate, sentences)
        is_its_fate = mark.kind is Kind.OTHER and not ahead and distance == 1  # "4821 expired"
        strength = _LABEL if is_its_fate else _STRENGTH[mark.kind]
        yield Weight(strength + self._context(mark, candidate) - lost, mark)

    def _context(self, mark: Mark, candidate: Candidate) -> float:
        kinds = self._around.kinds_beside(mark)
        if mark.kind is Kind.PURPOSE:
            return _PURPOSE_WITH_OTHER * (Kind.OTHER in kinds)
        if mark.kind is not Kind.CODE:
            return 0.0
        others = _AMONG_OTHERS[candidate.is_number] * self._around.is_among_others
        if Kind.OTHER in kinds:
            others = _WITH_OTHER
        if not self._purposes and self._around.is_of_another_kind(mark, candidate):
            is_said = candidate.start < mark.start or self._around.is_led_to(candidate)
            others += _OF_ANOTHER_KIND[candidate.is_number and is_said]
        return _WITH_PURPOSE * (Kind.PURPOSE in kinds) + others

    def _label_claims(self, here: int, candidate: Candidate) -> Iterator[Weight]:
        """Claim a number for "order", "EUR" or "until" before it, with little in between."""
        before = self.marks[max(0, here - 3) : here]
        if before and before[-1].kind is Kind.UNIT:
            before.pop()  # Chinese "number" is also the day of a date
        says = before.pop() if before and before[-1].kind is Kind.SAYS else None
        if not before or candidate.start - before[-1].end > _REACH:
            return
        mark = before.pop()
        between = self.text[mark.end : candidate.start]
        if mark.kind is Kind.MONEY and not between.strip(" ."):
            yield Weight(_UNIT, mark)
        elif mark.kind is Kind.LEAD and not says:
            if candidate.shape == "digits" and _FROM_AND_TO.fullmatch(between):
                yield Weight(_LEAD, mark)
        elif mark.kind is not Kind.LABEL or _ends(mark, between):
            return
        elif (
            before
            and before[-1].kind in {Kind.NAME, Kind.CODE}
            and mark.start - before[-1].end <= 1
            and self._around.sentence(before[-1].end) == self._around.sentence(mark.start)
        ):
            return  # "code no. 123456"
        elif says:
            if says.start - mark.end <= 1:
                yield Weight(_LABEL_AND_SAYS, mark)
        else:
            yield Weight(_strength_of_label(between), mark)

    def _unit_claims(self, mark: Mark, candidate: Candidate) -> Iterator[Weight]:
        """Claim a number for "minutes" or "EUR" that touches it from behind."""
        between = self.text[candidate.end : min(mark.start, candidate.end + 6)]
        touches = {"", " ", "-"} if len(mark.word) > 1 else {""}
        is_sum = mark.kind is Kind.MONEY and _DECIMALS.fullmatch(between)
        if is_sum or (mark.kind is Kind.UNIT and between in touches):
            yield Weight(_UNIT, mark)

    def _lost_to_a_stranger(self, candidate: Candidate, sentences: int) -> float:
        """Tell what a word that names the number takes from a claim over so many sentences."""
        around = self._around
        if sentences:
            return _TO_A_STRANGERS * around.name_before(candidate, KNOWN_TO_A_SENTENCE)
        if candidate.shape in _GROUPS or around.stands_out(candidate):
            return 0.0
        is_free = around.is_led_to(candidate) or not around.long_name_before(candidate)
        return 0.0 if is_free else _PAST_A_STRANGER

    def _look(self, candidate: Candidate) -> float:
        code = candidate.code
        if not candidate.is_number:
            is_coupon = _COUPON.fullmatch(code) and (
                self._around.is_among_others or not self._purposes
            )
            return _WITH_LETTERS + _LIKE_A_COUPON * bool(is_coupon)
        look = _USUAL_LENGTH if len(code) in _USUAL_NUMBER_LENGTHS else _UNUSUAL_LENGTH
        if candidate.shape == "joined" or _TWICE_THREE.fullmatch(
            self.text, candidate.start, candidate.end
        ):
            look += _IN_GROUPS
        introduced = self._around.stands_out(candidate) or self._around.is_led_to(candidate)
        if _YEAR_OR_ROUND.fullmatch(code) and not introduced:
            look += _LIKE_A_YEAR_OR_SUM
        return look

    def _trimmed(self, candidate: Candidate) -> Candidate | None:
        """Free a candidate of a keyword written to it ("OTP123456"), or drop what cannot be one."""
        here = bisect_left(self.marks, candidate.end, key=_START)
        over = [m for m in self.marks[max(0, here - 3) : here] if m.end > candidate.start]
        if (over and candidate.is_word) or (
            candidate.code.isalpha() and len({*candidate.code}) == 1
        ):
            return None  # XXXXXX stands for a code
        if over and candidate.shape == "mixed":
            mark = over[0]
            before = self.text[candidate.start : mark.start]
            after = self.text[mark.end : candidate.end]
            if after.isdecimal() and not before and mark.kind in _FOR_CODES | LEADING:
                candidate = Candidate(mark.end, candidate.end, after, "digits")
            elif (before + after).isdecimal():
                return None
        lengths = _NUMBER_LENGTHS if candidate.is_number else _LENGTHS
        return candidate if len(candidate.code) in lengths else None


def _ends(label: Mark, between: str) -> bool:
    """Tell whether the label's sentence ends before the number; it does not at "ref. 4821"."""
    if len(label.word) <= _LONGEST_ABBREVIATION and _FULL_STOP.fullmatch(between):
        return False
    return bool(_LABEL_END.search(between))


def _strength_of_label(between: str) -> float:
    """Tell how strongly a label claims a number with such a text in between, up to a colon."""
    has_words = any(character.isalpha() for character in between)
    if set(between.rstrip(" ")[-1:] if has_words else between) & _ENDING_LABEL:
        return _LABEL_AND_COLON
    return _LABEL_AND_WORDS if has_words else _LABEL


def _qualified(marks: list[Mark]) -> list[Mark]:
    """Make a code one of another kind where such a word touches it: "reservation code"."""
    qualified: list[Mark] = []
    end_of_other = None
    for mark in marks:
        touches = end_of_other is not None and mark.start - end_of_other <= 1
        is_other = mark.kind is Kind.OTHER or (touches and mark.kind is Kind.CODE)
        qualified.append(replace(mark, kind=Kind.OTHER) if is_other else mark)
        passes_it_on = is_other or (touches and mark.kind is Kind.PURPOSE)
        end_of_other = mark.end if passes_it_on else None
    return qualified
