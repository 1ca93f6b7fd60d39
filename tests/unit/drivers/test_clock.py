"""The time that flows are told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_otp.drivers.clock import Clock

if TYPE_CHECKING:
    import pytest


def test_it_is_the_time_of_day() -> None:
    """A provider's ``expires_at`` can be compared with it."""
    before = time.time()
    now = Clock().now()
    assert before - 1 < now < time.time() + 1


def test_setting_the_machines_clock_moves_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the monotonic clock moves it."""
    clocks = {time.CLOCK_REALTIME: 1_700_000_000.0, time.CLOCK_MONOTONIC: 50.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    clock = Clock()
    clocks[time.CLOCK_REALTIME] = 0.0
    assert clock.now() == 1_700_000_000.0
    clocks[time.CLOCK_MONOTONIC] = 57.5
    assert clock.now() == 1_700_000_007.5
