"""When one request is repeated: one set of tenacity settings, used by both drivers.

A retry repeats one ``Send`` and only a repeatable one. Patience is counted in the seconds that
were slept, not by a clock, and a ``Retry-After`` that would pass it ends the tries at once:
the flow then sees the provider's answer and decides.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import httpx
import tenacity

from pytest_otp.core.effects import never_left

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.effects import Send

TRIES: Final = 4
BUSY: Final = frozenset({429, 500, 502, 503, 504})


def settings(send: Send, now: Callable[[], float]) -> dict[str, Any]:
    """Keyword arguments for ``tenacity.Retrying`` and ``tenacity.AsyncRetrying``.

    Args:
        send: the request; one that is not repeatable is tried once.
        now: seconds since the epoch, to read a ``Retry-After`` date against.
    """
    doubtful: list[BaseException] = []

    def remember(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None and not never_left(error):
            doubtful.append(error)

    def give_up(state: tenacity.RetryCallState) -> httpx.Response:
        # A last try that was refused does not undo an earlier one that may have been served.
        if doubtful and state.outcome and state.outcome.failed:
            raise doubtful[-1]
        assert state.outcome is not None  # noqa: S101 - tenacity's promise, for the type checker
        response: httpx.Response = state.outcome.result()
        return response

    def wait(state: tenacity.RetryCallState) -> float:
        response = _response(state)
        asked = retry_after_s(response, now()) if response is not None else None
        if asked is not None:
            return asked
        return float(0.2 * 2 ** (state.attempt_number - 1) * random.uniform(0.75, 1.25))  # noqa: S311 - jitter

    def stop(state: tenacity.RetryCallState) -> bool:
        return (
            not send.repeatable
            or state.attempt_number >= TRIES
            or state.idle_for + state.upcoming_sleep > send.patience_s
        )

    return {
        "retry": tenacity.retry_if_exception_type(httpx.TransportError)
        | tenacity.retry_if_result(lambda response: response.status_code in BUSY),
        "wait": wait,
        "stop": stop,
        "before_sleep": remember,
        "retry_error_callback": give_up,
    }


def retry_after_s(response: httpx.Response, now: float) -> float | None:
    """Seconds that ``Retry-After`` (RFC 9110, section 10.2.3) asks to wait; None without one."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.fromtimestamp(now, UTC)).total_seconds())


def _response(state: tenacity.RetryCallState) -> httpx.Response | None:
    if state.outcome is None or state.outcome.failed:
        return None
    response: httpx.Response = state.outcome.result()
    return response
