"""What the control API shows, as values: messages, activations, wallets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pytest_otp.models import Money


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """An SMS that arrived in the sandbox, for whomever.

    Attributes:
        to: E.164.
        via: the gateway, or ``control``.
        activation: id of the activation that held the number; None if nobody did.
        rental: id of the rental that held it; None if nobody did.
    """

    id: str
    to: str
    sender: str
    text: str
    via: str
    received_at: datetime
    activation: int | None
    rental: int | None

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        """From the control API's JSON."""
        holder, rental = shown["activation"], shown["rental"]
        return cls(
            id=shown["id"],
            to=shown["to"],
            sender=shown["from"],
            text=shown["text"],
            via=shown["via"],
            received_at=datetime.fromisoformat(shown["received_at"]),
            activation=holder["id"] if holder else None,
            rental=rental["id"] if rental else None,
        )


@dataclass(frozen=True, slots=True)
class SandboxActivation:
    """A number that the sandbox sold.

    Attributes:
        account: the key that bought it.
        state: pending, received, cancelled, expired or finished.
        messages: how many arrived.
    """

    id: int
    dialect: str
    account: str
    state: str
    service: str
    country: str
    number: str
    price: Money
    refunded: bool
    idempotency_key: str | None
    created_at: datetime
    messages: int

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        """From the control API's JSON."""
        return cls(
            **{
                **shown,
                "price": Money.parse(shown["price"]),
                "created_at": datetime.fromisoformat(shown["created_at"]),
            }
        )


@dataclass(frozen=True, slots=True)
class SandboxRental:
    """A number that the sandbox rents out.

    Attributes:
        account: the key that rented it.
        active: it still holds its number.
        months: paid so far.
        messages: how many arrived.
    """

    id: int
    dialect: str
    account: str
    active: bool
    country: str
    number: str
    months: int
    auto_renew: bool
    created_at: datetime
    expires_at: datetime
    messages: int

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        """From the control API's JSON."""
        moments = {
            name: datetime.fromisoformat(shown[name]) for name in ("created_at", "expires_at")
        }
        return cls(**{**shown, **moments})


@dataclass(frozen=True, slots=True)
class SandboxMovement:
    """A line of a wallet's books.

    Attributes:
        kind: deposit, withdrawal, hold, charge or refund.
        activation: id of the activation that it was for.
        purpose: what else it was for, such as ``rental``.
    """

    at: datetime
    kind: str
    amount: Money
    activation: int | None
    purpose: str | None

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        """From the control API's JSON."""
        return cls(
            at=datetime.fromisoformat(shown["at"]),
            kind=shown["kind"],
            amount=Money.parse(shown["amount"]),
            activation=shown["activation"],
            purpose=shown["purpose"],
        )


@dataclass(frozen=True, slots=True)
class SandboxWallet:
    """The truth about an account's money.

    Attributes:
        account: the key that opened it.
        charged: paid for good.
        journal: every movement; deposits - withdrawals = available + held + charged.
    """

    dialect: str
    account: str
    available: Money
    held: Money
    charged: Money
    journal: tuple[SandboxMovement, ...]

    @classmethod
    def read(cls, shown: dict[str, Any]) -> Self:
        """From the control API's JSON."""
        return cls(
            dialect=shown["dialect"],
            account=shown["account"],
            available=Money.parse(shown["available"]),
            held=Money.parse(shown["held"]),
            charged=Money.parse(shown["charged"]),
            journal=tuple(map(SandboxMovement.read, shown["journal"])),
        )
