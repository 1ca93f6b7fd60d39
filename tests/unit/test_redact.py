"""What may be seen of a number, a code and a message."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_otp.redact import mask_code, mask_ledger, mask_message, mask_number, mask_text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12025554321", "+1•••••••4321"),
        ("+442079460000", "+4•••••••0000"),
        ("+2901234", "+2•••••••1234"),
        ("+290123", "+2•••••••"),
    ],
)
def test_number_shows_its_last_four_digits(number: str, shown: str) -> None:
    """Enough to tell two leases apart; a short number shows less, no number its length."""
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [("123421", "••••21"), ("1234", "••34"), ("123", "•••"), ("", ""), ("X9-K7", "•••K7")],
)
def test_code_shows_its_last_two_characters(code: str, shown: str) -> None:
    """And a code of three characters or fewer shows none."""
    assert mask_code(code) == shown


def test_text_shows_no_digit_of_any_script() -> None:
    """A code may be written in Arabic-Indic or full-width digits too."""
    assert mask_text("Code 123 ٤٥٦ \uff17\uff18\uff19") == "Code ••• ••• •••"


def test_long_text_is_cut() -> None:
    """One line of a report is enough for one message."""
    assert mask_text("x" * 80) == "x" * 80
    assert mask_text("x" * 81) == "x" * 80 + "…"
    assert mask_text("abcdef", limit=3) == "abc…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Code 123456", "Code ••••••"),
        ("Use A1B2C3 now", "Use •••••• now"),
        ("Your pass is QWRTZP.", "Your pass is ••••••."),
        ("G-412157 is it", "G-•••••• is it"),
        ("Your card was used", "Your card was used"),
    ],
)
def test_message_shows_no_code_of_any_kind(text: str, shown: str) -> None:
    """Codes of digits, of both, and of letters alone; the rest of the wording stays."""
    assert mask_message(text) == shown


@given(st.text())
def test_nothing_hostile_reaches_a_terminal(text: str) -> None:
    """No control, bidi, surrogate or line-breaking character, and no digit, is left."""
    shown = mask_text(text)
    categories = {unicodedata.category(character) for character in shown}
    assert categories.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp", "Nd"})
    assert len(shown) <= 81


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        (".pytest_otp/ledger.sqlite3", ".pytest_otp/ledger.sqlite3"),
        ("postgresql://db.example/otp", "postgresql://db.example/otp"),
        ("postgres://ci:s3cret@db.example:5433/otp", "postgres://db.example:5433/otp"),
        ("postgresql://ci:s3cret@[::1]:5433/otp", "postgresql://[::1]:5433/otp"),
        ("postgresql://ci:s3cret@a:1,b:2/otp?sslmode=require", "postgresql://a:1,b:2/otp"),
        ("postgresql:///otp?user=ci&password=s3cret", "postgresql:///otp"),
        ("postgresql://ci:s3cret@db.example", "postgresql://db.example"),
        ("postgresql://ci:s3@cret@db.example/otp", "postgresql://…"),
        ("postgresql://ci:s3/cret@db.example/otp", "postgresql://…"),
        ("postgresql://ci:12?s3cret@db.example/otp", "postgresql://…"),
        ("postgresql://ci:12#s3cret@db.example/otp", "postgresql://…"),
        ("postgresql://ci:s3cret", "postgresql://…"),
        ("mysql://ci:s3cret@db.example/otp", "mysql://…"),
    ],
)
def test_database_shows_host_and_name_only(where: str, shown: str) -> None:
    """No user, no password, no parameters; where the parts cannot be told apart, nothing."""
    assert mask_ledger(where) == shown


@given(st.text(min_size=6).filter(lambda text: not text.isascii()), st.text())
def test_password_never_shows(password: str, rest: str) -> None:
    """Whatever stands in a URL, quoted or not, its password does not reach the output."""
    assume(password not in rest)
    assert password not in mask_ledger(f"postgresql://ci:{password}@db.example/otp{rest}")
