"""When to ask next."""

from __future__ import annotations

from itertools import accumulate
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.pacing import Quota, Timetable, Window, lot
from pytest_otp.core.schedule import plan
from pytest_otp.models import Capabilities, Rate


def timetable(capabilities: Capabilities, asked_at: float = -inf) -> Timetable:
    """Of a wait from 100 to 220."""
    return Timetable(capabilities, Arrivals(), since=100.0, deadline=220.0, asked_at=asked_at)


def test_a_wait_keeps_the_interval_to_the_wait_before() -> None:
    """The first poll of a second wait is an interval after the last of the first."""
    assert timetable(Capabilities(read_interval_s=30.0), asked_at=99.0).next_at() == 129.0


def test_a_wait_without_a_poll_left_says_so() -> None:
    """Where the interval ends after the deadline, nothing is asked."""
    assert timetable(Capabilities(read_interval_s=5.0), asked_at=216.0).next_at() is None


def test_the_last_poll_falls_on_the_deadline() -> None:
    """None is asked between, if it would keep the last one from being asked."""
    table = timetable(Capabilities(read_interval_s=5.0))
    table.asking(212.0)
    assert table.next_at() == 220.0
    table.asking(220.0)
    assert table.next_at() is None


def test_failures_in_a_row_double_the_pause() -> None:
    """Up to eight seconds; an answer ends the row."""
    table = timetable(Capabilities(read_interval_s=0.0, long_poll_s=30.0))
    pauses = []
    for _ in range(9):
        table.asking(120.0)
        table.failed(120.0, None)
        pauses.append((table.next_at() or 0) - 120.0)
    assert pauses == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 8.0])
    table.answered()
    table.failed(120.0, None)
    assert table.next_at() == pytest.approx(120.05)


def test_retry_after_is_kept_even_past_the_deadline() -> None:
    """A provider that wants two minutes of silence gets them."""
    table = timetable(Capabilities(read_interval_s=0.0))
    table.asking(110.0)
    table.failed(110.0, 120.0)
    assert table.next_at() is None


def test_a_resend_begins_anew() -> None:
    """Arrivals count from the resend, so the polls are dense again after it."""
    table = timetable(Capabilities(read_interval_s=0.0))
    table.asking(180.0)
    late = table.next_at()
    table.resent(180.0)
    soon = table.next_at()
    assert late is not None
    assert soon is not None
    assert soon < 182.0 < late


def test_a_poll_that_was_made_when_planned_is_not_planned_again() -> None:
    """Seconds since the epoch are so many that a difference of two is off in its last digits."""
    since = 1_700_000_000.1234567
    table = Timetable(
        Capabilities(read_interval_s=0.0, read_rate=Rate(30, 1.0)),
        Arrivals(),
        since=since,
        deadline=since + 120.0,
        asked_at=-inf,
    )
    planned = plan(Arrivals(), 120.0, 0.0, 0.0).polls_s()
    asked = []
    while (at := table.next_at()) is not None:
        asked.append(at - since)
        table.asking(at)
    assert asked == pytest.approx(planned, abs=1e-5)


def test_a_lot_is_the_same_for_the_same_lease_and_even_over_many() -> None:
    """So one wait keeps to one schedule, and all lots are drawn."""
    lots = sorted(lot(f"lease-{n}") for n in range(400))
    assert lot("a", "b") == lot("a", "b") != lot("ab", "")
    assert all(abs(each - n / 400) < 0.1 for n, each in enumerate(lots))


def test_a_window_lets_its_limit_through_at_once() -> None:
    """As many requests as the limit leave together; the next waits for the window's end."""
    window = Window(3, 1.0)
    assert [window.delay_s(100.0) for _ in range(7)] == [0, 0, 0, 1, 1, 1, 2]


def test_a_request_that_nobody_waits_for_takes_no_place() -> None:
    """A hundred refused for the pace do not keep the next one waiting."""
    window = Window(10, 1.0)
    assert sum(window.delay_s(100.0, patience_s=2.0) <= 2.0 for _ in range(100)) == 30
    assert window.delay_s(103.0) == 0


def test_a_window_counts_any_span_of_its_length() -> None:
    """The window moves with each request: it is not a second on the clock."""
    window = Window(2, 1.0)
    assert [window.delay_s(now) for now in (100.0, 100.9, 101.0)] == [0, 0, 0]
    assert window.delay_s(101.2) == pytest.approx(0.7)


@given(
    limit=st.integers(1, 5),
    window_s=st.integers(1, 10),
    gaps=st.lists(st.integers(0, 12), max_size=60),
)
def test_no_window_holds_more_than_its_limit(limit: int, window_s: int, gaps: list[int]) -> None:
    """Whenever requests come, at most ``limit`` leave within any ``window_s`` seconds."""
    window = Window(limit, window_s)
    leaving = [now + window.delay_s(now) for now in accumulate(gaps)]
    assert leaving == sorted(leaving)
    pairs = zip(leaving, leaving[limit:], strict=False)
    assert all(later - earlier >= window_s for earlier, later in pairs)


def test_a_quota_that_is_used_up_waits_for_its_reset() -> None:
    """With nothing remaining, the next request leaves at the reset and not before."""
    quota = Quota(60.0)
    assert quota.delay_s(100.0) == 0
    quota.heard({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "130"})
    assert quota.delay_s(110.0) == 20
    assert quota.delay_s(130.0) == 0


def test_a_quota_counts_what_is_under_way() -> None:
    """Requests that leave before the next answer use the quota up too."""
    quota = Quota(60.0)
    assert quota.delay_s(100.0) == 0
    quota.heard({"X-RateLimit-Remaining": "2", "X-RateLimit-Reset": "130"})
    assert [quota.delay_s(101.0) for _ in range(3)] == [0, 0, 29]


def test_a_reset_of_another_clock_blocks_for_one_window_at_most() -> None:
    """A provider whose clock is an hour ahead cannot stop a client for an hour."""
    quota = Quota(60.0)
    assert quota.delay_s(100.0) == 0
    quota.heard({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3700"})
    assert quota.delay_s(100.0) == 60


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "130"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 400},
    ],
)
def test_headers_that_are_no_quota_change_nothing(headers: dict[str, str]) -> None:
    """A header that is missing or no number is not obeyed."""
    quota = Quota(60.0)
    assert quota.delay_s(100.0) == 0
    quota.heard(headers)
    assert quota.delay_s(100.0) == 0
