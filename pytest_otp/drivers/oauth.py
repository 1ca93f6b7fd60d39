"""OAuth2 client credentials (RFC 6749, section 4.4): one token for all that wait.

``TokenSource.exchange`` is a generator of steps that both transports perform, as both drivers
perform flows: a request to send, an answer to read whole, a future to wait for. However many
threads and event loops need a token, one of them fetches it and the others wait for that one.
A client that gets no token looks like one with a wrong key: its request is answered with a 401.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import httpx

from pytest_otp.providers.access import Header

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_otp.providers.access import OAuthClient

# Where the answer names no ``expires_in``: as DogeSMS documents it.
LIFETIME_S: Final = 2 * 60 * 60.0
MARGIN_S: Final = 60.0
_TIMEOUT: Final = httpx.Timeout(10.0).as_dict()
# RFC 6749, section 5.2. No other word of the answer is repeated: it may quote the secret.
_ERRORS: Final = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)

# A request is answered with its response, unread; a response with itself, read whole and let go.
Step = httpx.Request | httpx.Response | Future["Outcome"]


class TokenUnavailable(httpx.ConnectError):
    """No token could be fetched now, so the request that needs one never left."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, good until ``stale_at`` on the clock of its source."""

    header: Header
    stale_at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no token; ``refused`` if asking again is no use."""

    reason: str
    refused: bool


# None: whoever was fetching was cancelled, so that another has to.
Outcome = Token | Failure | None


class _Flight:
    """A fetch that is under way, and the thread that performs it."""

    def __init__(self) -> None:
        self.outcome: Future[Outcome] = Future()
        # From here on nobody who waits, and is cancelled, can cancel it for the others.
        self.outcome.set_running_or_notify_cancel()
        self.thread = threading.get_ident()


class TokenSource:
    """The access token of one client, shared by every transport that signs with it.

    Args:
        client: whose token.
        now: seconds, on any clock that does not jump.
    """

    def __init__(self, client: OAuthClient, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._flight: _Flight | None = None

    def exchange(
        self, request: httpx.Request, *, blocking: bool
    ) -> Generator[Step, Any, httpx.Response]:
        """Send the request with a token, and once more with a new one if that is refused.

        Args:
            request: without credentials.
            blocking: waiting for a future stops the thread.

        Raises:
            TokenUnavailable: no token could be fetched.
        """
        rejected: Token | None = None
        while True:
            outcome = yield from self._outcome(rejected, blocking=blocking)
            if isinstance(outcome, Failure):
                return _without_token(outcome, request)
            response: httpx.Response = yield signed(request, outcome.header)
            if response.status_code != 401 or rejected is not None:
                return response
            yield response
            rejected = outcome

    def _outcome(
        self, rejected: Token | None, *, blocking: bool
    ) -> Generator[Step, Any, Token | Failure]:
        while True:
            mine: _Flight | None = None
            outcome: Outcome = None
            try:
                with self._lock:  # never held over a step
                    token = self._token
                    if token and token is not rejected and self._now() < token.stale_at:
                        return token
                    flight = self._flight
                    if flight is None:
                        self._flight = mine = _Flight()
                # To block for a task of this very thread, which is fetching, would stop it.
                if flight is None or (blocking and flight.thread == threading.get_ident()):
                    outcome = yield from self._ask()
                    return outcome
            finally:
                self._land(mine, outcome)
            outcome = yield flight.outcome
            if outcome is not None:
                return outcome

    def _land(self, flight: _Flight | None, outcome: Outcome) -> None:
        """Keep a token, and end the flight, if it is ours, for all that wait."""
        with self._lock:
            if isinstance(outcome, Token):
                self._token = outcome
            if flight is not None:
                self._flight = None
        if flight is not None:
            flight.outcome.set_result(outcome)

    def _ask(self) -> Generator[Step, Any, Token | Failure]:
        asked_at = self._now()
        try:
            response = yield self._request()
            response = yield response
        except httpx.TransportError as failed:
            return Failure(f"no answer from the token URL ({type(failed).__name__})", refused=False)
        return _read(response, asked_at)

    def _request(self) -> httpx.Request:
        pair = f"{quote_plus(self._client.client_id)}:{quote_plus(self._client.client_secret)}"
        return httpx.Request(
            "POST",
            self._client.token_url,
            data={"grant_type": "client_credentials"},
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Accept": "application/json",
                "User-Agent": "pytest-otp",
            },
            extensions={"timeout": _TIMEOUT},
        )


def signed(request: httpx.Request, key: Header) -> httpx.Request:
    """A copy with the key: the request that a flow, an exception and a log record hold has none."""
    return httpx.Request(
        request.method,
        request.url,
        headers=[*request.headers.raw, (key.name.encode("ascii"), key.value.encode("ascii"))],
        stream=request.stream,
        extensions=request.extensions,
    )


def _read(response: httpx.Response, asked_at: float) -> Token | Failure:
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        document = None
    told = document if isinstance(document, dict) else {}
    status = response.status_code
    if status == 429 or status >= 500:
        return Failure(f"the token URL answered HTTP {status}", refused=False)
    if 400 <= status < 500:
        error = told.get("error")
        known = error if isinstance(error, str) and error in _ERRORS else "no token was granted"
        return Failure(known, refused=True)
    value, lifetime_s = told.get("access_token"), told.get("expires_in", LIFETIME_S)
    if not (isinstance(value, str) and value.isascii() and value.isprintable() and value):
        return Failure(f"the token URL answered HTTP {status} without a token", refused=False)
    if not isinstance(lifetime_s, int | float) or lifetime_s <= 0:
        lifetime_s = LIFETIME_S
    header = Header("Authorization", f"Bearer {value}")
    return Token(header, asked_at + lifetime_s - min(MARGIN_S, lifetime_s / 10))


def _without_token(failure: Failure, request: httpx.Request) -> httpx.Response:
    if not failure.refused:
        raise TokenUnavailable(failure.reason)
    error = {"code": failure.reason, "message": "the token URL refused the client"}
    return httpx.Response(401, json={"error": error}, request=request)
