"""The sandbox's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pytest_otp.sandbox.clock import Clock, iso

START = datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def test_time_passes_by_ticks_and_by_advances() -> None:
    """The moment is the start, plus elapsed ticks, plus what was advanced."""
    ticks = iter([100.0, 107.5])
    clock = Clock(lambda: next(ticks), START)
    clock.advance(60)
    assert clock.now() == START + timedelta(seconds=67.5)


def test_the_real_clock_runs_in_utc() -> None:
    """By default it is the present, in UTC."""
    before = datetime.now(UTC)
    now = Clock().now()
    assert before <= now <= before + timedelta(seconds=60)
    assert now.tzinfo is UTC


def test_time_never_goes_back() -> None:
    """A negative advance is refused."""
    with pytest.raises(ValueError, match="only goes forward"):
        Clock().advance(-1)


def test_time_ends_before_the_calendar_does() -> None:
    """A clock that could not tell its moment any more would be the end of the sandbox."""
    clock = Clock(lambda: 0.0, START)
    with pytest.raises(ValueError, match="a thousand years at most"):
        clock.advance(1e300)
    assert clock.now() == START


def test_moments_are_written_in_utc_with_microseconds() -> None:
    """ISO 8601 with Z, whatever the zone and however round the second."""
    assert iso(START) == "2030-01-02T03:04:05.000678Z"
    paris = timezone(timedelta(hours=1))
    assert iso(datetime(2030, 1, 2, 4, tzinfo=paris)) == "2030-01-02T03:00:00.000000Z"
