"""When one request is repeated: one set of tenacity settings, used by both drivers.

A retry repeats one ``Send`` and only a repeatable one. Patience is counted in the seconds that
were slept, not by a clock, and a ``Retry-After`` that would pass it ends the tries at once:
the flow then sees the provider's answer and decides. What it sees is the most doubtful try: a
purchase that may have been served stays so, whatever its repetition ran into at the door.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import httpx
import tenacity

from pytest_otp.core.effects import never_left, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.effects import Send

TRIES: Final = 4
BUSY: Final = frozenset({429, 500, 502, 503, 504})
# Said at the door, before anybody looks at what the request is.
_AT_THE_DOOR: Final = frozenset({401, 403, 429})
# Said under an idempotency key whose first request is still being served, as behind a gateway that
# gave up on it: draft-ietf-httpapi-idempotency-key-header-07, "Error Handling".
_BEING_SERVED: Final = 409


def settings(send: Send, now: Callable[[], float]) -> dict[str, Any]:
    """Keyword arguments for ``tenacity.Retrying`` and ``tenacity.AsyncRetrying``.

    Args:
        send: the request; one that is not repeatable is tried once.
        now: seconds since the epoch, to read a ``Retry-After`` date against.
    """
    doubtful: list[tenacity.Future] = []
    creates = send.request.method == "POST" and "Idempotency-Key" in send.request.headers
    telling_nothing = _AT_THE_DOOR | ({_BEING_SERVED} if creates else set())

    def again(response: httpx.Response) -> bool:
        status = response.status_code
        return status in BUSY or (bool(doubtful) and status in telling_nothing)

    def remember(state: tenacity.RetryCallState) -> None:
        if state.outcome is not None and _perhaps_served(state.outcome):
            doubtful.append(state.outcome)

    def give_up(state: tenacity.RetryCallState) -> httpx.Response:
        assert state.outcome is not None  # noqa: S101 - tenacity's promise, for the type checker
        last = state.outcome
        if doubtful and not _perhaps_served(last):
            last = doubtful[-1]
        response: httpx.Response = last.result()
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
        | tenacity.retry_if_result(again),
        "wait": wait,
        "stop": stop,
        "before_sleep": remember,
        "retry_error_callback": give_up,
    }


def _perhaps_served(outcome: tenacity.Future) -> bool:
    """Whether the try reached somebody who may have done what it asked."""
    error = outcome.exception()
    if error is not None:
        return not never_left(error)
    return bool(outcome.result().status_code >= 500)


def _response(state: tenacity.RetryCallState) -> httpx.Response | None:
    if state.outcome is None or state.outcome.failed:
        return None
    response: httpx.Response = state.outcome.result()
    return response
