"""May this be bought: what a purchase would claim of each budget.

Here is the arithmetic; the ledger takes the claims and the intent in one transaction, so that a
limit holds across threads, workers and machines. Budgets fail closed: a currency without a rate
and a price that nobody named are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal
from typing import TYPE_CHECKING, Final

from pytest_otp.errors import BudgetExceeded
from pytest_otp.models import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Finer than any price; what is converted is rounded up to it, never in the spender's favour.
_GRAIN: Final = Decimal("0.000001")
_UPWARDS: Final = Context(prec=50, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit and what it is for.

    Attributes:
        key: tells it apart in a ledger that many runs share.
        name: as users call it.
    """

    key: str
    name: str
    limit: Money


def day_key(at: float) -> str:
    """The key of the budget of the UTC day in which a moment lies."""
    return f"day:{datetime.fromtimestamp(at, UTC).date()}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one lease holds of a budget, in the budget's currency."""

    budget: Budget
    amount: Money

    def refusal(self, used: Money) -> BudgetExceeded:
        """The error for a claim that does not fit beside what is spent and reserved."""
        return BudgetExceeded(
            f"budget {self.budget.name}: {self.amount} asked, {used} of {self.budget.limit} spent "
            "or reserved; nothing was bought. Raise the budget, or lease fewer numbers"
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of a currency is worth in another, as ``otp_rates`` says."""

    of: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def convert(self, money: Money, currency: str) -> Money | None:
        """The amount in another currency, rounded up; None where no rate is known."""
        if money.currency == currency:
            return money
        if rate := self.of.get((money.currency, currency)):
            amount = _UPWARDS.multiply(money.amount, rate)
        elif rate := self.of.get((currency, money.currency)):
            amount = _UPWARDS.divide(money.amount, rate)
        else:
            return None
        return Money(amount.quantize(_GRAIN, context=_UPWARDS), currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every limit of a run.

    Attributes:
        scope: id of the run; the budgets of two runs do not mix, but for the day's.
        run: limit of the whole run.
        test: limit of one test, all its reruns together.
        day: limit of a UTC day, for all that shares the ledger.
        tags: limit of each tag in the run.
        unpriced: a number may be bought whose price is told only afterwards.
    """

    scope: str = ""
    run: Money | None = None
    test: Money | None = None
    day: Money | None = None
    tags: Mapping[str, Money] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    unpriced: bool = False

    def budgets(self, test: str, tags: tuple[str, ...], now: float) -> Iterator[Budget]:
        """The budgets that a lease of this test counts against, at this moment."""
        if self.run:
            yield Budget(f"run:{self.scope}", "of the run", self.run)
        if self.test:
            yield Budget(f"test:{self.scope}:{test}", f"of the test {test}", self.test)
        if self.day:
            key = day_key(now)
            yield Budget(key, f"of the day {key.removeprefix('day:')}", self.day)
        for tag in tags:
            if tag in self.tags:
                yield Budget(f"tag:{self.scope}:{tag}", f"of the tag {tag}", self.tags[tag])

    def claims(
        self, price: Money | None, test: str, tags: tuple[str, ...], now: float
    ) -> tuple[Claim, ...]:
        """What a purchase at this price claims.

        Args:
            price: the offer's; None where nobody named one.
            test: node id.
            tags: of the test.
            now: seconds since the epoch; the day counts.

        Raises:
            BudgetExceeded: a budget applies and the claim on it cannot be computed.
        """
        return tuple(self._claim(budget, price) for budget in self.budgets(test, tags, now))

    def _claim(self, budget: Budget, price: Money | None) -> Claim:
        currency = budget.limit.currency
        if price is None:
            if self.unpriced:
                return Claim(budget, Money(Decimal(0), currency))
            raise BudgetExceeded(
                f"budget {budget.name}: the provider names no price before the purchase, so it "
                "cannot be reserved; nothing was bought. otp_unpriced = allow permits it"
            )
        amount = self.rates.convert(price, currency)
        if amount is None:
            raise BudgetExceeded(
                f"budget {budget.name} is in {currency} and the price is {price}; nothing was "
                f"bought. Name the rate in otp_rates, as in '{currency}:{price.currency} = 1.25'"
            )
        return Claim(budget, amount)
