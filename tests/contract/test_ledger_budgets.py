"""What every ledger promises, asked of both stores: no limit is passed, no money forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.budget import Limits, Rates
from pytest_otp.core.rows import BudgetRow
from pytest_otp.core.states import (
    AnswerLost,
    CancelDeferred,
    Expired,
    PurchaseFailed,
    Refunded,
    Spent,
    State,
    WrittenOff,
)
from pytest_otp.errors import BudgetExceeded
from pytest_otp.models import Money
from tests.contract.leasing import bought, claim, intended, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.states import Event
    from pytest_otp.ledger import Ledger
    from tests.contract.told import ToldProcess

    Open = Callable[..., Ledger]
    Start = Callable[[str], ToldProcess]


def sums(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """What is reserved and spent of each budget."""
    return {row.key: (str(row.reserved), str(row.spent)) for row in ledger.budgets()}


def test_claim_that_does_not_fit_writes_nothing(open_ledger: Open) -> None:
    """The refusal names budget, spent and asked; no lease and no other budget remembers it."""
    ledger = open_ledger()
    roomy, tight = claim("a", "9.00 USD"), claim("b", "1.50 USD")
    ledger.record(intended("1", roomy, tight), 1.0)
    with pytest.raises(BudgetExceeded, match=r"of b: 1\.00 USD asked, 1\.00 USD of 1\.50 USD"):
        ledger.record(intended("2", roomy, tight), 2.0)
    assert [row.lease_id for row in ledger.rows()] == ["1"]
    assert ledger.events("2") == []
    assert sums(ledger) == {"a": ("1.00 USD", "0.00 USD"), "b": ("1.00 USD", "0.00 USD")}


def test_claim_that_just_fits_is_granted(open_ledger: Open) -> None:
    """A budget of one dollar buys a number of one dollar."""
    ledger = open_ledger()
    ledger.record(intended("1", claim("a", "1.00 USD")), 1.0)
    with pytest.raises(BudgetExceeded):
        ledger.record(intended("2", claim("a", "1.00 USD", Money.parse("0.01 USD"))), 2.0)


@pytest.mark.parametrize(
    ("ending", "reserved", "spent"),
    [
        ([PurchaseFailed(lease_id="1", reason="out_of_stock")], "0.00 USD", "0.00 USD"),
        ([bought("1"), Refunded(lease_id="1")], "0.00 USD", "0.00 USD"),
        ([bought("1"), message("1"), Spent(lease_id="1")], "0.00 USD", "1.00 USD"),
        ([bought("1"), Expired(lease_id="1")], "0.00 USD", "1.00 USD"),
        (
            [AnswerLost(lease_id="1", reason="lost"), WrittenOff(lease_id="1", reason="nobody")],
            "0.00 USD",
            "1.00 USD",
        ),
        (
            [bought("1"), CancelDeferred(lease_id="1", reason="early", not_before=None)],
            "1.00 USD",
            "0.00 USD",
        ),
    ],
    ids=["failed", "refunded", "spent", "expired", "written off", "owed"],
)
def test_reserved_money_is_settled_with_the_lease(
    open_ledger: Open, ending: list[Event], reserved: str, spent: str
) -> None:
    """Released or spent when the lease closes, reserved as long as it is open."""
    ledger = open_ledger()
    ledger.record(intended("1", claim("a", "5.00 USD")), 1.0)
    for event in ending:
        ledger.record(event, 2.0)
    assert sums(ledger) == {"a": (reserved, spent)}


def test_price_that_turned_out_otherwise_takes_the_place_of_the_claim(open_ledger: Open) -> None:
    """What is bought is bought: a dearer number is not refused, and counts in full."""
    ledger = open_ledger()
    ledger.record(intended("1", claim("a", "1.00 USD")), 1.0)
    dearer = claim("a", "1.00 USD", Money.parse("1.25 USD"))
    ledger.record(bought("1", price=dearer.amount, claims=(dearer,)), 2.0)
    assert sums(ledger) == {"a": ("1.25 USD", "0.00 USD")}
    ledger.record(Refunded(lease_id="1"), 3.0)
    assert sums(ledger) == {"a": ("0.00 USD", "0.00 USD")}


def test_sums_are_exact(open_ledger: Open) -> None:
    """Ten dimes are a dollar, and what no coin can pay is not rounded away."""
    ledger = open_ledger()
    dime = claim("a", "1.00 USD", Money.parse("0.10 USD"))
    for n in range(10):
        ledger.record(intended(str(n), dime), 1.0)
    assert [row.reserved.amount for row in ledger.budgets()] == [Decimal(1)]
    with pytest.raises(BudgetExceeded):
        ledger.record(intended("10", claim("a", "1.00 USD", Money.parse("1E-15 USD"))), 1.0)


def test_limit_of_the_latest_claim_holds(open_ledger: Open) -> None:
    """A limit that was lowered meanwhile counts at once."""
    ledger = open_ledger()
    ledger.record(intended("1", claim("a", "5.00 USD")), 1.0)
    with pytest.raises(BudgetExceeded):
        ledger.record(intended("2", claim("a", "1.50 USD")), 2.0)
    ledger.record(intended("3", claim("a", "3.00 USD")), 3.0)
    assert ledger.budgets() == [
        BudgetRow(
            "a", "of a", Money.parse("3.00 USD"), Money.parse("2.00 USD"), Money.parse("0 USD")
        )
    ]


def test_price_in_another_currency_needs_a_rate(open_ledger: Open) -> None:
    """With a rate the budget's currency is claimed, rounded up; without one nothing is bought."""
    ledger = open_ledger()
    rates = Rates({("USD", "IDR"): Decimal(16200)})
    price = Money.parse("5000 IDR")
    with_rate = Limits(scope="run-1", run=Money.parse("2.00 USD"), rates=rates)
    claims = with_rate.claims(price, "test", (), 0.0)
    ledger.record(intended("1", *claims, asked=price), 1.0)
    assert sums(ledger) == {"run:run-1": ("0.308642 USD", "0.00 USD")}
    without = Limits(scope="run-1", run=Money.parse("2.00 USD"))
    with pytest.raises(BudgetExceeded, match="otp_rates"):
        without.claims(price, "test", (), 0.0)


