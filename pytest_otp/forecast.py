"""``--otp-forecast --collect-only``: what the collected tests would cost, at most, by tag.

Providers are asked once per service and country, and nothing is bought. A test counts as one
phone: how often a test calls ``otp_lease`` is known only when it runs.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from pytest_otp.connections import Connections
from pytest_otp.core.budget import Rates
from pytest_otp.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_otp.markers import LeaseOptions
    from pytest_otp.models import Money
    from pytest_otp.settings import Settings


def forecast(
    settings: Settings, sandbox_url: str | None, tests: Sequence[LeaseOptions]
) -> list[str]:
    """The lines to print.

    Args:
        settings: of the run.
        sandbox_url: of the sandbox that is asked; None when live.
        tests: what each collected test would lease with.
    """
    connections = Connections(settings.environment, live=settings.live)
    try:
        return list(_lines(_Prices(settings, sandbox_url, connections), tests))
    finally:
        connections.close()


class _Prices:
    """Asks each provider once per service and country."""

    def __init__(
        self, settings: Settings, sandbox_url: str | None, connections: Connections
    ) -> None:
        self._settings = settings
        self._sandbox_url = sandbox_url
        self._connections = connections
        self._rates = Rates(settings.rates)
        self._offered = cache(self._ask)

    def of(self, options: LeaseOptions) -> Sequence[Money]:
        """The most that a phone may cost: the dearest offer of all fallbacks within ``max_price``.

        One for each currency in which providers name a price and the budget's rates do not tell.
        """
        service = options.service or "any"
        dearest: dict[str, Money] = {}
        for provider in options.providers:
            for country in options.countries:
                for offered in self._offered(provider, service, country):
                    if self._allowed(offered, options.max_price):
                        price = self._in_budget(offered)
                        known = dearest.get(price.currency, price)
                        dearest[price.currency] = max(known, price)
        return list(dearest.values())

    def _allowed(self, price: Money, limit: Money | None) -> bool:
        if limit is None:
            return True
        compared = self._rates.convert(price, limit.currency)
        return compared is not None and compared <= limit

    def _in_budget(self, price: Money) -> Money:
        budget = self._settings.budget
        return (budget and self._rates.convert(price, budget.currency)) or price

    def _ask(self, name: str, service: str, country: str) -> Sequence[Money]:
        provider, _ = self._connections.provider(name, self._sandbox_url, "forecast")
        try:
            offers = self._connections.reader().run(provider.offers(service, country))
        except ProviderError:
            return []
        return [offer.price for offer in offers if offer.price]


def _lines(prices: _Prices, tests: Sequence[LeaseOptions]) -> Iterator[str]:
    totals: dict[tuple[str, str], Money] = {}
    counts: dict[str, int] = defaultdict(int)
    unknown = mixed = 0
    for options in tests:
        most = prices.of(options)
        unknown += not most
        mixed += len(most) > 1
        for group in ("in all", *(f"tag {tag}" for tag in options.tags)):
            counts[group] += 1
            if len(most) == 1:
                key = group, most[0].currency
                totals[key] = totals[key] + most[0] if key in totals else most[0]
    for group, count in counts.items():
        sums = ", ".join(str(total) for (name, _), total in totals.items() if name == group)
        yield f"{group}: {_phones(count)}" + (f", at most {sums}" if sums else "")
    if unknown:
        yield f"for {_phones(unknown)} no price is known before the purchase"
    if mixed:
        yield (
            f"for {_phones(mixed)} prices are in several currencies, which otp_budget and "
            "otp_rates would make one sum"
        )


def _phones(count: int) -> str:
    return "1 phone" if count == 1 else f"{count} phones"
