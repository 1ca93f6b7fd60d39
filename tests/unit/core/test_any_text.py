# ruff: noqa: RUF001 - messages in all scripts are the subject here
"""Whatever the text, the extraction answers in time and makes nothing up."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.candidates import find_candidates, without_links
from pytest_otp.core.extraction import MAX_CHARACTERS, extract
from pytest_otp.core.keywords import find_marks
from pytest_otp.core.plaintext import plain
from pytest_otp.core.weighing import Message

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = st.sampled_from(
    "code|OTP| |\n|:|is|4711|482193|12-34-56|A1B2|order|USD|-|@a.example #12345|http://a.example/"
    "|5%|验证码|رمز|\u200b|\u0301|٤|１|min".split("|")
)
TEXTS = st.text() | st.lists(PIECES | st.text(max_size=3)).map("".join)


@given(TEXTS)
def test_any_text_gives_an_answer(text: str) -> None:
    """Nothing raises; a code comes with at least even confidence, no code with none."""
    found = extract(text)
    assert (found.code is None) == (found.confidence == 0.0)
    assert found.code is None or 0.5 <= found.confidence <= 1.0
    assert found.reason.endswith(".")


@given(TEXTS)
def test_the_code_stands_in_the_text(text: str) -> None:
    """Nothing is made up: without separators, the code is a piece of the message."""
    code = extract(text).code
    assert code is None or re.sub(r"[ _.\-]", "", code) in re.sub(r"[ _.\-]", "", plain(text))


@given(TEXTS)
def test_the_reason_never_repeats_the_code(text: str) -> None:
    """Reasons are logged and codes must not be."""
    found = extract(text)
    assert found.code is None or found.code not in found.reason


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    """No SMS is that long, so hostile texts cost no more than the limit."""
    text = " " * MAX_CHARACTERS
    assert extract(f"{text}Your code is 123456").code is None
    assert extract(f"{text}Your code is 123456", pattern=r"\d+").code is None


HOSTILE = [
    *(
        "1",
        "123 ",
        "12-",
        "1 ",
        "1.1",
        " ",
        "\n",
        "code ",
        "a ",
        "a",
        "验",
        "a\u0301\u0323",
        "([{<",
    ),
    *("a.b.", "a@", "*1x", "+1 (2) ", "5% $5 ", "verification code 123456 "),
    "one time pass one time ",
    *("#", "*", ".", "x", ",12", " 123", ".123", "1:", "A B ", "7%", "code. 4711 "),
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize(
    "step",
    [plain, without_links, find_marks, find_candidates, lambda text: Message(text).weigh()],
    ids=["plain", "without_links", "find_marks", "find_candidates", "weigh"],
)
def test_each_step_is_linear(step: Callable[[str], object], piece: str) -> None:
    """Eight times the text costs about eight times the work; quadratic work would be 64 times."""
    small, large = (piece * (size // len(piece)) for size in (1_000, 8_000))
    step(large)
    assert _least_seconds(step, large) < 30 * _least_seconds(step, small) + 1e-3


def _least_seconds(step: Callable[[str], object], text: str) -> float:
    def seconds() -> float:
        started = time.process_time()
        step(text)
        return time.process_time() - started

    return min(seconds() for _ in range(5))
