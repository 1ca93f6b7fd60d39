"""The code of a message, from the text and from what the provider says."""

from __future__ import annotations

import re

import pytest

from pytest_otp.core.messages import code_of
from pytest_otp.models import Message


@pytest.mark.parametrize(
    ("text", "code", "pattern", "found"),
    [
        ("", "123456", None, "123456"),
        ("Your code is 123-456", "123456", None, "123456"),
        ("Order 99887: your code is 123456", "99887", None, "99887"),
        ("Your code is 123456", "654321", None, "123456"),
        ("Welcome to the shop", "654321", None, None),
        ("", "G-123456", r"\d+", "123456"),
        ("", "123456", "X", None),
        ("ref X9 then 4711", "4711", r"ref (\S+)", "X9"),
        ("", None, None, None),
        # A part of a number is not the code.
        ("Your code is 482913", "4829", None, "482913"),
        ("Your code is 482913", "2913", None, "482913"),
        ("Your code is AB12CD", "12CD", None, "AB12CD"),
        ("PIN482913", "482913", None, "482913"),
        ("验证码482913。", "482913", None, "482913"),
        ("验证码A1B2C3。", "A1B2C3", None, "A1B2C3"),
        ("G-482913 is your code", "482913", None, "482913"),
        ("Your code is 123-456", "123-456", None, "123456"),
        ("Your code is 123456", "-", None, "123456"),
        # Providers that hand out no text put all of it there when they find no code.
        ("", "Welcome to the shop", None, None),
        ("", "Hello", None, None),
        ("", "Call us at 5551234567", None, None),
        ("", "Your code is X9-K2", r"is (\S+)", "X9-K2"),
        ("", "123-456", None, "123456"),
        ("", "12345678901", None, "12345678901"),
        ("", "a1b2c3", None, "a1b2c3"),
        ("", "QWRTZP", None, "QWRTZP"),
    ],
)
def test_code_of(text: str, code: str | None, pattern: str | None, found: str | None) -> None:
    """The provider's own code, if the text has it; a pattern reads a code without a text."""
    message = Message("m", text, code)
    assert code_of(message, re.compile(pattern) if pattern else None).code == found


def test_looking_for_the_provider_s_code_takes_linear_time() -> None:
    """A megabyte of separators and beginnings of the code, each looked at once."""
    text = ("1" + " " * 50) * 20_000
    assert code_of(Message("m", text, "112")).code is None
