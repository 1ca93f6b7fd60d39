"""One event of every kind, for tests that play lives of leases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pytest_otp.core import states
from pytest_otp.models import Activation, Money

if TYPE_CHECKING:
    from pytest_otp.core.states import Event

ASKED = Money.parse("0.10 USD")
WHEN = datetime(2030, 1, 1, tzinfo=UTC)


def intended(lease_id: str = "lease-1", *, asked: Money | None = ASKED) -> states.Intended:
    """The first event of every life."""
    return states.Intended(
        lease_id=lease_id,
        provider="sandbox",
        base_url="http://127.0.0.1:1/sandbox",
        service="any",
        country="US",
        idempotency_key=lease_id,
        asked=asked,
        test="test_a.py::test_b",
        tags=("signup", "nightly"),
    )


def bought(lease_id: str = "lease-1", *, price: Money | None = None) -> states.NumberBought:
    """The purchase as the provider confirmed it."""
    activation = Activation(id="act-1", number="+12025550123", price=price, expires_at=WHEN)
    return states.NumberBought(lease_id=lease_id, activation=activation)


def event(kind: type[Event], lease_id: str = "lease-1") -> Event:
    """An event of this kind.

    Raises:
        KeyError: none is made here.
    """
    one_of_each: tuple[Event, ...] = (
        intended(lease_id),
        bought(lease_id),
        states.AnswerLost(lease_id=lease_id, reason="no answer"),
        states.PurchaseFailed(lease_id=lease_id, reason="no stock"),
        states.MessageArrived(lease_id=lease_id, message_id="m1", received_at=WHEN),
        states.CancelDeferred(lease_id=lease_id, reason="too early", not_before=WHEN),
        states.Refunded(lease_id=lease_id),
        states.Spent(lease_id=lease_id),
        states.Expired(lease_id=lease_id),
        states.WrittenOff(lease_id=lease_id, reason="unknown"),
    )
    return {type(each): each for each in one_of_each}[kind]
