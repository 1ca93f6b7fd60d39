"""At which seconds of a wait to ask."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.schedule import plan

PRIOR = Arrivals()


def loop(interval_s: float) -> tuple[float, float]:
    """Expected polls and delay of a loop that asks at once and then each interval."""
    polls, delay, step, comes = 1.0, 0.0, interval_s / 100, PRIOR.by(120)
    for n in range(int(120 / interval_s)):
        start = n * interval_s
        before = PRIOR.by(start)
        polls += (comes - before) / comes
        delay += sum((PRIOR.by(start + i * step) - before) * step for i in range(100))
    return polls, delay / comes


@pytest.mark.parametrize("interval_s", [3.0, 5.0, 10.0])
def test_a_share_is_spent_where_messages_arrive(interval_s: float) -> None:
    """With no more polls than a loop, at most 0.7 times its delay."""
    polls, delay = loop(interval_s)
    schedule = plan(PRIOR, 120.0, 0.0, interval_s)
    assert schedule.polls <= polls
    assert schedule.delay_s <= 0.7 * delay


def test_a_documented_interval_costs_fewer_polls_and_less_delay_than_its_loop() -> None:
    """The first poll waits until a message is likely to be there."""
    polls, delay = loop(5.0)
    schedule = plan(PRIOR, 120.0, 5.0, 0.0)
    assert schedule.polls <= 0.7 * polls
    assert schedule.delay_s < delay


def test_where_there_is_room_codes_come_early() -> None:
    """A third of a second after the arrival, for fewer than ten polls."""
    schedule = plan(PRIOR, 120.0, 0.0, 0.2)
    assert schedule.delay_s < 0.35
    assert schedule.polls < 10


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
