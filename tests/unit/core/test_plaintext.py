# ruff: noqa: RUF001 - look-alike characters are the subject here
"""What the extraction reads instead of a text as it came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.plaintext import MAX_CHARACTERS, plain


@pytest.mark.parametrize("digits", ["٤٢", "۴۲", "४२", "๔๒", "４２", "④②", "𝟒𝟐"])
def test_all_digits_are_ascii(digits: str) -> None:
    """Whatever script a digit is written in."""
    assert plain(digits) == "42"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("códigö", "codigo"),
        ("co\u0301digo", "codigo"),
        ("Łódź", "Lodz"),
        ("Iıİi", "IiIi"),
        ("كي", "کی"),
        ("کـــد", "کد"),
        ("l’app", "l'app"),
    ],
)
def test_one_spelling_for_letters_that_mean_the_same(text: str, same: str) -> None:
    """With and without accents, composed or not, on an Arabic or a Persian keyboard."""
    assert plain(text) == same


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad"])
def test_what_cannot_be_seen_is_gone(mark: str) -> None:
    """Zero-width characters, bidi marks and soft hyphens hide no code."""
    assert plain(f"1{mark}2") == "12"


def test_spaces_lines_and_hyphens_are_of_one_kind() -> None:
    """So that the rules need to know only one of each."""
    assert plain("a\u00a0b\u3000c\td") == "a b c d"
    assert plain("a\r\nb\u2028c") == "a\n\nb\nc"
    assert plain("1–2—3‑4−5") == "1-2-3-4-5"


def test_a_full_width_comma_makes_no_decimal_number() -> None:
    """Chinese puts it between a code and the minutes that it is valid for."""
    assert plain("199035，10") == "199035，10"


def test_the_case_is_kept() -> None:
    """A code's letters have to come out as they were sent."""
    assert plain("aBc") == "aBc"


def test_no_more_than_the_limit_is_read() -> None:
    """Hostile texts cost no more than the longest honest one."""
    assert len(plain("x" * 2 * MAX_CHARACTERS)) == MAX_CHARACTERS


@given(st.text())
def test_lowering_keeps_every_position(text: str) -> None:
    """Keywords are looked up in the lowered text and used as positions in this one."""
    assert len(plain(text).lower()) == len(plain(text))
