"""The one-time code in the text of an SMS, or why there is none.

A message is read in this order: a last line that binds the code to a web address (WebOTP), a
message that is nothing but a code, then the words around each number (`weighing`). Words come from
a table that speakers can correct (`keywords`); no brand is named anywhere, so a sender nobody has
met is read like any other.

The text is hostile input. Reading takes linear time, stops after `MAX_CHARACTERS`, and no reason
repeats digits of the message: reasons end up in logs where codes must not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_otp.core.candidates import find_candidates, without_links
from pytest_otp.core.keywords import Kind
from pytest_otp.core.plaintext import MAX_CHARACTERS, plain
from pytest_otp.core.weighing import ENOUGH, Message

if TYPE_CHECKING:
    from pytest_otp.core.weighing import Weight

__all__ = ["MAX_CHARACTERS", "Extraction", "compile_pattern", "extract"]

_APP_HASH = re.compile(
    r"(?:\A|\s) (?=[A-Za-z0-9+/]*[a-z]) (?=[A-Za-z0-9+/]+[A-Z0-9+/]) [A-Za-z0-9+/]{11} \s* \Z",
    re.VERBOSE,
)
"""What Android's SMS Retriever wants at the end: eleven characters that are no word."""

_ORIGIN_BOUND = re.compile(
    r"""(?P<before>\A|\s) @(?P<host>[^\s@#]{1,253}) [ ]{1,2} \#(?P<code>\S{3,64})
        (?: [ ][@%]\S+ )? \s* \Z""",
    re.VERBOSE,
)
_AROUND = " \n\"'()<>[]{}«»“”„「」『』【】*`.!。:"
_BARE_DIGITS = range(4, 9)
_BARE_MIXED = range(5, 11)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read out of a message.

    Attributes:
        code: As it is to be typed: ASCII digits, no separators, letters' case kept; or None.
        confidence: From 0 to 1; 0.5 is the least with which a code is taken, 0 means no code.
        reason: One sentence: which rule took the code, or why nothing was taken.
    """

    code: str | None
    confidence: float
    reason: str


def compile_pattern(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    """Compile a pattern that narrows the extraction.

    Raises:
        ValueError: The string is no regular expression; one sentence says what is wrong with it.
    """
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"The pattern {pattern!r} is not a regular expression ({error}): correct it, or escape "
            "what is meant literally with re.escape()."
        ) from None


def extract(text: str, pattern: str | re.Pattern[str] | None = None) -> Extraction:
    """Extract the one-time code from the text of a message.

    Args:
        text: The message as it arrived. No more than `MAX_CHARACTERS` are read: gateways take SMS
            of up to 1,600, and the 255 parts of the standard are carried by no network.
        pattern: Where given, its first match is the code, taken as it stands (its first group that
            took part, if it has groups), and no other rule applies.

    Raises:
        ValueError: The pattern is no regular expression.
    """
    if pattern is not None:
        return _matching(text[:MAX_CHARACTERS], compile_pattern(pattern))
    message = _APP_HASH.sub("", plain(text))
    if bound := _origin_bound(message):
        return bound
    message = without_links(message)
    return _bare(message) or _weighed(Message(message))


def _matching(text: str, pattern: re.Pattern[str]) -> Extraction:
    match = pattern.search(text)
    if match is None:
        return Extraction(None, 0.0, f"The pattern {pattern.pattern!r} did not match the message.")
    code = next(filter(None, match.groups() if pattern.groups else [match[0]]), None)
    if code is None:
        return Extraction(None, 0.0, f"The pattern {pattern.pattern!r} matched an empty text.")
    return Extraction(code, 1.0, "The pattern matched.")


def _origin_bound(message: str) -> Extraction | None:
    match = _ORIGIN_BOUND.search(message)
    if not match or ("." not in match["host"] and not match["host"].startswith("localhost")):
        return None  # "follow us @acme #sale" names people and things
    if match["before"] == " " and not match["code"].isdecimal():
        return None
    return Extraction(match["code"], 1.0, "The last line binds it to a web address (WebOTP).")


def _bare(message: str) -> Extraction | None:
    core = message.strip(_AROUND)
    candidates = find_candidates(core)
    if len(candidates) != 1 or (candidates[0].start, candidates[0].end) != (0, len(core)):
        return None
    code = candidates[0].code
    if code.isdecimal():
        fits = len(code) in _BARE_DIGITS
    else:
        is_spelled = candidates[0].shape == "spelled"
        fits = len(code) in _BARE_MIXED and code.isupper() and (is_spelled or not code.isalpha())
    return Extraction(code, 0.8, "The message is nothing but the code.") if fits else None


def _weighed(message: Message) -> Extraction:
    weighed = message.weigh()
    best = max(weighed, key=lambda item: item[1].score, default=None)
    if best is None or best[1].score < ENOUGH:
        return Extraction(None, 0.0, _why_not(message, [weight for _, weight in weighed]))
    candidate, weight = best
    if weight.owner is None:
        reason = "It is the only number of a short message, and stands out."
    elif weight.owner.start < candidate.start:
        reason = f"“{weight.owner.word}” leads to it."
    else:
        reason = f"“{weight.owner.word}” follows it."
    confidence = 1 - 0.5 ** (weight.score - ENOUGH + 1)
    return Extraction(candidate.code, round(confidence, 2), reason)


def _why_not(message: Message, weights: list[Weight]) -> str:
    """Say why nothing was taken, in words of the table: the message's own may be hostile."""
    for weight in weights:
        if weight.owner and weight.score < 0:
            return f"What stands with “{weight.owner.word}” is no one-time code."
    if weights:
        return "No word close to a number speaks of a code."
    for mark in message.marks:
        if mark.kind in {Kind.NAME, Kind.CODE}:
            return f"“{mark.word}” is named, but nothing that could be typed in."
    return "Nothing in the message looks like a code."
