"""The sandbox's own dialect: what a provider's API could be.

Every purchase has an idempotency key and can be looked up by it, a read can wait for the next
message, and there is no rate limit.
"""

from __future__ import annotations

import math
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.clock import iso
from pytest_otp.sandbox.fields import TEXT, BadRequest, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.market import Dialect, Wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.models import Money
    from pytest_otp.sandbox.activation import Account, Activation
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World, Account], Awaitable[Response]]

DIALECT: Final = Dialect("sandbox")
LONGEST_WAIT_S: Final = 60.0

_STATUS: Final[dict[type[refusals.Refusal], tuple[int, str]]] = {
    refusals.KeyRevoked: (401, "key_revoked"),
    refusals.InsufficientBalance: (402, "insufficient_balance"),
    refusals.UnknownService: (404, "unknown_service"),
    refusals.UnknownCountry: (404, "unknown_country"),
    refusals.NotFound: (404, "not_found"),
    refusals.OutOfStock: (409, "out_of_stock"),
    refusals.IdempotencyConflict: (409, "idempotency_conflict"),
    refusals.TooEarly: (409, "too_early"),
    refusals.MessageArrived: (409, "message_arrived"),
    refusals.NothingReceived: (409, "nothing_received"),
}


def _error(status: int, code: str, message: str, **more: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, **more}}, status)


def _refused(refusal: refusals.Refusal) -> JSONResponse:
    if isinstance(refusal, refusals.Ended):
        return _error(409, refusal.state, str(refusal))
    status, code = _STATUS[type(refusal)]
    if isinstance(refusal, refusals.TooEarly):
        return _error(status, code, str(refusal), retry_at=iso(refusal.retry_at))
    return _error(status, code, str(refusal))


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def answer(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return _error(401, "unauthorized", "send a key: 'Authorization: Bearer <key>'")
        world: World = request.app.state.world
        try:
            return await handler(request, world, world.account(DIALECT, key.strip()))
        except refusals.Refusal as refusal:
            return _refused(refusal)
        except BadRequest as bad:
            return _error(422, "invalid_request", str(bad))

    return answer


def _amount(money: Money) -> str:
    return str(money).partition(" ")[0]


def _shown(activation: Activation) -> dict[str, Any]:
    hold = activation.cancel_not_before
    return {
        "id": f"act-{activation.id}",
        "state": activation.state,
        "service": activation.service,
        "country": activation.country,
        "number": activation.number,
        "price": _amount(activation.price),
        "currency": activation.price.currency,
        "idempotency_key": activation.idempotency_key,
        "created_at": iso(activation.created_at),
        "expires_at": iso(activation.expires_at),
        "cancel_not_before": iso(hold) if hold else None,
        "refunded": activation.refunded,
        "messages": [
            {
                "id": f"msg-{message.id}",
                "from": message.sender,
                "text": message.text,
                "received_at": iso(message.received_at),
            }
            for message in activation.messages
        ],
    }


def _asked_for(request: Request, world: World, account: Account) -> Activation:
    return world.activation(account, number_in(request.path_params["id"], "act-"))


@_endpoint
async def balance(_request: Request, _world: World, account: Account) -> Response:
    """``GET /sandbox/balance``."""
    wallet = account.wallet
    return JSONResponse(
        {
            "available": _amount(wallet.available),
            "held": _amount(wallet.held),
            "currency": wallet.currency,
        }
    )


@_endpoint
async def offers(request: Request, world: World, account: Account) -> Response:
    """``GET /sandbox/offers?service=&country=``."""
    query = request.query_params
    found = world.offers(account, service=query.get("service"), country=query.get("country"))
    return JSONResponse(
        {
            "offers": [
                {
                    "service": offer.wish.service,
                    "country": offer.wish.country,
                    "price": _amount(offer.price),
                    "currency": offer.price.currency,
                    "stock": offer.stock,
                }
                for offer in found
            ]
        }
    )


@_endpoint
async def buy(request: Request, world: World, account: Account) -> Response:
    """``POST /sandbox/activations``: 201, or 200 when the key has bought already."""
    key = request.headers.get("idempotency-key")
    if not key:
        return _error(400, "idempotency_key_missing", "send the header Idempotency-Key")
    fields = read_object(await read_json(request), required={"service": TEXT, "country": TEXT})
    activation, created = world.lease(account, Wish(**fields), idempotency_key=key)
    return JSONResponse(_shown(activation), 201 if created else 200)


@_endpoint
async def find(request: Request, world: World, account: Account) -> Response:
    """``GET /sandbox/activations?idempotency_key=``: what this account bought with the key."""
    key = request.query_params.get("idempotency_key")
    if not key:
        raise BadRequest("name the purchase: ?idempotency_key=<key>")
    found = world.bought_with(account, key)
    return JSONResponse({"activations": [_shown(activation) for activation in found]})


@_endpoint
async def read(request: Request, world: World, account: Account) -> Response:
    """``GET /sandbox/activations/{id}?after=&wait=``: with both, answers when there is news."""
    activation = _asked_for(request, world, account)
    after = _query_number(request, "after")
    wait_s = min(_query_number(request, "wait"), LONGEST_WAIT_S)
    await world.wait_for_news(activation, after=int(after), wait_s=wait_s)
    return JSONResponse(_shown(activation))


def _query_number(request: Request, name: str) -> float:
    text = request.query_params.get(name, "0")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise BadRequest(f"{name!r} must be a number, 0 or more, not {text!r}")
    return number


@_endpoint
async def cancel(request: Request, world: World, account: Account) -> Response:
    """``POST /sandbox/activations/{id}/cancel``."""
    activation = _asked_for(request, world, account)
    world.cancel(activation)
    return JSONResponse(_shown(activation))


@_endpoint
async def finish(request: Request, world: World, account: Account) -> Response:
    """``POST /sandbox/activations/{id}/finish``."""
    activation = _asked_for(request, world, account)
    world.finish(activation)
    return JSONResponse(_shown(activation))


@_endpoint
async def resend(request: Request, world: World, account: Account) -> Response:
    """``POST /sandbox/activations/{id}/resend``."""
    activation = _asked_for(request, world, account)
    world.resend(activation)
    return JSONResponse(_shown(activation))
