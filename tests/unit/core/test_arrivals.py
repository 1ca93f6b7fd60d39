"""When SMS arrive."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.arrivals import ENOUGH, MEDIAN_S, P95_S, Arrivals
from pytest_otp.core.schedule import plan

SECONDS = st.floats(0, 600, allow_nan=False)


def test_the_prior_is_what_is_published() -> None:
    """Half of all messages are there at the median, 95 % at the 95th percentile."""
    prior = Arrivals()
    assert prior.by(MEDIAN_S) == pytest.approx(0.5, abs=0.02)
    assert prior.by(P95_S) == pytest.approx(0.95, abs=0.02)


def test_what_was_seen_takes_the_place_of_the_prior() -> None:
    """After enough arrivals around ten seconds, hardly anything is expected before seven."""
    assert Arrivals((10.0,) * ENOUGH).by(7.0) < 0.1 < Arrivals((10.0,) * 5).by(7.0)


def test_what_was_there_already_is_expected_at_once() -> None:
    """Messages that lie there when the wait begins make early polls worth it."""
    assert Arrivals((0.0,) * ENOUGH).by(0.1) > 0.9


@given(st.lists(SECONDS, max_size=40).map(tuple), SECONDS, SECONDS)
def test_probability_only_grows(seen: tuple[float, ...], one: float, other: float) -> None:
    """It is a distribution, whatever was seen."""
    arrivals = Arrivals(seen)
    assert 0 <= arrivals.by(min(one, other)) <= arrivals.by(max(one, other)) < 1


@given(st.lists(SECONDS, max_size=40).map(tuple), SECONDS, SECONDS, st.floats(0, 1))
def test_an_arrival_lies_between_its_polls(
    seen: tuple[float, ...], one: float, other: float, lot: float
) -> None:
    """Whatever was seen before."""
    sooner_s, later_s = sorted((one, other))
    assert sooner_s <= Arrivals(seen).between(sooner_s, later_s, lot) <= later_s


def test_the_lot_draws_from_what_is_known() -> None:
    """Between two polls an arrival is put where arrivals were before, and not in the middle."""
    arrivals = Arrivals((2.0,) * 100)
    drawn = [arrivals.between(0.0, 10.0, n / 50) for n in range(1, 50)]
    assert drawn == sorted(drawn)
    assert all(1.3 < each < 3.0 for each in drawn)


def test_learning_from_polls_leads_back_to_the_arrivals() -> None:
    """Five hundred waits that only know between which polls their messages came.

    From the middles between polls one would learn to ask too early, more so with each wait.
    """
    rng = random.Random(0)
    coming = [
        rng.lognormvariate(3.2, 0.25) if n % 5 > 2 else rng.lognormvariate(1.0, 0.4)
        for n in range(500)
    ]
    seen: list[float] = []
    made: list[int] = []
    delays: list[float] = []
    for n, arrives_s in enumerate(coming):
        if n % 20 == 0:
            known = Arrivals(tuple(seen[-100:]))
        asked_s = [0.0, *plan(known, 120.0, 5.0, 0.0, rng.random()).polls_s()]
        found = next(k for k, at in enumerate(asked_s) if at >= arrives_s)
        seen.append(known.between(asked_s[found - 1], asked_s[found], rng.random()))
        made.append(found)
        delays.append(asked_s[found] - arrives_s)
    assert sum(made[200:]) < 0.7 * sum(2 + each // 5 for each in coming[200:])
    assert sum(delays[200:]) < sum(-each % 5 for each in coming[200:])
