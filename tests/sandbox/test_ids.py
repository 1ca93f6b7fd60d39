"""Ids as providers write them."""

from __future__ import annotations

import pytest

from pytest_otp.sandbox.ids import number_in


@pytest.mark.parametrize(("text", "prefix"), [("act-17", "act-"), ("ord_17", "ord_"), ("17", "")])
def test_the_number_stands_after_the_prefix(text: str, prefix: str) -> None:
    """With a prefix or without."""
    assert number_in(text, prefix) == 17


@pytest.mark.parametrize(
    "text", ["", "act-", "act-0", "act-017", "act_17", "17", "act-\u0661\u0667", "act-17 "]
)
def test_anything_else_names_nothing(text: str) -> None:
    """0 is the number of nothing."""
    assert number_in(text, "act-") == 0


def test_a_number_of_any_length_is_no_danger() -> None:
    """Digits beyond what Python would convert are no id either."""
    assert number_in("act-" + "9" * 10_000, "act-") == 0
