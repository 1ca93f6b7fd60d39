"""What every ledger promises its users, asked of both stores."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.budget import Limits, Rates
from pytest_otp.core.rows import BudgetRow, Owner, Row
from pytest_otp.core.states import (
    AnswerLost,
    CancelDeferred,
    Expired,
    MessageArrived,
    PurchaseFailed,
    Refunded,
    Spent,
    State,
    WrittenOff,
)
from pytest_otp.errors import BudgetExceeded, IllegalMove, LedgerError
from pytest_otp.models import Money
from tests.contract.leasing import bought, claim, intended

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.states import Event
    from pytest_otp.ledger import Ledger
    from tests.contract.ledger_process import ToldProcess
    from tests.contract.stores import Store

    Open = Callable[..., Ledger]
    Start = Callable[[str], ToldProcess]


def moment(at: float) -> datetime:
    """Seconds since the epoch as the events have them."""
    return datetime.fromtimestamp(at, UTC)


def message(lease_id: str, received_at: float | None = None) -> MessageArrived:
    """An SMS arrived."""
    return MessageArrived(
        lease_id=lease_id,
        message_id="m",
        received_at=None if received_at is None else moment(received_at),
    )


def sums(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """What is reserved and spent of each budget."""
    return {row.key: (str(row.reserved), str(row.spent)) for row in ledger.budgets()}


# -- rows and events -------------------------------------------------------------------------------


def test_lease_is_told_as_it_was_recorded(open_ledger: Open) -> None:
    """Every fact of the events stands in the row: money to the digit, moments, any text."""
    ledger = open_ledger()
    test = "tests/test_%s.py::test_?[\"\u00e9\u2603\U0001f4f1'-a\\b]"
    ledger.record(
        intended(
            "a", test=test, tags=("x", "y z"), balance_before=Money.parse("2500.00 IDR"),
            asked=Money.parse("0.1234567890123456789 USD"),
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


# -- budgets ---------------------------------------------------------------------------------------


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


# -- many at once ----------------------------------------------------------------------------------


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


# -- who is alive ----------------------------------------------------------------------------------


def orphans(ledger: Ledger) -> list[str]:
    """The ids of the leases that nobody living owns."""
    with ledger.orphans() as rows:
        return [row.lease_id for row in rows]


def test_killed_process_leaves_orphans_and_a_living_one_does_not(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """SIGKILL at any time: the lease is found. One whose owner lives is never given away."""
    living, dying = start("living"), start("dying")
    assert (living.answer(), dying.answer()) == ("ready", "ready")
    kept, lost = living.ask("hold"), dying.ask("hold")
    ledger = open_ledger("sweeper")
    assert orphans(ledger) == []
    dying.kill()
    store.notice_death("dying")
    assert orphans(ledger) == [lost]
    assert {row.lease_id for row in ledger.rows()} == {kept, lost}


def test_forked_child_does_not_keep_its_parents_lease_alive(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """A browser or a server that a test left behind is not the test."""
    parent = start("parent")
    assert parent.answer() == "ready"
    lost = parent.ask("hold")
    child = int(parent.ask("fork"))
    try:
        # The parent still lives, and the fork has not cost it its lease.
        assert orphans(open_ledger("sweeper")) == []
        assert parent.ask("hold")
        parent.kill()
        store.notice_death("parent")
        assert lost in orphans(open_ledger("sweeper"))
    finally:
        os.kill(child, signal.SIGKILL)


def test_two_sweepers_never_get_the_same_lease(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """Who comes second gets nothing, until the first one is done or dead."""
    dying, first = start("dying"), start("first")
    assert (dying.answer(), first.answer()) == ("ready", "ready")
    lost = dying.ask("hold")
    dying.kill()
    store.notice_death("dying")
    assert first.ask("sweep") == lost
    second = open_ledger("second")
    assert orphans(second) == []
    assert first.ask("done") == "swept"
    assert orphans(second) == [lost]
    assert first.ask("sweep") == lost
    first.kill()
    store.notice_death("dying")
    assert orphans(second) == [lost]


def test_two_threads_never_sweep_the_same_lease(open_ledger: Open) -> None:
    """Nor do two threads that share a ledger, as the end of a run and a test might."""
    gone = open_ledger("gone")
    gone.record(intended("a"), 1.0)
    gone.close()
    ledger = open_ledger("sweeper")
    with ledger.orphans() as first, ThreadPoolExecutor(1) as pool:
        assert [row.lease_id for row in first] == ["a"]
        assert pool.submit(orphans, ledger).result() == []
    assert orphans(ledger) == ["a"]


def test_owner_that_closed_its_ledger_counts_as_dead(open_ledger: Open) -> None:
    """At once, and its debts are up for whoever sweeps next; its closed leases are not."""
    ended = open_ledger("ended")
    ended.record(intended("open"), 1.0)
    ended.record(intended("shut"), 1.0)
    ended.record(PurchaseFailed(lease_id="shut", reason="out_of_stock"), 2.0)
    sweeper = open_ledger("sweeper")
    assert orphans(sweeper) == []
    ended.close()
    assert orphans(sweeper) == ["open"]


def test_nobody_adopts_their_own_leases(open_ledger: Open) -> None:
    """What a process holds is in use."""
    ledger = open_ledger()
    ledger.record(intended("a"), 1.0)
    assert orphans(ledger) == []


def test_two_owners_of_one_id_are_refused(open_ledger: Open) -> None:
    """Or the death of one would look like that of the other."""
    open_ledger("twin").record(intended("a"), 1.0)
    with pytest.raises(LedgerError, match="living owner of our id"):
        open_ledger("twin").record(intended("b"), 1.0)


def test_healthy_ledger_has_nothing_to_say(open_ledger: Open) -> None:
    """Notices are for what somebody should look at."""
    assert open_ledger().notices == []
