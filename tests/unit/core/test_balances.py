"""What a balance can tell, and what it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_otp.core.balances import LONGEST_WINDOW_S, SHORTEST_WINDOW_S, is_whole, was_sold
from pytest_otp.core.lease import Lease
from pytest_otp.core.rows import Owner, Row
from pytest_otp.core.states import State
from pytest_otp.models import Activation, Money, Offer
from pytest_otp.providers.smscode import SmsCodeProvider
from pytest_otp.providers.smsgang.provider import SmsGangProvider

BEGAN = 1_700_000_000.0
PRICE = Money.parse("0.10 USD")
LEASE = Lease(
    id="ours",
    provider=SmsGangProvider("http://127.0.0.1:1"),
    offer=Offer("smsgang", "any", "US", PRICE),
    state=State.UNKNOWN,
    balance_before=Money.parse("100 USD"),
    balance_at=BEGAN,
    begun_at=BEGAN,
)


def other(state: State, *, began: float = BEGAN + 1, ended: float = BEGAN + 2) -> Row:
    """Another lease of the account, of the same price."""
    doubtful = state in {State.INTENDED, State.UNKNOWN, State.WRITTEN_OFF, State.FAILED}
    return Row(
        lease_id="other",
        state=state,
        owner=Owner("owner"),
        test="",
        provider="smsgang",
        base_url="",
        service="any",
        country="US",
        tags=(),
        asked=PRICE,
        charged=None if doubtful else PRICE,
        refunded=PRICE if state is State.REFUNDED else None,
        balance_before=None,
        balance_at=0.0,
        activation_id=None if doubtful else "1",
        number=None if doubtful else "+12025550123",
        expires_at=BEGAN + 900,
        due_at=None,
        code_after_s=None,
        created_at=began,
        changed_at=ended,
    )


def whole(available: str, *others: Row, after_s: float = 10.0) -> bool:
    """Whether the lease's money is certainly there, so long after the lease began."""
    return is_whole(LEASE, Money.parse(f"{available} USD"), others, BEGAN + after_s)


def sold(available: str, *others: Row, lease: Lease = LEASE) -> bool | None:
    """Whether the lease's purchase took place, ten seconds after it was sent."""
    return was_sold(lease, Money.parse(f"{available} USD"), others, BEGAN + 10)


def test_balance_alone() -> None:
    """What was there before is there, or the price is missing."""
    assert whole("100")
    assert not whole("99.9")


def test_money_that_somebody_else_added_proves_nothing() -> None:
    """Only the exact sum says that nothing was paid."""
    assert not whole("105")


def test_known_purchases_and_refunds_are_counted() -> None:
    """What other leases paid, and got back, since this one began is no sign of this one."""
    assert whole("99.9", other(State.SPENT))
    assert whole("100", other(State.REFUNDED))
    assert whole("100.1", other(State.REFUNDED, began=BEGAN - 5))
    assert whole("100", other(State.SPENT, began=BEGAN - 5))
    assert whole("100", other(State.FAILED))


def test_purchase_that_was_written_off_is_counted_as_one() -> None:
    """The newer of two lost purchases does not make the older one look bought."""
    lost = other(State.WRITTEN_OFF)
    assert sold("100", lost) is False
    assert sold("99.9", lost) is False
    assert sold("99.8", lost) is True
    assert sold("99.9", other(State.WRITTEN_OFF, began=BEGAN - 5)) is True
    assert sold("99.9", replace(lost, asked=None)) is True
    assert not whole("99.9", lost), "of a number in hand it is no proof: which one is missing?"


@pytest.mark.parametrize(
    "unseen",
    [
        other(State.EXPIRED, began=BEGAN - 900),
        other(State.WRITTEN_OFF, began=BEGAN - 900, ended=BEGAN - 800),
        other(State.UNKNOWN, began=BEGAN - 900),
        replace(other(State.OWED, began=BEGAN - 900), expires_at=BEGAN + 5),
    ],
    ids=lambda row: str(row.state),
)
def test_unseen_refund_hides_no_purchase(unseen: Row) -> None:
    """A refund that nobody saw makes up for the price: the sum of before proves nothing then."""
    assert not whole("100", unseen)
    assert whole("100.1", unseen)


def test_movement_of_an_unknown_sum_proves_nothing() -> None:
    """A price that nobody named may be the very one, and so may one in another currency."""
    for state in (State.HELD, State.REFUNDED, State.EXPIRED):
        unpriced = replace(other(state, began=BEGAN - 5), asked=None, charged=None)
        assert whole("100", unpriced) is (state is State.HELD)
    assert not whole("100", replace(other(State.HELD), asked=None, charged=None))
    assert whole("100", replace(other(State.REFUNDED), asked=None, charged=None))
    assert not whole("99.9", replace(other(State.SPENT), charged=Money.parse("0.10 EUR")))
    assert not is_whole(LEASE, Money.parse("100 EUR"), [], BEGAN + 10)


