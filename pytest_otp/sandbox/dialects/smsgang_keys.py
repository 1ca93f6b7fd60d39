"""SMSGang's two kinds of credential: who may ask what, and the API keys' own endpoints.

The account's token (a dashboard's) manages API keys, an API key does everything else. A key that
was made here speaks for the account that made it; any other key opens an account of its own.
Every answer without data is a ``message``, errors too.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.clock import iso_seconds
from pytest_otp.sandbox.exact import ExactJSON
from pytest_otp.sandbox.fields import TEXT, BadRequest, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.keys import api_key, bearer
from pytest_otp.sandbox.market import Dialect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World, Account], Awaitable[Response]]
    Endpoint = Callable[[Request], Awaitable[Response]]

DIALECT: Final = Dialect("smsgang", lifetime_s=15 * 60)

_ERRORS: Final[dict[type[refusals.Refusal], tuple[int, str]]] = {
    refusals.UnknownService: (400, "Invalid service or country"),
    refusals.UnknownCountry: (400, "Invalid service or country"),
    refusals.InsufficientBalance: (422, "Insufficient balance"),
    refusals.OutOfStock: (422, "No numbers available"),
}


class Declined(Exception):
    """A refusal that only this provider knows.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True, eq=False)
class _ApiKey:
    id: int
    account: Account
    name: str
    plain: str
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def prefix(self) -> str:
        return self.plain[:8]


class _ApiKeys:
    """Every key that was made, by itself."""

    def __init__(self) -> None:
        self.made: dict[str, _ApiKey] = {}
        self._ids = itertools.count(1)

    def make(self, account: Account, name: str) -> _ApiKey:
        plain = f"sgk_live_{secrets.token_hex(16)}"
        self.made[plain] = _ApiKey(next(self._ids), account, name, plain)
        return self.made[plain]

    def of(self, account: Account) -> list[_ApiKey]:
        return [key for key in self.made.values() if key.account is account]


def with_key(handler: Handler) -> Endpoint:
    """An endpoint for whoever sends an API key in ``X-API-Key``."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        world: World = request.app.state.world
        account = _key_holder(world, api_key(request))
        if account is None:
            return message("Unauthorized - Invalid API key", 401)
        return await _answered(handler, request, account)

    return answer


def with_token(handler: Handler) -> Endpoint:
    """An endpoint for whoever sends the account's token as a bearer."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        account = _opened(request.app.state.world, bearer(request))
        if account is None:
            return message("Unauthorized", 401)
        return await _answered(handler, request, account)

    return answer


def _key_holder(world: World, key: str | None) -> Account | None:
    made = world.drawer(_ApiKeys).made.get(key or "")
    if made is None:
        return _opened(world, key)
    if made.revoked_at or world.is_revoked(DIALECT.name, made.plain):
        return None
    made.last_used_at = world.timeline.clock.now()
    return _opened(world, made.account.key)


def _opened(world: World, key: str | None) -> Account | None:
    try:
        return world.account(DIALECT, key) if key else None
    except refusals.KeyRevoked:
        return None


async def _answered(handler: Handler, request: Request, account: Account) -> Response:
    try:
        return await handler(request, request.app.state.world, account)
    except Declined as declined:
        return message(str(declined), declined.status)
    except refusals.Refusal as refusal:
        status, words = _ERRORS[type(refusal)]
        return message(words, status)
    except BadRequest as bad:
        return message(str(bad), 400)


def data(content: object, status: int = 200) -> Response:
    """An answer with data."""
    return ExactJSON({"data": content}, status)


def message(words: str, status: int = 200) -> Response:
    """An answer without data."""
    return ExactJSON({"message": words}, status)


@with_token
async def keys(_request: Request, world: World, account: Account) -> Response:
    """``GET …/api-keys``."""
    made = world.drawer(_ApiKeys).of(account)
    return data(
        [
            {
                "id": key.id,
                "name": key.name,
                "key_prefix": key.prefix,
                "last_used_at": _moment(key.last_used_at),
                "revoked_at": _moment(key.revoked_at),
            }
            for key in made
        ]
    )


@with_token
async def create_key(request: Request, world: World, account: Account) -> Response:
    """``POST …/api-keys``: the only answer that has the whole key."""
    body = read_object(await read_json(request), required={"name": TEXT})
    key = world.drawer(_ApiKeys).make(account, body["name"])
    shown: dict[str, Any] = {
        "id": key.id,
        "name": key.name,
        "plain_key": key.plain,
        "key_prefix": key.prefix,
        "revoked_at": None,
    }
    return data(shown, 201)


@with_token
async def revoke_key(request: Request, world: World, account: Account) -> Response:
    """``DELETE …/api-keys/{id}``."""
    wanted = number_in(request.path_params["id"], "")
    made = world.drawer(_ApiKeys).of(account)
    key = next((key for key in made if key.id == wanted), None)
    if key is None:
        raise Declined(404, "API key not found")
    key.revoked_at = key.revoked_at or world.timeline.clock.now()
    return message("API key revoked successfully")


def _moment(moment: datetime | None) -> str | None:
    return iso_seconds(moment) if moment else None
