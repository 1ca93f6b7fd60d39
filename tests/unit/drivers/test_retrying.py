"""What is asked again, and which of several tries counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import tenacity

from pytest_otp.core.effects import Send
from pytest_otp.drivers import retrying

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = httpx.Request("POST", "https://api.example/buy")
NOW = 1_700_000_000.0
LOST = httpx.ReadTimeout("")
REFUSED = httpx.ConnectError("")


def tries(
    *outcomes: httpx.Response | Exception,
    repeatable: bool = True,
    patience_s: float = 60.0,
    request: httpx.Request = REQUEST,
) -> tuple[Callable[[], httpx.Response], list[float]]:
    """The whole of it as one call, and the sleeps between the tries."""
    left = iter(outcomes)
    slept: list[float] = []

    def once() -> httpx.Response:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    send = Send(request, repeatable=repeatable, patience_s=patience_s)
    attempts = tenacity.Retrying(**retrying.settings(send, lambda: NOW), sleep=slept.append)
    return (lambda: attempts(once)), slept


def answer(status: int, retry_after: str | None = None) -> httpx.Response:
    """An answer of this status."""
    return httpx.Response(status, headers={"Retry-After": retry_after} if retry_after else None)


def test_a_request_that_is_not_repeatable_is_sent_once() -> None:
    """Whatever becomes of it."""
    run, slept = tries(LOST, repeatable=False)
    with pytest.raises(httpx.ReadTimeout):
        run()
    run, slept = tries(answer(503), repeatable=False)
    assert run().status_code == 503
    assert slept == []


@pytest.mark.parametrize("status", sorted(retrying.BUSY))
def test_a_busy_server_is_asked_again_with_growing_pauses(status: int) -> None:
    """Exponential backoff, with jitter."""
    run, slept = tries(answer(status), answer(status), answer(200))
    assert run().status_code == 200
    assert slept == [pytest.approx(0.2, rel=0.25), pytest.approx(0.4, rel=0.25)]


def test_a_refusal_is_not_asked_again() -> None:
    """402 stays 402."""
    run, slept = tries(answer(402))
    assert run().status_code == 402
    assert slept == []


def test_retry_after_is_obeyed_to_the_second() -> None:
    """In seconds and as a date, which is in UTC whether it says so or not."""
    dates = [f"Tue, 14 Nov 2023 22:13:25 {zone}" for zone in ("GMT", "-0000")]
    run, slept = tries(*[answer(429, value) for value in ("7", *dates)], answer(200))
    assert run().status_code == 200
    assert slept == [7.0, 5.0, 5.0]


def test_a_retry_after_beyond_the_patience_ends_it_at_once() -> None:
    """The flow sees the 429 and decides."""
    run, slept = tries(answer(429, "61"))
    assert run().status_code == 429
    assert slept == []


def test_patience_is_a_sum() -> None:
    """The tries end before the sleeps pass it."""
    run, slept = tries(answer(429, "4"), answer(429, "4"), answer(429, "4"), patience_s=10)
    assert run().status_code == 429
    assert slept == [4.0, 4.0]


@pytest.mark.parametrize("last", [REFUSED, answer(429), answer(401), answer(403)], ids=str)
def test_a_lost_answer_stays_lost_when_the_repetition_is_turned_away(
    last: httpx.Response | Exception,
) -> None:
    """It says nothing about the first try, which may have been charged."""
    run, _ = tries(LOST, *[last] * retrying.TRIES)
    with pytest.raises(httpx.ReadTimeout):
        run()
    run, _ = tries(answer(502), *[last] * retrying.TRIES)
    assert run().status_code == 502


@pytest.mark.parametrize("status", [200, 402, 409, 460])
def test_a_repetition_that_is_looked_at_settles_a_lost_answer(status: int) -> None:
    """Under the same key the server knows what it did."""
    run, _ = tries(LOST, answer(status))
    assert run().status_code == status


def test_a_conflict_under_the_same_key_leaves_a_lost_purchase_lost() -> None:
    """The first try may still be served: a gateway gave up on it, and not its server."""
    keyed = httpx.Request("POST", REQUEST.url, headers={"Idempotency-Key": "7"})
    run, _ = tries(answer(504), *[answer(409)] * retrying.TRIES, request=keyed)
    assert run().status_code == 504
    run, _ = tries(answer(504), answer(409), answer(200), request=keyed)
    assert run().status_code == 200
    run, _ = tries(answer(409), request=keyed)
    assert run().status_code == 409


def test_a_bad_key_is_told_at_once() -> None:
    """Without a doubtful try before it, 401 is an answer like any other."""
    run, slept = tries(answer(401))
    assert run().status_code == 401
    assert slept == []