def test_window_of_unknown_length_may_be_over() -> None:
    """Its refund would make up for the price."""
    endless = replace(other(State.HELD, began=BEGAN - 5), expires_at=None)
    assert whole("100", endless)
    assert not whole("100", endless, after_s=SHORTEST_WINDOW_S)
    assert whole("100.1", endless, after_s=SHORTEST_WINDOW_S)


def test_window_takes_its_time() -> None:
    """What was in doubt a moment ago cannot be back yet."""
    recent = other(State.UNKNOWN, began=BEGAN - 5)
    assert whole("100", recent)
    assert not whole("100", recent, after_s=SHORTEST_WINDOW_S)
    assert SHORTEST_WINDOW_S < LONGEST_WINDOW_S


def test_window_that_is_over_says_that_older_ones_are() -> None:
    """A sandbox's clock may be ahead: what ended before a lease that ended has ended too."""
    ends = datetime.fromtimestamp(BEGAN + 950, UTC)
    ended = replace(
        LEASE,
        state=State.OWED,
        ended="expired",
        activation=Activation("2", "+12025550124", PRICE, expires_at=ends),
    )
    owed = other(State.OWED, began=BEGAN - 5)
    assert is_whole(ended, Money.parse("100.1 USD"), [owed], BEGAN + 10)
    assert not is_whole(ended, Money.parse("100 USD"), [owed], BEGAN + 10)
    lost = other(State.WRITTEN_OFF)
    assert is_whole(ended, Money.parse("100 USD"), [lost], BEGAN + 10)


def test_nothing_is_certain_without_a_balance_before() -> None:
    """A lease that never asked cannot compare."""
    assert not is_whole(replace(LEASE, balance_before=None), Money.parse("100 USD"), [], BEGAN)


def test_answer_to_a_cancel_may_be_lost() -> None:
    """The refund of a number that can be given back may be there before anybody knows of it."""
    gives_back = replace(LEASE, provider=SmsCodeProvider("http://127.0.0.1:1"))
    for state in (State.HELD, State.OWED):
        for began, without, back in ((BEGAN + 1, "99.9", "100"), (BEGAN - 5, "100", "100.1")):
            row = other(state, began=began)
            assert sold(without, row) is False
            assert sold(without, row, lease=gives_back) is None
            assert sold(back, row, lease=gives_back) is False


def test_only_what_will_be_settled_is_waited_for() -> None:
    """Of two purchases in doubt the newer is judged first, and what is closed says no more."""
    newer, older = other(State.UNKNOWN), other(State.UNKNOWN, began=BEGAN - 5)
    assert sold("99.9", newer) is None
    assert sold("100", newer) is False, "whatever became of the newer one, the money is there"
    assert sold("99.9", older) is True
    assert sold("99.7", *(other(s) for s in State if s.closed)) is True
    assert sold("99.8", replace(other(State.OWED), expires_at=BEGAN + 5)) is None


def test_two_purchases_of_one_moment_do_not_wait_for_each_other() -> None:
    """A clock may be too coarse to tell which was first; the same one has to be every time."""
    twin = other(State.UNKNOWN, began=BEGAN)
    assert sold("99.9", replace(twin, lease_id="a")) is True
    assert sold("99.9", replace(twin, lease_id="z")) is None


def test_purchase_of_the_same_moment_is_perhaps_in_the_balance() -> None:
    """A clock that is too coarse does not say that the balance was read before it."""
    assert not whole("99.9", other(State.SPENT, began=BEGAN))
    assert whole("100", other(State.SPENT, began=BEGAN))


def test_failed_may_mean_that_a_window_ran_out() -> None:
    """A number that was bought before, and back since, made the older lease look unsold."""
    long_ago = BEGAN - SHORTEST_WINDOW_S
    ran_out = other(State.FAILED, began=long_ago, ended=BEGAN + 5)
    assert sold("100", ran_out) is True
    assert sold("100.1", ran_out) is False
    assert sold("100", other(State.FAILED, began=BEGAN - 5, ended=BEGAN + 5)) is False
    assert sold("100", other(State.FAILED, began=long_ago, ended=BEGAN - 5)) is False


def test_refund_after_the_balance_was_asked_for_is_perhaps_not_in_it() -> None:
    """Another thread may give a number back between the question and the purchase."""
    asked = replace(LEASE, balance_at=BEGAN - 3)
    refunded = other(State.REFUNDED, began=BEGAN - 5, ended=BEGAN - 2)
    assert whole("100", refunded)
    assert not is_whole(asked, Money.parse("100 USD"), [refunded], BEGAN + 10)
    assert is_whole(asked, Money.parse("100.1 USD"), [refunded], BEGAN + 10)
