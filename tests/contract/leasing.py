"""What happens to leases, for tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_otp.core.budget import Budget, Claim
from pytest_otp.core.states import Intended, MessageArrived, NumberBought
from pytest_otp.models import Activation, Money

PRICE = Money.parse("1.00 USD")


def claim(key: str, limit: str, amount: Money = PRICE) -> Claim:
    """What a lease claims of a budget."""
    return Claim(Budget(key, f"of {key}", Money.parse(limit)), amount)


def intended(
    lease_id: str,
    *claims: Claim,
    asked: Money | None = PRICE,
    test: str = "test_a.py::test_b",
    tags: tuple[str, ...] = (),
    balance_before: Money | None = None,
    balance_at: float = 0.0,
) -> Intended:
    """We are about to buy."""
    return Intended(
        lease_id=lease_id,
        provider="sandbox",
        base_url="http://127.0.0.1:1/sandbox",
        service="any",
        country="US",
        idempotency_key=lease_id,
        asked=asked,
        test=test,
        tags=tags,
        claims=claims,
        balance_before=balance_before,
        balance_at=balance_at,
    )


def bought(
    lease_id: str,
    *,
    price: Money | None = PRICE,
    claims: tuple[Claim, ...] | None = None,
    expires_at: datetime | None = None,
) -> NumberBought:
    """The provider confirmed it."""
    activation = Activation(
        id=f"activation of {lease_id}", number="+12025550123", price=price, expires_at=expires_at
    )
    return NumberBought(lease_id=lease_id, activation=activation, claims=claims)


def moment(at: float) -> datetime:
    """Seconds since the epoch as the events have them."""
    return datetime.fromtimestamp(at, UTC)


def message(lease_id: str, received_at: float | None = None) -> MessageArrived:
    """An SMS arrived."""
    return MessageArrived(
        lease_id=lease_id,
        message_id="m",
        received_at=None if received_at is None else moment(received_at),
    )
