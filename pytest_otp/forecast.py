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

    def of(self, options: LeaseOptions) -> Money | None:
        """The most that a phone may cost: the dearest offer of all fallbacks within ``max_price``.

        None where no provider names a price.
        """
        service = options.service or "any"
        known: list[Money] = []
        for provider in options.providers:
            for country in options.countries:
                prices = self._offered(provider, service, country)
                known += [self._in_budget(p) for p in prices if self._allowed(p, options.max_price)]
        one = {price.currency for price in known}
        return max(known, key=lambda price: price.amount) if len(one) == 1 else None

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
    unknown = 0
    for options in tests:
        price = prices.of(options)
        unknown += price is None
        for group in ("in all", *(f"tag {tag}" for tag in options.tags)):
            counts[group] += 1
            if price is not None:
                key = group, price.currency
                totals[key] = totals[key] + price if key in totals else price
    for group, count in counts.items():
        sums = ", ".join(str(total) for (name, _), total in totals.items() if name == group)
        phones = "1 phone" if count == 1 else f"{count} phones"
        yield f"{group}: {phones}, at most {sums or 'nothing that a provider names'}"
    if unknown:
        yield f"{unknown} of them have no price that is known before the purchase"
