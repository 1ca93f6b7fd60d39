"""The frozen values that every part of the kit passes around.

No behaviour beyond what a value can answer about itself. Moments are aware UTC datetimes;
durations are seconds and say so in their name; money is never a float.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import TYPE_CHECKING, Final, Literal, Self

from pytest_otp.iso import CURRENCIES
from pytest_otp.redact import mask_message

if TYPE_CHECKING:
    from datetime import datetime

# The arithmetic of all money, which raises where it would round. The thread's context will not
# do, for the application under test may have changed it. The bounds keep "1e999999999" from
# filling the memory.
EXACT: Final = Context(
    prec=100, Emin=-60, Emax=20, traps=[InvalidOperation, Inexact, Overflow, Subnormal]
)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency.

    Args:
        amount: a finite Decimal; a float is refused, for it is not the price that was printed.
        currency: ISO 4217 alphabetic code.

    Raises:
        TypeError: the amount is no Decimal.
        ValueError: the amount is not finite or beyond all reason, or the currency is not in
            ISO 4217.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"money needs a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError(f"money needs a finite amount, not {self.amount}")
        try:
            EXACT.plus(self.amount)
        except ArithmeticError:
            raise ValueError(f"{self.amount:.6g} is more, or finer, than any money is") from None
        if self.currency not in CURRENCIES:
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"2.00 USD"``.

        Raises:
            ValueError: the text is not an amount, a space and an ISO 4217 currency.
        """
        amount, _, currency = text.strip().partition(" ")
        try:
            # Decimal reads more than is money: "1_0" is a slip, not ten.
            plain = amount if amount.isascii() and "_" not in amount else ""
            return cls(Decimal(plain), currency.strip().upper())
        except (InvalidOperation, ValueError):
            raise ValueError(
                f"{text!r} is not money; write an amount and an ISO 4217 currency, as in '2.00 USD'"
            ) from None

    def __str__(self) -> str:
        digits = CURRENCIES[self.currency]
        plain = EXACT.normalize(self.amount)
        exponent = plain.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > digits:
            return f"{plain:f} {self.currency}"
        return f"{self.amount:.{digits}f} {self.currency}"

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} are of different currencies")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider would sell now.

    Attributes:
        provider: the provider's id, as in ``--otp-provider``.
        service: service slug in the kit's spelling.
        country: ISO 3166-1 alpha-2.
        price: None where the provider names no price before the purchase.
        stock: None where the provider does not count.
        product: the provider's own name for the offer, where buying needs one.
        reuse: a number is wanted that can be used again for a while.
    """

    provider: str
    service: str
    country: str
    price: Money | None
    stock: int | None = None
    product: str | None = None
    reuse: bool = False


@dataclass(frozen=True, slots=True)
class Activation:
    """A purchase as the provider confirmed it.

    Attributes:
        id: the provider's id of the purchase.
        number: E.164.
        price: what was charged, where the provider says so.
        expires_at: end of the window in which messages arrive, where the provider says so.
        cancel_not_before: before this moment the provider refuses a cancel.
    """

    id: str
    number: str = field(repr=False)
    price: Money | None = None
    expires_at: datetime | None = None
    cancel_not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS as it arrived.

    Attributes:
        id: identifies the message among those of its lease; never empty.
        text: as received: hostile input, escape it before showing it. Empty where the
            provider hands out only the code.
        code: the code as the provider extracted it, if it does.
        sender: as received: hostile input too.
        received_at: when the provider got it, if it says so.
    """

    id: str
    text: str
    code: str | None = None
    sender: str | None = None
    received_at: datetime | None = None

    def __repr__(self) -> str:
        """Masked: assertions and ``--showlocals`` print it."""
        return f"<Message {self.id} {mask_message(self.text or self.code or '')!r}>"


Ending = Literal["cancelled", "expired", "finished"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a provider says of an activation at one moment.

    Attributes:
        messages: every message so far, oldest first.
        ended: why no further message can come; None while one can.
        refunded: whether the money came back, where the provider shows it.
    """

    messages: tuple[Message, ...] = ()
    ended: Ending | None = None
    refunded: bool | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's money: what can be spent, and what is held for open purchases."""

    available: Money
    held: Money | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` requests in any ``window_s`` seconds."""

    limit: int
    window_s: float

    @property
    def spacing_s(self) -> float:
        """Seconds between two requests that come evenly, and nearly as often as allowed.

        One fewer fits the window than is allowed: a request may take longer on its way than the
        next one, and the provider counts when they arrive.
        """
        return self.window_s / max(1, self.limit - 1)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do. The lifecycle asks these and never a provider's name.

    Attributes:
        cancels: a purchase can be given back for a refund.
        forfeits: a cancel is granted after a message too, and then nothing is refunded.
        cancel_hold_s: seconds after the purchase in which a cancel is refused, where the answers
            to purchases and cancels do not say until when.
        idempotent: a purchase may be repeated under the same key without a second charge.
        lists_purchases: the purchase that a key made can be looked up.
        prices_first: the price is known before the purchase.
        resends: another message can be asked for on the same purchase.
        reuses: a number can be asked for that can be used again for a while.
        long_poll_s: longest wait that one read may ask for; 0 where reads answer at once.
        read_interval_s: least seconds between two reads of one purchase that the document asks
            for; 0 where it asks for none.
        read_rate: limit of the reads of all purchases of an account together; None for none.
    """

    cancels: bool = True
    forfeits: bool = False
    cancel_hold_s: float = 0.0
    idempotent: bool = False
    lists_purchases: bool = False
    prices_first: bool = True
    resends: bool = False
    reuses: bool = False
    long_poll_s: float = 0.0
    read_interval_s: float = 5.0
    read_rate: Rate | None = None
