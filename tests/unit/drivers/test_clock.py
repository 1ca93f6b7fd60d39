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
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    monkeypatch.setattr(time, "monotonic", lambda: 50.0)
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.now() == 1_700_000_000.0
    monkeypatch.setattr(time, "monotonic", lambda: 57.5)
    assert clock.now() == 1_700_000_007.5
