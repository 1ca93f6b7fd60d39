"""Buying with limits and fallbacks, on the real client flow and the real ledger."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.core import buying
from pytest_otp.core.budget import Limits, Rates
from pytest_otp.core.lease import Wish
from pytest_otp.core.states import State
from pytest_otp.errors import BudgetExceeded, NumberUnavailable
from pytest_otp.models import Money
from pytest_otp.providers.sandbox import SandboxProvider
from tests.flows.counter import Counter, refusal
from tests.flows.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.core.provider import Provider
    from pytest_otp.ledger.sqlite import SqliteLedger
    from pytest_otp.models import Offer

WISH = Wish(service="any", countries=("US",), test="test_a.py::test_b", tags=("signup",))
USD = Money.parse("0.25 USD")


class Silent(SandboxProvider):
    """A provider that names no price before the purchase."""

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """The offers, without their prices."""
        found = yield from super().offers(service, country)
        return [replace(offer, price=None) for offer in found]


class ManyProducts(SandboxProvider):
    """A provider with three products for each service and country."""

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """Each offer three times."""
        found = yield from super().offers(service, country)
        return [replace(offer, product=str(n)) for offer in found for n in range(3)]


def buy(wish: Wish, *providers: Provider) -> Flow[Lease]:
    """One number, from the first of these that sells one."""
    ids = (f"lease-{n}" for n in count(1))
    sellers = providers or (SandboxProvider("http://127.0.0.1:1/sandbox"),)
    return buying.acquire(wish, sellers, lambda: next(ids), [])


def test_price_that_nobody_names_is_refused_under_a_limit(ledger: SqliteLedger) -> None:
    """No price is guessed: the step says so, and nothing leaves."""
    stage = Stage(Counter(), ledger)
    silent = Silent("http://127.0.0.1:1/sandbox")
    with pytest.raises(NumberUnavailable, match=r"names no price before the purchase.*0\.25 USD"):
        stage.play(buy(replace(WISH, max_price=USD), silent))
    assert not ledger.rows()


def test_price_that_nobody_names_is_refused_under_a_budget(ledger: SqliteLedger) -> None:
    """What cannot be reserved is not bought; the text names the way out."""
    stage = Stage(Counter(), ledger)
    silent = Silent("http://127.0.0.1:1/sandbox")
    with pytest.raises(BudgetExceeded, match="otp_unpriced = allow"):
        stage.play(buy(replace(WISH, limits=Limits(scope="r", run=USD)), silent))
    assert not ledger.rows()


def test_unpriced_numbers_may_be_allowed_and_then_count(ledger: SqliteLedger) -> None:
    """With ``otp_unpriced = allow`` the price that the purchase told is reserved."""
    stage = Stage(Counter(), ledger)
    silent = Silent("http://127.0.0.1:1/sandbox")
    limits = Limits(scope="r", run=USD, unpriced=True)
    stage.play(buy(replace(WISH, max_price=USD, limits=limits), silent))
    (budget,) = ledger.budgets()
    assert budget.reserved == Money.parse("0.10 USD")


def test_budget_in_another_currency_is_reserved_at_the_rate(ledger: SqliteLedger) -> None:
    """Converted exactly, rounded up, never in the spender's favour."""
    stage = Stage(Counter(), ledger)
    rates = Rates({("USD", "IDR"): Decimal(16200)})
    limits = Limits(scope="r", day=Money.parse("5000 IDR"), rates=rates)
    stage.play(buy(replace(WISH, limits=limits)))
    (budget,) = ledger.budgets()
    assert budget.reserved == Money(Decimal(1620), "IDR")


def test_currency_without_a_rate_is_refused(ledger: SqliteLedger) -> None:
    """A budget that the price cannot be compared with buys nothing."""
    stage = Stage(Counter(), ledger)
    limits = Limits(scope="r", run=Money.parse("5 EUR"))
    with pytest.raises(BudgetExceeded, match="otp_rates"):
        stage.play(buy(replace(WISH, limits=limits)))
    assert not ledger.rows()


def test_products_that_fail_alike_are_told_together(ledger: SqliteLedger) -> None:
    """Three products, all out of stock, are one phrase; each purchase is a row that failed."""
    gone: list[httpx.Response | Exception] = [refusal("out_of_stock") for _ in range(3)]
    stage = Stage(Counter(fail={"POST /sandbox/activations": gone}), ledger)
    many = ManyProducts("http://127.0.0.1:1/sandbox")
    with pytest.raises(NumberUnavailable, match=r"US 3 products, all out_of_stock$"):
        stage.play(buy(WISH, many))
    assert [row.state for row in ledger.rows()] == [State.FAILED] * 3


def test_provider_that_is_down_makes_way_for_the_fallback(ledger: SqliteLedger) -> None:
    """Nothing was bought there, so the next one may be asked; the step is in the ledger."""
    down: list[httpx.Response | Exception] = [httpx.ConnectError("refused")]
    stage = Stage(Counter(fail={"GET /first/offers": down}), ledger)
    first = SandboxProvider("http://127.0.0.1:1/first")
    second = SandboxProvider("http://127.0.0.1:1/sandbox")
    lease = stage.play(buy(WISH, first, second))
    assert lease.provider is second
    assert lease.state is State.HELD
