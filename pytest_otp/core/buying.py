"""Acquire a lease: product by product, then country by country, then provider by provider.

The intent is recorded before the purchase leaves, so that a crash at any instant leaves a row to
recover from. What is out of stock, too dear or out of order makes way for the next; no money, a
bad key, a budget and a purchase whose answer was lost stop everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pytest_otp.core.effects import Pause
from pytest_otp.core.lease import Lease
from pytest_otp.core.states import AnswerLost, Intended, NumberBought, PurchaseFailed
from pytest_otp.errors import (
    BudgetExceeded,
    CredentialsRefused,
    InsufficientBalance,
    NotSupported,
    NumberUnavailable,
    OtpError,
    OutOfStock,
    ProviderRefused,
    ProviderUnavailable,
    PurchaseUnknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_otp.core.budget import Claim
    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Wish
    from pytest_otp.core.provider import Provider
    from pytest_otp.models import Money, Offer


def acquire(
    wish: Wish, providers: Sequence[Provider], new_id: Callable[[], str], leases: list[Lease]
) -> Flow[Lease]:
    """Buy a number.

    Args:
        wish: what the test asks for.
        providers: in the order in which to try them.
        new_id: makes a lease's id, which is its idempotency key too.
        leases: every lease that was begun is added here before its purchase leaves, so that the
            caller can close it even when this flow is interrupted.

    Raises:
        NumberUnavailable: nobody sells one as asked; the text lists each step.
        ProviderUnavailable: no provider answered.
        BudgetExceeded: no budget has room; nothing was bought.
        InsufficientBalance: the account has not enough money.
        PurchaseUnknown: the answer to the purchase was lost.
    """
    search = _Search(wish, new_id, leases)
    for provider in providers:
        for country in wish.countries:
            if wish.reuse and not provider.capabilities.reuses:
                search.pass_over(provider, country, "sells no numbers for reuse")
                continue
            lease = yield from search.buy_from(provider, country)
            if lease is not None:
                return lease
    raise search.failure()


@dataclass(slots=True)
class _Search:
    """The way to one number.

    Attributes:
        steps: what was tried and did not come to a purchase: provider, country, reason.
        outages: the steps that failed because the provider did.
    """

    wish: Wish
    new_id: Callable[[], str]
    leases: list[Lease]
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    outages: list[ProviderUnavailable] = field(default_factory=list)

    def buy_from(self, provider: Provider, country: str) -> Flow[Lease | None]:
        """Try each offer of a provider for a country."""
        try:
            offers = yield from provider.offers(self.wish.service, country)
        except ProviderUnavailable as outage:
            self._failed(provider, country, outage)
            return None
        except (CredentialsRefused, InsufficientBalance):
            raise
        except (NotSupported, ProviderRefused) as no:
            # It does not know the service or the country; the next one may.
            self.pass_over(provider, country, _why(no))
            return None
        if not offers:
            self.pass_over(provider, country, "nothing for sale")
        for offer in offers:
            refusal = _too_dear(offer, self.wish)
            if refusal is not None:
                self.pass_over(provider, country, refusal)
                continue
            wanted = replace(offer, reuse=self.wish.reuse)
            lease = Lease(id=self.new_id(), provider=provider, offer=wanted, unanswered=False)
            self.leases.append(lease)
            try:
                yield from _buy(lease, self.wish, tuple(self.lines()))
            except OutOfStock as none_left:
                self.pass_over(provider, country, _why(none_left))
            except ProviderUnavailable as outage:
                self._failed(provider, country, outage)
                return None
            else:
                return lease
        return None

    def pass_over(self, provider: Provider, country: str, reason: str) -> None:
        """Remember why there was no purchase."""
        self.steps.append((provider.name, country, reason))

    def _failed(self, provider: Provider, country: str, outage: ProviderUnavailable) -> None:
        self.pass_over(provider, country, outage.message)
        self.outages.append(outage)

    def failure(self) -> OtpError:
        """Why there is no number; the provider's own error where all of them were down."""
        if len(self.outages) == len(self.steps):
            return self.outages[-1]
        countries = ", ".join(self.wish.countries)
        failure = NumberUnavailable(
            f"no number for {self.wish.service} in {countries} was bought: "
            + "; ".join(self.lines())
        )
        failure.provider_fault = bool(self.outages)
        return failure

    def lines(self) -> Iterator[str]:
        """One line a provider: *smscode: US 3 products, all PRODUCT_UNAVAILABLE*."""
        for provider, of_provider in groupby(self.steps, key=lambda step: step[0]):
            by_country = groupby(of_provider, key=lambda step: step[1])
            parts = [
                f"{country} {_together([reason for _, _, reason in steps])}"
                for country, steps in by_country
            ]
            yield f"{provider}: {', '.join(parts)}"


def _together(reasons: list[str]) -> str:
    if len(reasons) > 1 and len(set(reasons)) == 1:
        return f"{len(reasons)} products, all {reasons[0]}"
    return ", ".join(reasons)


def _why(refused: OtpError) -> str:
    """The provider's own code for it, else the status of its answer, else our words."""
    if isinstance(refused, ProviderRefused):
        return str(refused.provider_code or refused.status or refused.message)
    return str(refused)


def _too_dear(offer: Offer, wish: Wish) -> str | None:
    """Why the price is out of the question."""
    limit = wish.max_price
    if limit is None:
        return None
    if offer.price is None:
        if wish.limits.unpriced:
            return None
        return f"names no price before the purchase, and one is limited to {limit}"
    price = wish.limits.rates.convert(offer.price, limit.currency)
    if price is None:
        return f"{offer.price}, and no rate in otp_rates compares it with {limit}"
    return None if price <= limit else f"{offer.price} over {limit}"


def _buy(lease: Lease, wish: Wish, steps: Sequence[str]) -> Flow[None]:
    offer, provider = lease.offer, lease.provider
    able = provider.capabilities
    if not (able.idempotent or able.lists_purchases):
        # Nothing else could tell later whether a purchase whose answer was lost took place.
        lease.balance_at = yield Pause(0)
        lease.balance_before = (yield from provider.balance()).available
    now = lease.begun_at = yield Pause(0)
    yield from lease.record(
        Intended(
            lease_id=lease.id,
            provider=offer.provider,
            base_url=wish.addresses.get(offer.provider, ""),
            service=offer.service,
            country=offer.country,
            idempotency_key=lease.id,
            asked=offer.price,
            test=wish.test,
            tags=wish.tags,
            reuse=wish.reuse,
            claims=wish.limits.claims(offer.price, wish.test, wish.tags, now),
            steps=tuple(steps),
            balance_before=lease.balance_before,
            balance_at=lease.balance_at,
        )
    )
    try:
        activation = yield from provider.buy(offer, lease.id)
    except PurchaseUnknown as lost:
        yield from lease.record(AnswerLost(lease_id=lease.id, reason=lost.message))
        raise
    except OtpError as refused:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason=refused.code))
        raise
    lease.activation = activation
    claims = _claims_after_all(activation.price, offer.price, wish, now)
    yield from lease.record(NumberBought(lease_id=lease.id, activation=activation, claims=claims))


def _claims_after_all(
    charged: Money | None, asked: Money | None, wish: Wish, now: float
) -> tuple[Claim, ...] | None:
    """The claims at the price that was charged; None to leave them as they are."""
    if charged is None or charged == asked:
        return None
    try:
        return wish.limits.claims(charged, wish.test, wish.tags, now)
    except BudgetExceeded:
        # No rate for this currency. What is bought is bought; the reservation stands.
        return None
