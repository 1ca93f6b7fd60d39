"""How many requests an account may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pytest_otp.sandbox.limits import RateLimit

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def later(seconds: float) -> datetime:
    """So long after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def test_a_window_begins_with_its_first_request() -> None:
    """It allows so many requests until its end, and the next window begins with the next one."""
    limit = RateLimit(2, window_s=10)
    assert limit.count("a", NOW) == (True, 1, later(10))
    assert limit.count("a", later(9)) == (True, 0, later(10))
    assert limit.count("a", later(9.9)) == (False, 0, later(10))
    assert limit.count("a", later(25)) == (True, 1, later(35))


def test_a_window_ends_at_its_moment() -> None:
    """The request at the very moment of the reset is the first of a new window."""
    limit = RateLimit(1, window_s=10)
    limit.count("a", NOW)
    assert limit.count("a", later(10)).granted


def test_accounts_are_counted_apart() -> None:
    """One account's requests leave the other's alone."""
    limit = RateLimit(1, window_s=10)
    assert limit.count("a", NOW).granted
    assert limit.count("b", NOW).granted
    assert not limit.count("a", NOW).granted
