"""Two numbers that are meant to be one."""

from __future__ import annotations

import pytest

from pytest_otp.core.verdicts import mixed_up


@pytest.mark.parametrize(
    "other",
    ["+2025550123", "+112025550123", "+442025550123"],
)
def test_numbers_that_lost_or_doubled_their_country_are_recognised(other: str) -> None:
    """The national number read as an international one, and the country put before it twice."""
    assert mixed_up("+12025550123", other)


def test_a_kept_trunk_zero_is_recognised() -> None:
    """+44 07700 900123 is how a form that keeps the zero makes it."""
    assert mixed_up("+447700900123", "+4407700900123")


@pytest.mark.parametrize("other", ["+12025550123", "+12025550124", "+12125550123", "+123"])
def test_other_numbers_are_other_numbers(other: str) -> None:
    """Neighbours of a number, and the number itself, are no mix-up."""
    assert not mixed_up("+12025550123", other)
