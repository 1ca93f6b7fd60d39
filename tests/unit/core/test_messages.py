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
    ],
)
def test_code_of(text: str, code: str | None, pattern: str | None, found: str | None) -> None:
    """The provider's own code, if the text has it; a pattern reads a code without a text."""
    message = Message("m", text, code)
    assert code_of(message, re.compile(pattern) if pattern else None).code == found
