# ruff: noqa: RUF001 - messages in all scripts are the subject here
"""What stands around a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.candidates import find_candidates
from pytest_otp.core.keywords import Kind, find_marks
from pytest_otp.core.plaintext import plain
from pytest_otp.core.surroundings import KNOWN_TO_A_SENTENCE, Surroundings

if TYPE_CHECKING:
    from pytest_otp.core.candidates import Candidate


def around(text: str) -> tuple[Surroundings, Candidate]:
    """Return a text's surroundings, and of its candidates the one that a test asks about: 4711."""
    text = plain(text)
    candidates = find_candidates(text)
    (asked,) = [candidate for candidate in candidates if candidate.code in {"4711", "KAVOTE"}]
    return Surroundings(text, find_marks(text), candidates), asked


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        *(("A. 4711", 1), ("A! B? 4711", 2), ("No. 4711", 0), ("nr. 4711", 0)),
        *(
            ("甲。乙。4711", 2),
            ("45 kr. med 4711", 0),
            ("45 руб. код 4711", 0),
        ),
    ],
)
def test_sentences_end_where_their_marks_do(text: str, sentences: int) -> None:
    """The stop of "No." is no end, nor one before a small letter."""
    surroundings, asked = around(text)
    assert surroundings.sentence(asked.start) - surroundings.sentence(0) == sentences


@pytest.mark.parametrize(
    ("text", "stands_out"),
    [
        *(("x: 4711", True), ("x '4711'", True), ("4711: x", True), ("x\n4711\nx", True)),
        *(("x 4711", False), ("4711 x", False)),
    ],
)
def test_a_colon_a_quote_or_a_line_sets_a_number_off(text: str, stands_out: bool) -> None:  # noqa: FBT001 - a table's column
    """On either side, where a line begins."""
    surroundings, asked = around(text)
    assert surroundings.stands_out(asked) is stands_out


@pytest.mark.parametrize(
    ("text", "led_to"),
    [
        *(("Enter 4711 now", True), ("4711 girin", True), ("4711 is your code", True)),
        *(("Desk 4711 is closed", False), ("For 4711 enter 482193", False), ("x 4711", False)),
        ("Acme 4711 is your code", True),
    ],
)
def test_words_lead_to_a_number_unless_they_speak_of_another(text: str, led_to: bool) -> None:  # noqa: FBT001 - a table's column
    """An "is" may speak of the noun before the number, an "enter" of the number behind it."""
    surroundings, asked = around(text)
    assert surroundings.is_led_to(asked) is led_to


@pytest.mark.parametrize(
    ("text", "named", "to_a_sentence", "at_length"),
    [
        ("Xyzzy 4711", True, True, True),
        ("Xyzzy: 4711", True, True, True),
        ("auf 4711", True, True, False),
        ("工单受理 4711", True, True, True),
        ("Login 4711", False, True, False),
        ("Code 4711", False, False, False),
        ("Xyzzy. 4711", False, False, False),
        ("4711", False, False, False),
    ],
)
def test_a_word_that_nobody_listed_names_a_number(
    text: str,
    named: bool,  # noqa: FBT001 - a table's column
    to_a_sentence: bool,  # noqa: FBT001 - a table's column
    at_length: bool,  # noqa: FBT001 - a table's column
) -> None:
    """To another sentence so does all that is no word for codes; to its own, no "mit" does."""
    surroundings, asked = around(text)
    assert surroundings.name_before(asked) is named
    assert surroundings.name_before(asked, KNOWN_TO_A_SENTENCE) is to_a_sentence
    assert surroundings.long_name_before(asked) is at_length


@pytest.mark.parametrize(
    ("text", "has_its_own"),
    [
        *(("code: 4711", True), ("code 4711", True), ("code is 4711", True)),
        *(("code for you: 4711", False), ("4711 code", False)),
        *(("code: KAVOTE", True), ("code KAVOTE", False)),
    ],
)
def test_a_word_owns_the_number_that_touches_it(text: str, has_its_own: bool) -> None:  # noqa: FBT001 - a table's column
    """Letters only where a colon says so: capitals are shouted, too."""
    surroundings, asked = around(text)
    [code] = [mark for mark in find_marks(plain(text)) if mark.kind is Kind.CODE]
    assert surroundings.own_number_of(code) == (asked.start if has_its_own else None)


@pytest.mark.parametrize(
    ("text", "is_of_another_kind"),
    [
        *(
            ("boarding code 4711", True),
            ("code de embarque 4711", True),
            ("kod wsiadania: 4711", True),
        ),
        *(
            ("Столовый код 4711", True),
            ("Boarding code 4711", False),
        ),
        *(("Paid. Boarding code 4711", True), ("code for a boarding pass 4711", True)),
        *(("your code 4711", False), ("Acme code 4711", False), ("iAcme code 4711", False)),
        *(
            ("code 4711 for boarding", False),
            ("code 4711", False),
            ("code que pediste: 4711", False),
        ),
        *(
            ("login code 4711", False),
            ("4711 is your code boarding", False),
            ("abc code 4711", False),
        ),
    ],
)
def test_a_word_that_nobody_listed_makes_a_code_one_of_another_kind(
    text: str,
    is_of_another_kind: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Beside the code, or behind it with a "de" between; capitals are a sender's name."""
    surroundings, asked = around(text)
    [code] = [mark for mark in find_marks(plain(text)) if mark.kind in {Kind.NAME, Kind.CODE}]
    assert surroundings.is_of_another_kind(code, asked) is is_of_another_kind


@pytest.mark.parametrize(
    ("text", "serves"),
    [
        *(("Log in with 4711", True), ("4711 ile giriş yap", True)),
        *(("Log in on 4711", False), ("Bestätigen: 4711 mit JA", False)),
    ],
)
def test_with_joins_a_purpose_and_its_number(text: str, serves: bool) -> None:  # noqa: FBT001 - a table's column
    """Before the number, or behind it where the purpose follows."""
    surroundings, asked = around(text)
    purpose = next(mark for mark in find_marks(plain(text)) if mark.kind is Kind.PURPOSE)
    assert surroundings.serves(purpose, asked) is serves


@pytest.mark.parametrize(
    ("text", "is_signed"),
    [
        *(("Acme: 4711", True), ("[Acme Bank]: 4711", True), ("<#> Acme: 4711", True)),
        *(("4711", False), ("Acme 4711", False), ("Never share it. Case: 4711", False)),
    ],
)
def test_a_senders_name_and_a_colon_sign_a_number(text: str, is_signed: bool) -> None:  # noqa: FBT001 - a table's column
    """Where nothing else stands before it."""
    surroundings, asked = around(text)
    assert surroundings.is_signed(asked) is is_signed
