"""When to ask next."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.pacing import Quota, Window, next_at
from pytest_otp.models import Capabilities


def test_reads_are_an_interval_apart() -> None:
    """The next read is the provider's interval after the last."""
    assert next_at(Capabilities(poll_interval_s=5.0), 100.0) == 105.0


def test_a_window_lets_its_limit_through_at_once() -> None:
    """As many requests as the limit leave together; the next waits for the window's end."""
    window = Window(3, 1.0)
    assert [window.delay_s(100.0) for _ in range(7)] == [0, 0, 0, 1, 1, 1, 2]


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
