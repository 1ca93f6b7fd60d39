"""Numbers held for months: paid when they are taken, kept to the end, renewed if so wished.

A rental is no activation: it belongs to no service, is never refunded, and takes any number of
messages. Its terms are in the market like any other, under the service `rental`.
"""

from __future__ import annotations

import calendar
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_otp.models import Money
from pytest_otp.sandbox.catalogue import COUNTRIES, RENTAL
from pytest_otp.sandbox.market import Offer, Wish
from pytest_otp.sandbox.refusals import InsufficientBalance, NotFound, OutOfStock, UnknownCountry

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.sandbox.activation import Account, Message
    from pytest_otp.sandbox.market import Market
    from pytest_otp.sandbox.numbers import NumberPool
    from pytest_otp.sandbox.timeline import Timeline


@dataclass(slots=True, eq=False)
class Rental:
    """A number held for months.

    Attributes:
        note: the customer's own words.
        expires_at: end of the time that is paid for.
        auto_renew: pay for another month then.
        active: it holds its number, and messages can come.
    """

    id: int
    account: Account
    country: str
    number: str
    months: int
    note: str | None
    created_at: datetime
    expires_at: datetime
    auto_renew: bool = False
    active: bool = True
    messages: list[Message] = field(default_factory=list)


class Rentals:
    """Every rental of a world.

    Args:
        timeline: where their ends stand.
        market: on which terms they are had.
        numbers: what they hold.

    Attributes:
        by_id: every one ever.
    """

    def __init__(self, timeline: Timeline, market: Market, numbers: NumberPool) -> None:
        self._timeline = timeline
        self._market = market
        self._numbers = numbers
        self.by_id: dict[int, Rental] = {}
        self._holders: dict[str, Rental] = {}
        self._ids = itertools.count(1)

    def offer(self, account: Account, country: str) -> Offer:
        """What a month costs this account, and how many numbers it could take."""
        wish = Wish(RENTAL, country)
        market = self._market
        return Offer(wish, market.price(account, wish), market.stock(account, wish))

    def rent(
        self, account: Account, country: str, *, months: int = 1, note: str | None = None
    ) -> Rental:
        """Take a number; all its months are charged at once.

        Raises:
            UnknownCountry: not in the catalogue.
            OutOfStock: no number is left.
            InsufficientBalance: the price is more than the wallet has available.
        """
        now = self._timeline.settle()
        if country not in COUNTRIES:
            raise UnknownCountry(f"no country {country!r}; there are {', '.join(COUNTRIES)}")
        offer = self.offer(account, country)
        if offer.stock < 1:
            raise OutOfStock(f"no number of {country} is left for rent")
        self._pay(account, offer.price, months, now)
        self._market.take(account, offer.wish)
        rental = Rental(
            id=next(self._ids),
            account=account,
            country=country,
            number=self._numbers.take(country),
            months=months,
            note=note,
            created_at=now,
            expires_at=months_later(now, months),
        )
        self.by_id[rental.id] = rental
        self._holders[rental.number] = rental
        self._plan_end(rental)
        return rental

    def rental(self, account: Account, rental_id: int) -> Rental:
        """One rental of this account.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        rental = self.by_id.get(rental_id)
        if rental is None or rental.account is not account:
            raise NotFound("this account has no such rental")
        return rental

    def of(self, account: Account) -> list[Rental]:
        """The account's rentals, past ones too, oldest first."""
        return [rental for rental in self.by_id.values() if rental.account is account]

    def holder(self, number: str) -> Rental | None:
        """Who rents the number now."""
        return self._holders.get(number)

    @staticmethod
    def _pay(account: Account, price: Money, months: int, at: datetime) -> None:
        account.wallet.spend(Money(price.amount * months, price.currency), at=at, purpose=RENTAL)

    def _plan_end(self, rental: Rental) -> None:
        self._timeline.plan(rental.expires_at, lambda at: self._run_out(rental, at))

    def _run_out(self, rental: Rental, at: datetime) -> None:
        if rental.auto_renew and self._renewed(rental, at):
            self._plan_end(rental)
            return
        rental.active = False
        del self._holders[rental.number]
        self._numbers.give_back(rental.country, rental.number)

    def _renewed(self, rental: Rental, at: datetime) -> bool:
        price = self.offer(rental.account, rental.country).price
        try:
            self._pay(rental.account, price, 1, at)
        except InsufficientBalance:
            return False
        rental.months += 1
        rental.expires_at = months_later(rental.created_at, rental.months)
        return True


def months_later(moment: datetime, months: int) -> datetime:
    """The same day so many months later; the month's last day where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    last_day = calendar.monthrange(year, month)[1]
    return moment.replace(year=year, month=month, day=min(moment.day, last_day))
