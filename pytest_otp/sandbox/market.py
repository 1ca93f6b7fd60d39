"""On which terms a dialect sells at the moment, and how a test changes them.

A change is a rule that says where it applies and what it sets; where several fit, the youngest
decides. Rules can name an account, so tests that share a sandbox need not disturb each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_otp.models import Money
from pytest_otp.sandbox.catalogue import price_usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.numbers import NumberPool

STARTING_BALANCE_USD: Final = Decimal(1000)


class Wish(NamedTuple):
    """What a buyer asks for.

    Attributes:
        service: a slug of the catalogue.
        country: a code of the catalogue.
        product: which of the dialect's products for this service and country.
        reuse: keep the number after its first message, as long as the dialect says.
    """

    service: str
    country: str
    product: int = 0
    reuse: bool = False


class Offer(NamedTuple):
    """What an account could buy now."""

    wish: Wish
    price: Money
    stock: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the world must know of a provider.

    Attributes:
        name: as in ``--otp-provider``.
        currency: ISO 4217, of its wallets and prices.
        per_usd: units of that currency for one US dollar.
        step: every price is a multiple of it.
        products: price factors of the products that it sells for one service and country.
        lifetime_s: how long a number waits for a message.
        cancel_hold_s: how long after the purchase a cancel is refused.
        reuse_s: how long a number bought for reuse stays after its first message.
    """

    name: str
    currency: str = "USD"
    per_usd: Decimal = Decimal(1)
    step: Decimal = Decimal("0.01")
    products: tuple[Decimal, ...] = (Decimal(1),)
    lifetime_s: float = 20 * 60
    cancel_hold_s: float = 0
    reuse_s: float = 0

    def money(self, usd: Decimal) -> Money:
        """An amount of US dollars in this dialect's currency, rounded to a price."""
        return Money((usd * self.per_usd).quantize(self.step), self.currency)


@dataclass(slots=True)
class Rule:
    """A change of terms; None on the left fits everything, None on the right changes nothing.

    Attributes:
        stock: numbers left under this rule; each purchase takes one.
    """

    dialect: str | None = None
    account: str | None = None
    service: str | None = None
    country: str | None = None
    product: int | None = None
    stock: int | None = None
    price: Money | None = None
    cancel_hold_s: float | None = None

    def fits(self, account: Account, wish: Wish) -> bool:
        """Whether it applies to a purchase of this kind."""
        return (
            self.dialect in {None, account.dialect.name}
            and self.account in {None, account.key}
            and self.service in {None, wish.service}
            and self.country in {None, wish.country}
            and self.product in {None, wish.product}
        )


class Market:
    """Prices, stock and holds as they are now."""

    def __init__(self, numbers: NumberPool) -> None:
        self._numbers = numbers
        self.rules: list[Rule] = []

    def clear(self, account: str | None = None) -> None:
        """Forget every rule, or those of one account."""
        self.rules = [rule for rule in self.rules if account not in {None, rule.account}]

    def price(self, account: Account, wish: Wish) -> Money:
        """What a number costs this account. A rule in another currency does not apply to it."""
        for rule in self._fitting(account, wish):
            if rule.price and rule.price.currency == account.wallet.currency:
                return rule.price
        dialect = account.dialect
        return dialect.money(price_usd(wish.service, wish.country) * dialect.products[wish.product])

    def stock(self, account: Account, wish: Wish) -> int:
        """How many numbers this account could buy."""
        free = self._numbers.free(wish.country)
        rule = self._stock_rule(account, wish)
        return free if rule is None or rule.stock is None else min(free, rule.stock)

    def take(self, account: Account, wish: Wish) -> None:
        """Count one purchase."""
        rule = self._stock_rule(account, wish)
        if rule is not None and rule.stock is not None:
            rule.stock -= 1

    def cancel_hold_s(self, account: Account, wish: Wish) -> float:
        """How long a cancel of a purchase made now will be refused."""
        for rule in self._fitting(account, wish):
            if rule.cancel_hold_s is not None:
                return rule.cancel_hold_s
        return account.dialect.cancel_hold_s

    def _stock_rule(self, account: Account, wish: Wish) -> Rule | None:
        fitting = self._fitting(account, wish)
        return next((rule for rule in fitting if rule.stock is not None), None)

    def _fitting(self, account: Account, wish: Wish) -> Iterator[Rule]:
        return (rule for rule in reversed(self.rules) if rule.fits(account, wish))
