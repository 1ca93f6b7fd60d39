"""When to ask a provider next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_otp.models import Capabilities


def next_at(capabilities: Capabilities, asked_at: float) -> float:
    """The moment of the next read of a lease that was read at ``asked_at``; epoch seconds."""
    return asked_at + capabilities.poll_interval_s
