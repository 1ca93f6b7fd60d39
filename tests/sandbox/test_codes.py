"""How a provider finds the code in a message."""

from __future__ import annotations

import pytest

from pytest_otp.sandbox.codes import code_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 482910", "482910"),
        ("G-123456 is your Google verification code.", "123456"),
        ("123-456 is your code", "123456"),
        ("Use 123 456 to sign in", "123456"),
        ("4821", "4821"),
        ("Code: 12345678.", "12345678"),
        ("Pay 123456789 now, code 4321", "4321"),
        ("No. 12: code 555123", "555123"),
    ],
)
def test_the_first_group_of_four_to_eight_digits_is_the_code(text: str, code: str) -> None:
    """Longer and shorter groups are none; a blank or dash in the middle of six is left out."""
    assert code_in(text) == code


@pytest.mark.parametrize("text", ["Welcome!", "Call 911", "Ref 1234567890", "Код ٤٨٢٩"])
def test_without_a_code_the_text_is_handed_out(text: str) -> None:
    """A provider gives what it has."""
    assert code_in(text) == text
