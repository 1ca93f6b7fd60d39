"""When SMS arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.arrivals import ENOUGH, MEDIAN_S, P95_S, Arrivals

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
