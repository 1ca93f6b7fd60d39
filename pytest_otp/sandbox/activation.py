"""The records of the world: accounts, activations and messages. No rules; those are the world's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.models import Money
    from pytest_otp.sandbox.market import Dialect, Wish
    from pytest_otp.sandbox.rentals import Rental
    from pytest_otp.sandbox.wallet import Wallet


class State(StrEnum):
    """Where an activation stands."""

    PENDING = "pending"
    RECEIVED = "received"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FINISHED = "finished"


@dataclass(slots=True, eq=False)
class Account:
    """A customer of one dialect's provider.

    Attributes:
        key: the key that opened the account, and its name in the control API.
        purchases: idempotency key -> what it was used for, and what it bought.
    """

    dialect: Dialect
    key: str
    wallet: Wallet
    purchases: dict[str, tuple[Wish, Activation]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Activation:
    """A number held for an account.

    Attributes:
        cancel_not_before: until then a cancel is refused; None where it never is.
        reuse_until: once a message came, the number stays until then instead of `expires_at`.
    """

    id: int
    account: Account
    service: str
    country: str
    number: str
    price: Money
    idempotency_key: str | None
    created_at: datetime
    expires_at: datetime
    cancel_not_before: datetime | None
    reuse_until: datetime | None
    state: State = State.PENDING
    refunded: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """It holds its number, and messages can come."""
        return self.state in {State.PENDING, State.RECEIVED}

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself."""
        if self.state is State.RECEIVED and self.reuse_until:
            return max(self.expires_at, self.reuse_until)
        return self.expires_at


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS that arrived.

    Attributes:
        via: the gateway that took it in.
        activation: who held the number then; None if nobody did.
        rental: who rented it then; None if nobody did.
    """

    id: int
    to: str
    sender: str
    text: str
    via: str
    sent_at: datetime
    received_at: datetime
    activation: Activation | None
    rental: Rental | None = None