def test_budget_stays_in_its_currency(open_ledger: Open) -> None:
    """Sums of two currencies would mean nothing."""
    ledger = open_ledger()
    ledger.record(intended("1", claim("a", "5.00 USD")), 1.0)
    with pytest.raises(BudgetExceeded, match="kept in USD in this ledger, not in EUR"):
        ledger.record(intended("2", claim("a", "5.00 EUR", Money.parse("1.00 EUR"))), 2.0)


def test_budgets_of_one_run(open_ledger: Open) -> None:
    """A run is told of what its own leases claimed, not of all that a ledger has ever seen."""
    first, second = open_ledger("owner-1", "run-1"), open_ledger("owner-2", "run-2")
    first.record(intended("1", claim("day:1", "5.00 USD"), claim("run:1", "5.00 USD")), 1.0)
    second.record(intended("2", claim("day:2", "5.00 USD"), claim("run:2", "5.00 USD")), 2.0)
    assert [row.key for row in first.budgets(run="run-1")] == ["day:1", "run:1"]
    assert [row.key for row in first.budgets(run="run-3")] == []
    assert len(first.budgets()) == 4


def test_threads_share_one_ledger(open_ledger: Open) -> None:
    """Eight threads lease at once on one object: all rows are there, and the sums are right."""
    ledger = open_ledger()

    def lease(thread: int) -> None:
        for n in range(10):
            lease_id = f"{thread}-{n}"
            ledger.record(intended(lease_id, claim("a", "80.00 USD")), 1.0)
            ledger.record(bought(lease_id), 2.0)
            if n % 2:
                ledger.record(Refunded(lease_id=lease_id), 3.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lease, range(8)))
    assert len(ledger.rows()) == 80
    assert sums(ledger) == {"a": ("40.00 USD", "0.00 USD")}


def test_eight_processes_race_for_a_budget_of_five(start: Start, open_ledger: Open) -> None:
    """They open a ledger that is not there yet, all at once; exactly five numbers are bought."""
    racers = [start(f"racer-{n}") for n in range(8)]
    for racer in racers:
        assert racer.answer() == "ready"
    for racer in racers:
        racer.tell("race")
    assert sum(int(racer.answer()) for racer in racers) == 5
    ledger = open_ledger()
    assert [row.state for row in ledger.rows()] == [State.HELD] * 5
    assert sums(ledger) == {"day:2023-11-14": ("5.00 USD", "0.00 USD")}
