"""DogeSMS's OAuth2 client credentials: the token endpoint, and whom a token speaks for.

The document has neither address nor format, so RFC 6749 gives them (sections 2.3.1, 4.4, 5.1 and
5.2) and two usual addresses are open. Its two hours are the document's. Any client with any
secret has an account, which bears the client's id.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from starlette.responses import JSONResponse

from pytest_otp.sandbox.fields import BadRequest, read_form
from pytest_otp.sandbox.keys import basic, usable
from pytest_otp.sandbox.refusals import KeyRevoked

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.world import World

_LIFETIME_S: Final = 7200
_HEADERS: Final = {"Cache-Control": "no-store"}


class Tokens:
    """Every token that was given out."""

    def __init__(self) -> None:
        self._clients: dict[str, tuple[str, datetime]] = {}

    def issue(self, client: str, now: datetime) -> str:
        """A new token, good for two hours."""
        token = secrets.token_urlsafe(24)
        self._clients[token] = (client, now + timedelta(seconds=_LIFETIME_S))
        return token

    def client(self, token: str, now: datetime) -> str | None:
        """Whom the token speaks for; None if it was never given out or is too old."""
        client, expires_at = self._clients.get(token, (None, now))
        return client if now < expires_at else None


async def token(request: Request) -> Response:
    """``POST /dogesms/oauth/token`` and ``POST /dogesms/oauth2/token``."""
    world: World = request.app.state.world
    try:
        form = await read_form(request)
    except BadRequest as bad:
        return _error(400, "invalid_request", str(bad))
    if form.get("grant_type") != "client_credentials":
        return _error(400, "unsupported_grant_type", "ask for grant_type=client_credentials")
    client = _client(request, form)
    if client is None:
        return _error(401, "invalid_client", "send the client's id and secret")
    try:
        world.account(request.app.state.dialects["dogesms"], client)
    except KeyRevoked as revoked:
        return _error(401, "invalid_client", str(revoked))
    access_token = world.drawer(Tokens).issue(client, world.timeline.clock.now())
    return JSONResponse(
        {"access_token": access_token, "token_type": "Bearer", "expires_in": _LIFETIME_S},
        headers=_HEADERS,
    )


def _client(request: Request, form: dict[str, str]) -> str | None:
    if "authorization" in request.headers:
        pair = basic(request)
        return unquote_plus(pair[0]) if pair else None
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    return client if usable(client) and usable(secret) else None


def _error(status: int, error: str, description: str) -> Response:
    # RFC 6749 section 5.2: a 401 names the scheme that the client may use.
    challenge = {"WWW-Authenticate": 'Basic realm="dogesms"'} if status == 401 else {}
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, {**_HEADERS, **challenge})
