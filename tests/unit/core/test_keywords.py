"""What the table of keywords promises, and how its words are found."""

from __future__ import annotations

from collections import defaultdict

import pytest

from pytest_otp.core.extraction import extract
from pytest_otp.core.keywords import TABLE, Kind, entries, find_marks
from pytest_otp.core.plaintext import plain


def kinds(text: str) -> list[Kind]:
    """Return the kinds of the keywords in a text."""
    return [mark.kind for mark in find_marks(plain(text))]


def test_every_line_has_a_language_and_all_columns() -> None:
    """A line that lacks a column would shift its words into the wrong ones."""
    lines = [line.split("|") for line in TABLE.strip().splitlines()]
    assert {len(columns) for columns in lines} == {1 + len(Kind)}
    languages = [columns[0].strip() for columns in lines]
    assert len(set(languages)) == len(languages)


def test_no_word_stands_in_two_columns() -> None:
    """All lines hold for every message, so a word must mean one thing in all languages."""
    found = defaultdict(set)
    for _, kind, word in entries():
        reduced = plain(word.removesuffix("*")).lower().translate({ord(" "): None, ord("-"): None})
        found[reduced].add(kind)
    assert {word: columns for word, columns in found.items() if len(columns) > 1} == {}


def test_every_word_of_the_table_is_found() -> None:
    """An entry that a longer or an earlier one always hides would be dead."""
    assert [
        (language, word)
        for language, kind, word in entries()
        if kinds(word.removesuffix("*")) != [kind]
    ] == []


@pytest.mark.parametrize("form", ["{}: 4821", "{} 482193", "482193 {}", "4821 {}."])
def test_every_name_of_a_code_finds_it_on_either_side(form: str) -> None:
    """In every language of the table, in the two orders that languages have."""
    assert [
        (language, word)
        for language, kind, word in entries()
        if kind in {Kind.NAME, Kind.CODE}
        and extract(form.format(word.removesuffix("*"))).code not in {"4821", "482193"}
    ] == []


def test_no_label_and_no_other_code_gives_its_number_away() -> None:
    """What the table lists as an order, a phone or a coupon is never taken for a code."""
    assert [
        (language, word)
        for language, kind, word in entries()
        if kind in {Kind.LABEL, Kind.OTHER} and extract(f"{word.removesuffix('*')} 482193").code
    ] == []


@pytest.mark.parametrize("text", ["CÓDIGO DE VERIFICACIÓN", "codigo de verificacion"])
def test_accents_and_capitals_do_not_matter(text: str) -> None:
    """Many SMS are sent without accents, to fit into fewer parts."""
    assert kinds(text) == [Kind.NAME]


@pytest.mark.parametrize("text", ["log in code", "log-in code", "login code", "logincode"])
def test_spaces_and_hyphens_inside_a_word_do_not_matter(text: str) -> None:
    """One entry stands for all the ways to write a compound."""
    assert kinds(text) == [Kind.NAME]


def test_a_space_counts_only_where_the_entry_has_one() -> None:
    """Italian "per continuare" in the table must not make Hungarian "perc" of "per c…"."""
    assert kinds("per continuare") == [Kind.PURPOSE]
    assert Kind.UNIT not in kinds("per completare")
    assert kinds("perc") == [Kind.UNIT]


@pytest.mark.parametrize("text", ["barcode", "unicode", "decoder", "versionCode"])
def test_a_keyword_inside_another_word_is_none(text: str) -> None:
    """Words are bounded: "code" is not found in "decoder"."""
    assert not {Kind.NAME, Kind.CODE} & set(kinds(text))


def test_a_word_touches_digits_and_other_scripts() -> None:
    """Both "OTP123456" and "您的OTP是" hold the keyword."""
    assert kinds("OTP123456") == [Kind.NAME]
    assert Kind.NAME in kinds("您的OTP是")


def test_scripts_without_spaces_are_searched_inside_their_sentences() -> None:
    """Thai, Chinese, Japanese and Korean write no spaces between words."""
    for text in ("กรุณาใช้รหัสยืนยันนี้", "您的验证码是", "お客様の認証コードは", "본인확인인증번호는"):
        assert Kind.NAME in kinds(text)


def test_a_stem_stands_for_its_endings() -> None:
    """Inflected languages are listed by their stems."""
    assert kinds("подтверждения") == kinds("подтвердить") == [Kind.PURPOSE]


def test_the_longest_word_wins() -> None:
    """A "code promo" is a coupon, although "code" alone is a code."""
    assert kinds("code promo") == [Kind.OTHER]
