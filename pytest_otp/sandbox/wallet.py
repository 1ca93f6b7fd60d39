"""An account's money, as books: three sums and every movement that made them.

Money moves in five ways and in no other. A purchase *holds* the price, then either *charges* it
(a message came) or *refunds* it (none did). So at every moment
deposits - withdrawals = available + held + charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from pytest_otp.models import Money
from pytest_otp.sandbox.refusals import InsufficientBalance

if TYPE_CHECKING:
    from datetime import datetime

MovementKind = Literal["deposit", "withdrawal", "hold", "charge", "refund"]

# What each kind does to (available, held, charged).
EFFECTS: Final[dict[MovementKind, tuple[int, int, int]]] = {
    "deposit": (+1, 0, 0),
    "withdrawal": (-1, 0, 0),
    "hold": (-1, +1, 0),
    "charge": (0, -1, +1),
    "refund": (+1, -1, 0),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the books. The amount is never negative; the kind says where it went.

    Attributes:
        activation: the id of the activation that it was for.
        purpose: what else it was for, such as ``rental``.
    """

    at: datetime
    kind: MovementKind
    amount: Money
    activation: int | None = None
    purpose: str | None = None


class Wallet:
    """One account's money in one currency.

    Attributes:
        available: can be spent.
        held: belongs to purchases that no message came for yet.
        charged: was paid for good.
        journal: every movement, oldest first.
    """

    def __init__(self, currency: str) -> None:
        self.available = Money(Decimal(0), currency)
        self.held = Money(Decimal(0), currency)
        self.charged = Money(Decimal(0), currency)
        self.journal: list[Movement] = []

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.available.currency

    def move(
        self,
        kind: MovementKind,
        amount: Money,
        *,
        at: datetime,
        activation: int | None = None,
        purpose: str | None = None,
    ) -> None:
        """Write one movement and its effect.

        Raises:
            InsufficientBalance: it would take more than is available.
        """
        to_available, to_held, to_charged = EFFECTS[kind]
        if to_available < 0 and self.available < amount:
            raise InsufficientBalance(f"{amount} is more than the {self.available} available")
        self.available = _apply(self.available, to_available, amount)
        self.held = _apply(self.held, to_held, amount)
        self.charged = _apply(self.charged, to_charged, amount)
        self.journal.append(Movement(at, kind, amount, activation, purpose))

    def spend(self, amount: Money, *, at: datetime, purpose: str) -> None:
        """Hold and charge at once.

        Raises:
            InsufficientBalance: it is more than is available.
        """
        self.move("hold", amount, at=at, purpose=purpose)
        self.move("charge", amount, at=at, purpose=purpose)

    def set_available(self, amount: Money, *, at: datetime) -> None:
        """Deposit or withdraw until this much is available."""
        if self.available < amount:
            self.move("deposit", amount - self.available, at=at)
        elif amount < self.available:
            self.move("withdrawal", self.available - amount, at=at)


def _apply(balance: Money, sign: int, amount: Money) -> Money:
    return balance + amount if sign > 0 else balance - amount if sign < 0 else balance
