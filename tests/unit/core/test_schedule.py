"""At which seconds of a wait to ask."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.schedule import plan

PRIOR = Arrivals()


def loop(interval_s: float, arrivals: Arrivals = PRIOR) -> tuple[float, float]:
    """Expected polls and delay of a loop that asks at once and then each interval."""
    polls, delay, step, comes = 1.0, 0.0, interval_s / 100, arrivals.by(120)
    for n in range(int(120 / interval_s)):
        start = n * interval_s
        before = arrivals.by(start)
        polls += (comes - before) / comes
        delay += sum((arrivals.by(start + i * step) - before) * step for i in range(100))
    return polls, delay / comes


@pytest.mark.parametrize("interval_s", [3.0, 5.0, 10.0])
def test_a_share_is_spent_where_messages_arrive(interval_s: float) -> None:
    """With no more polls than a loop, less than 0.6 times its delay."""
    polls, delay = loop(interval_s)
    schedule = plan(PRIOR, 120.0, 0.0, interval_s)
    assert schedule.polls <= polls
    assert schedule.delay_s <= 0.6 * delay


def test_a_documented_interval_costs_fewer_polls_and_less_delay_than_its_loop() -> None:
    """A third fewer: the first poll waits until a message is likely to be there."""
    polls, delay = loop(5.0)
    schedule = plan(PRIOR, 120.0, 5.0, 0.0)
    assert schedule.polls <= 2 / 3 * polls
    assert schedule.delay_s < 0.97 * delay


def test_fewer_polls_never_mean_more_delay_than_the_loop() -> None:
    """Where messages come at any time of a minute, a third fewer polls would cost dear."""
    anytime = Arrivals(tuple(float(n) for n in range(60)))
    polls, delay = loop(5.0, anytime)
    schedule = plan(anytime, 120.0, 5.0, 0.0)
    assert 2 / 3 * polls < schedule.polls < polls
    assert schedule.delay_s <= 1.01 * delay


def test_lots_make_up_for_the_gap_between_two_schedules() -> None:
    """No schedule makes just the polls allowed; all leases together do."""
    humps = Arrivals((2.0,) * 40 + (30.0,) * 40)
    fewer, more = (plan(humps, 120.0, 0.0, 3.0, lot).polls for lot in (1.0, 0.0))
    mixed = mean(plan(humps, 120.0, 0.0, 3.0, n / 100).polls for n in range(100))
    assert fewer < mixed < more
    assert mixed == pytest.approx(loop(3.0, humps)[0], rel=0.02)


def test_where_there_is_room_codes_come_early() -> None:
    """A tenth of a five-second loop's delay."""
    schedule = plan(PRIOR, 120.0, 0.0, 0.2)
    assert schedule.delay_s < 0.1 * loop(5.0)[1]
    assert schedule.polls < 13


def test_two_humps_get_their_polls() -> None:
    """Where messages come at 2 s or at 30 s, few polls fall between."""
    arrivals = Arrivals((2.0,) * 40 + (30.0,) * 40)
    polls = plan(arrivals, 120.0, 0.0, 3.0).polls_s()
    assert len([at for at in polls if 6 < at < 20]) <= 1
    assert [at for at in polls if 20 <= at < 45]


@settings(deadline=None, max_examples=60)
@given(
    seen=st.lists(st.floats(0, 100), max_size=30).map(tuple),
    timeout_s=st.floats(0.1, 600),
    interval_s=st.sampled_from([0.0, 3.0, 5.0]),
    share_s=st.sampled_from([0.0, 0.2, 3.0, 60.0]),
)
def test_never_oftener_than_documented_and_last_at_the_deadline(
    seen: tuple[float, ...], timeout_s: float, interval_s: float, share_s: float
) -> None:
    """Whatever was seen and however long the wait."""
    polls = plan(Arrivals(seen), timeout_s, interval_s, share_s).polls_s()
    assert all(later - sooner >= interval_s for sooner, later in pairwise(polls))
    assert polls == sorted(set(polls))
    assert polls[-1] == timeout_s
