"""How long a message is under way."""

from __future__ import annotations

import random
import statistics

from pytest_otp.sandbox.carrier import Carrier, Latency
from pytest_otp.sandbox.clock import LONGEST_S


def test_delays_have_the_median_and_the_percentile_that_were_asked_for() -> None:
    """Of many delays half are under the median and 95 of 100 under the percentile."""
    source = random.Random(1)
    delays = sorted(Latency(4, 12).draw(source) for _ in range(20_000))
    assert 3.9 < statistics.median(delays) < 4.1
    assert 11.5 < delays[19_000] < 12.5


def test_no_message_is_under_way_for_ever() -> None:
    """The tail of a wide spread ends where moments do not."""
    source = random.Random(1)
    assert max(Latency(LONGEST_S, 1000 * LONGEST_S).draw(source) for _ in range(100)) == LONGEST_S


def test_a_latency_without_spread_is_constant() -> None:
    """Median and percentile alike give every message the same delay."""
    assert {Latency(2, 2).draw(random.Random(1)) for _ in range(10)} == {2}


def test_the_seed_repeats_the_delays() -> None:
    """Two carriers from one seed delay the same; without latency there is no delay."""
    one, same = Carrier(random.Random(7)), Carrier(random.Random(7))
    assert one.delay_s() == 0
    one.latency = same.latency = Latency(4, 12)
    assert [one.delay_s() for _ in range(5)] == [same.delay_s() for _ in range(5)]
