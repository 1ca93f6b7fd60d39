"""What every ledger promises, asked of both stores: rows and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.rows import Owner, Row
from pytest_otp.core.states import CancelDeferred, PurchaseFailed, Refunded, Spent, State
from pytest_otp.errors import IllegalMove, LedgerError
from pytest_otp.models import Money
from tests.contract.leasing import bought, claim, intended, message, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.ledger import Ledger
    from tests.contract.stores import Store

    Open = Callable[..., Ledger]


def test_lease_is_told_as_it_was_recorded(open_ledger: Open) -> None:
    """Every fact of the events stands in the row: money to the digit, moments, any text."""
    ledger = open_ledger()
    test = "tests/test_%s.py::test_?[\"\u00e9\u2603\U0001f4f1'-a\\b]"
    ledger.record(
        intended(
            "a", test=test, tags=("x", "y z"), balance_before=Money.parse("2500.00 IDR"),
            balance_at=99.5, asked=Money.parse("0.1234567890123456789 USD"),
        ),
        100.25,
    )  # fmt: skip
    ledger.record(bought("a", price=Money.parse("0.10 USD"), expires_at=moment(900.5)), 101.0)
    ledger.record(CancelDeferred(lease_id="a", reason="early", not_before=moment(160.0)), 102.0)
    ledger.record(message("a", received_at=103.75), 104.0)
    assert ledger.rows() == [
        Row(
            lease_id="a",
            state=State.RECEIVED,
            owner=Owner("owner-1", "run-1", "main", live=False),
            test=test,
            provider="sandbox",
            base_url="http://127.0.0.1:1/sandbox",
            service="any",
            country="US",
            tags=("x", "y z"),
            asked=Money.parse("0.1234567890123456789 USD"),
            charged=Money.parse("0.10 USD"),
            refunded=None,
            balance_before=Money.parse("2500.00 IDR"),
            balance_at=99.5,
            activation_id="activation of a",
            number="+12025550123",
            expires_at=900.5,
            due_at=160.0,
            code_after_s=3.5,
            created_at=100.25,
            changed_at=104.0,
        )
    ]
    assert ledger.events("a") == [
        ("Intended", 100.25),
        ("NumberBought", 101.0),
        ("CancelDeferred", 102.0),
        ("MessageArrived", 104.0),
    ]


def test_what_nobody_named_is_none(open_ledger: Open) -> None:
    """A price and a number that are not known are not invented."""
    ledger = open_ledger()
    ledger.record(intended("a", asked=None), 1.0)
    (row,) = ledger.rows()
    unknown = (row.asked, row.charged, row.refunded, row.balance_before, row.number)
    assert unknown == (None,) * 5


def test_price_that_was_asked_is_charged_unless_another_is_named(open_ledger: Open) -> None:
    """A provider that names no price after the purchase charged the one before it."""
    ledger = open_ledger()
    for lease_id, price in [("a", None), ("b", Money.parse("0.75 USD"))]:
        ledger.record(intended(lease_id), 1.0)
        ledger.record(bought(lease_id, price=price), 2.0)
        ledger.record(Refunded(lease_id=lease_id), 3.0)
    assert [(str(row.charged), str(row.refunded)) for row in ledger.rows()] == [
        ("1.00 USD", "1.00 USD"),
        ("0.75 USD", "0.75 USD"),
    ]


def test_each_sum_keeps_its_currency(open_ledger: Open) -> None:
    """A provider that prices in one currency and charges in another is believed twice."""
    ledger = open_ledger()
    ledger.record(intended("a", asked=Money.parse("0.10 USD")), 1.0)
    ledger.record(bought("a", price=Money.parse("1620.50 IDR")), 2.0)
    ledger.record(Refunded(lease_id="a"), 3.0)
    (row,) = ledger.rows()
    sums = (str(row.asked), str(row.charged), str(row.refunded))
    assert sums == ("0.10 USD", "1620.50 IDR", "1620.50 IDR")


def test_only_the_first_message_is_timed(open_ledger: Open) -> None:
    """The time to the code is that of the first message, also when a second one is late."""
    ledger = open_ledger()
    ledger.record(intended("a"), 10.0)
    ledger.record(bought("a"), 11.0)
    ledger.record(message("a"), 14.0)
    ledger.record(message("a"), 90.0)
    assert [row.code_after_s for row in ledger.rows()] == [4.0]


def test_rows_are_chosen_by_run_owner_moment_and_openness(open_ledger: Open) -> None:
    """Oldest first; each condition narrows."""
    first, second = open_ledger("owner-1", "run-1"), open_ledger("owner-2", "run-2")
    first.record(intended("c"), 3.0)
    first.record(intended("b"), 1.0)
    second.record(intended("a"), 2.0)
    first.record(PurchaseFailed(lease_id="b", reason="out_of_stock"), 4.0)

    def ids(**conditions: object) -> list[str]:
        return [row.lease_id for row in first.rows(**conditions)]  # type: ignore[arg-type] # as given

    assert ids() == ["b", "a", "c"]
    assert ids(run="run-1") == ["b", "c"]
    assert ids(owner="owner-2") == ["a"]
    assert ids(since=3.0) == ["b", "c"]
    assert ids(open_only=True) == ["a", "c"]
    assert ids(run="run-1", open_only=True) == ["c"]


def test_illegal_move_writes_nothing(open_ledger: Open) -> None:
    """What the table of moves does not list leaves state, events and budgets as they were."""
    ledger = open_ledger()
    ledger.record(intended("a", claim("run:1", "5.00 USD")), 1.0)
    before = ledger.rows(), ledger.events("a"), ledger.budgets()
    with pytest.raises(IllegalMove, match="Spent cannot happen to a lease that is intended"):
        ledger.record(Spent(lease_id="a"), 2.0)
    with pytest.raises(IllegalMove, match="not recorded"):
        ledger.record(Refunded(lease_id="nobody"), 2.0)
    assert (ledger.rows(), ledger.events("a"), ledger.budgets()) == before


def test_lease_cannot_be_begun_twice(open_ledger: Open) -> None:
    """An id is one purchase."""
    ledger = open_ledger()
    ledger.record(intended("a"), 1.0)
    with pytest.raises(IllegalMove):
        ledger.record(intended("a"), 2.0)


def test_what_is_committed_is_there_for_the_next_process(open_ledger: Open) -> None:
    """A ledger outlives whoever wrote it."""
    open_ledger("owner-1").record(intended("a"), 1.0)
    assert [row.lease_id for row in open_ledger("owner-2").rows()] == ["a"]


def test_newer_ledger_is_refused(open_ledger: Open, store: Store) -> None:
    """A schema that this version does not know is left alone, in one sentence."""
    open_ledger()
    store.make_newer()
    with pytest.raises(LedgerError, match=r"newer pytest-otp \(schema 999.*upgrade") as refused:
        open_ledger("owner-2")
    assert "\n" not in str(refused.value)


def test_healthy_ledger_has_nothing_to_say(open_ledger: Open) -> None:
    """Notices are for what somebody should look at."""
    assert open_ledger().notices == []
