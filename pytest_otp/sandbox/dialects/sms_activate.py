"""sms-activate.dev's API: five endpoints, and every answer says how much of the limit is left.

A cancel after a message is granted without a refund, for the document ties only the refund to
there being no message. Moments are told to the second, so a client can tell two messages with the
same code apart only where a second lies between them.

Not stated by the provider, and so chosen here: every error's status and body, and the words
``pending`` and ``expired``. An activation whose time ends after its message stays ``received``.
"""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.clock import iso_seconds
from pytest_otp.sandbox.codes import code_in
from pytest_otp.sandbox.exact import ExactJSON
from pytest_otp.sandbox.fields import TEXT, BadRequest, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.keys import bearer
from pytest_otp.sandbox.limits import RateLimit
from pytest_otp.sandbox.market import Dialect, Wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account, Activation
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World, Account], Awaitable[Response]]

DIALECT: Final = Dialect("sms-activate")

_STATUS: Final = {
    State.PENDING: "pending",
    State.RECEIVED: "received",
    State.FINISHED: "received",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "expired",
}
_ERRORS: Final[dict[type[refusals.Refusal], tuple[int, str]]] = {
    refusals.KeyRevoked: (401, "unauthorized"),
    refusals.InsufficientBalance: (402, "insufficient_balance"),
    refusals.UnknownService: (404, "unknown_service"),
    refusals.UnknownCountry: (404, "unknown_country"),
    refusals.NotFound: (404, "not_found"),
    refusals.OutOfStock: (409, "out_of_stock"),
    refusals.TooEarly: (409, "too_early"),
    refusals.Ended: (409, "ended"),
}


class _Limit(RateLimit):
    def __init__(self) -> None:
        super().__init__(300, window_s=60)


def _error(status: int, code: str, message: str) -> Response:
    return ExactJSON({"error": code, "message": message}, status)


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def answer(request: Request) -> Response:
        key = bearer(request)
        if key is None:
            return _error(401, "unauthorized", "the key is missing or malformed")
        world: World = request.app.state.world
        try:
            account = world.account(DIALECT, key)
        except refusals.KeyRevoked as refusal:
            return _refused(refusal)
        limit = world.drawer(_Limit)
        standing = limit.count(account, world.timeline.clock.now())
        if standing.granted:
            response = await _answered(handler, request, world, account)
        else:
            response = _error(429, "rate_limited", "too many requests in this minute")
        response.headers["X-RateLimit-Limit"] = str(limit.requests)
        response.headers["X-RateLimit-Remaining"] = str(standing.remaining)
        response.headers["X-RateLimit-Reset"] = str(math.ceil(standing.resets_at.timestamp()))
        return response

    return answer


async def _answered(handler: Handler, request: Request, world: World, account: Account) -> Response:
    try:
        return await handler(request, world, account)
    except refusals.Refusal as refusal:
        return _refused(refusal)
    except BadRequest as bad:
        return _error(400, "invalid_request", str(bad))


def _refused(refusal: refusals.Refusal) -> Response:
    return _error(*_ERRORS[type(refusal)], str(refusal))


@_endpoint
async def balance(_request: Request, _world: World, account: Account) -> Response:
    """``GET /sms-activate/api/v1/balance``."""
    available = account.wallet.available
    return ExactJSON({"balance": available.amount, "currency": available.currency})


@_endpoint
async def available(request: Request, world: World, account: Account) -> Response:
    """``GET /sms-activate/api/v1/numbers/available?service=&country=``."""
    asked = read_object(dict(request.query_params), required={"service": TEXT, "country": TEXT})
    (offer,) = world.offers(account, service=asked["service"], country=asked["country"].upper())
    return ExactJSON(
        {
            "service": asked["service"],
            "country": asked["country"].lower(),
            "price": offer.price.amount,
            "available": offer.stock,
        }
    )


@_endpoint
async def buy(request: Request, world: World, account: Account) -> Response:
    """``POST /sms-activate/api/v1/numbers/buy``."""
    body = read_object(await read_json(request), required={"service": TEXT, "country": TEXT})
    activation, _ = world.lease(account, Wish(body["service"], body["country"].upper()))
    return ExactJSON(
        {
            "id": _id(activation),
            "number": activation.number,
            "service": activation.service,
            "country": activation.country.lower(),
            "expires_at": iso_seconds(activation.expires_at),
        }
    )


@_endpoint
async def read(request: Request, world: World, account: Account) -> Response:
    """``GET /sms-activate/api/v1/activations/{id}``: the latest code and when it came."""
    activation = _asked_for(request, world, account)
    shown: dict[str, Any] = {"id": _id(activation), "status": _STATUS[activation.state]}
    if activation.messages:
        latest = activation.messages[-1]
        shown["code"] = code_in(latest.text)
        shown["received_at"] = iso_seconds(latest.received_at)
    return ExactJSON(shown)


@_endpoint
async def cancel(request: Request, world: World, account: Account) -> Response:
    """``DELETE /sms-activate/api/v1/activations/{id}``."""
    activation = _asked_for(request, world, account)
    world.cancel(activation, forfeit=True)
    return ExactJSON(
        {
            "id": _id(activation),
            "status": _STATUS[activation.state],
            "refunded": activation.refunded,
        }
    )


def _asked_for(request: Request, world: World, account: Account) -> Activation:
    return world.activation(account, number_in(request.path_params["id"], "act_"))


def _id(activation: Activation) -> str:
    return f"act_{activation.id}"
