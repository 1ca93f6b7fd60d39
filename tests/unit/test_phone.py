"""How a phone judges messages; what it does with a lease is told in ``tests/plugin``."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from pytest_otp.errors import OtpError, SettingsError
from pytest_otp.models import Message
from pytest_otp.phone import _Judge

CODE = Message(id="m1", text="Your code is 123456")
GREETING = Message(id="m2", text="Welcome to the shop")


def test_message_is_read_once_a_wait() -> None:
    """However often the provider is polled, and for the code itself."""
    asked: list[str] = []

    def hook(message: Message, pattern: re.Pattern[str] | None) -> str | None:
        asked.append(message.id)
        return "7" if message is CODE else None

    judge = _Judge(None, hook)
    for _ in range(5):
        assert judge.refuse_code(GREETING)
        assert judge.refuse_code(CODE) is None
    assert judge.code(CODE) == "7"
    assert asked == ["m2", "m1"]


def test_judges_of_two_waits_share_nothing() -> None:
    """Another wait may have another pattern."""
    assert _Judge(None).code(CODE) == "123456"
    assert _Judge(r"is (\d\d)").code(CODE) == "12"
    assert _Judge(r"shop (\d+)").refuse_code(CODE)


@pytest.mark.parametrize("pattern", ["(", 12, b"x", re.compile(b"x")])
def test_pattern_that_is_none_is_refused_before_the_wait(pattern: object) -> None:
    """As a wrong setting."""
    with pytest.raises(SettingsError, match=r"^pattern.* regular expression"):
        _Judge(cast("Any", pattern))


def test_a_hook_that_returns_no_text_is_told_so() -> None:
    """Without what it returned, for that may be the code."""
    judge = _Judge(None, lambda _message, _pattern: cast("Any", 123456))
    with pytest.raises(OtpError, match="returned a value of type int; return the code as a text"):
        judge.refuse_code(CODE)
