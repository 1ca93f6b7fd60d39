"""DogeSMS's control API: activations and rentals, each write safe to repeat under its key.

A write that was answered with success is answered so again, byte for byte, when it is sent once
more under its Idempotency-Key, and under that key no other write is taken. A refused write left
nothing behind, so its key is free.

Not stated by the provider, and so chosen here: the fields of every answer but that of a purchase,
the error bodies, 400 for what cannot be read, 460 for a country without numbers, and which of 404
and 409 a late cancel gets: 404 when the order is closed, 409 when a message came, as the
endpoint's own table has it. A wrong country in the inventory is an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.clock import iso_seconds
from pytest_otp.sandbox.dialects.dogesms_oauth import Tokens
from pytest_otp.sandbox.exact import ExactJSON
from pytest_otp.sandbox.fields import FLAG, TEXT, BadRequest, Kind, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.keys import api_key, bearer
from pytest_otp.sandbox.limits import RateLimit
from pytest_otp.sandbox.market import Dialect, Wish
from pytest_otp.sandbox.numbers import PLANS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account, Activation, Message
    from pytest_otp.sandbox.market import Offer
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World, Account], Awaitable[Response]]
    Endpoint = Callable[[Request], Awaitable[Response]]

DIALECT: Final = Dialect("dogesms", reuse_s=60 * 60)


class _Service(NamedTuple):
    category: str
    reuse: bool


_SERVICES: Final = {
    "any": _Service("other", reuse=True),
    "discord": _Service("messaging", reuse=False),
    "facebook": _Service("social", reuse=False),
    "google": _Service("account", reuse=False),
    "instagram": _Service("social", reuse=False),
    "telegram": _Service("messaging", reuse=False),
    "whatsapp": _Service("messaging", reuse=True),
}
_STATUS: Final = {
    State.PENDING: "pending",
    State.RECEIVED: "received",
    State.FINISHED: "received",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "expired",
}
_ERRORS: Final[dict[type[refusals.Refusal], int]] = {
    refusals.KeyRevoked: 401,
    refusals.InsufficientBalance: 402,
    refusals.UnknownService: 404,
    refusals.NotFound: 404,
    refusals.Ended: 404,
    refusals.MessageArrived: 409,
    refusals.TooEarly: 409,
    refusals.IdempotencyConflict: 409,
    refusals.OutOfStock: 460,
    refusals.UnknownCountry: 460,
}


def _months(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 12:
        raise ValueError
    return value


_MONTHS: Final = Kind("a whole number from 1 to 12", _months)


# What surrounds every operation


class _Limits:
    def __init__(self) -> None:
        self.reads = RateLimit(30, window_s=1)
        self.writes = RateLimit(10, window_s=1)


@dataclass(slots=True)
class _Writes:
    """What was written under each account's keys: the request, and its answer."""

    done: dict[tuple[Account, str], tuple[object, Response]] = field(default_factory=dict)


def _read(handler: Handler) -> Endpoint:
    @wraps(handler)
    async def answer(request: Request) -> Response:
        return await _answered(handler, request, limit=lambda limits: limits.reads)

    return answer


def _write(handler: Handler) -> Endpoint:
    @wraps(handler)
    async def once(request: Request, world: World, account: Account) -> Response:
        key = request.headers.get("idempotency-key")
        if not key:
            raise BadRequest("every write needs the header Idempotency-Key")
        done = world.drawer(_Writes).done
        asked = (request.method, request.url.path, await _body(request))
        if (account, key) in done:
            earlier, response = done[account, key]
            if earlier != asked:
                raise refusals.IdempotencyConflict("this key was used for another request")
            return response
        response = await handler(request, world, account)
        done[account, key] = (asked, response)
        return response

    async def answer(request: Request) -> Response:
        return await _answered(once, request, limit=lambda limits: limits.writes)

    return answer


async def _body(request: Request) -> object:
    return await read_json(request) if await request.body() else None


async def _answered(
    handler: Handler, request: Request, *, limit: Callable[[_Limits], RateLimit]
) -> Response:
    world: World = request.app.state.world
    now = world.timeline.clock.now()
    name = _account_name(request, world)
    if name is None:
        return _error(401, "the key or token is missing, malformed or expired")
    try:
        account = world.account(DIALECT, name)
        if not limit(world.drawer(_Limits)).count(account, now).granted:
            return _error(429, "too many requests in this second")
        return await handler(request, world, account)
    except refusals.Refusal as refusal:
        return _error(_ERRORS[type(refusal)], str(refusal))
    except BadRequest as bad:
        return _error(400, str(bad))


def _account_name(request: Request, world: World) -> str | None:
    if "authorization" not in request.headers:
        return api_key(request)
    return world.drawer(Tokens).client(bearer(request) or "", world.timeline.clock.now())


def _error(status: int, message: str) -> Response:
    return ExactJSON({"message": message}, status)


# Reads


@_read
async def balance(_request: Request, _world: World, account: Account) -> Response:
    """``GET /dogesms/api/control/balance``."""
    wallet = account.wallet
    return ExactJSON(
        {
            "available": wallet.available.amount,
            "frozen": wallet.held.amount,
            "currency": wallet.currency,
        }
    )


@_read
async def services(_request: Request, _world: World, _account: Account) -> Response:
    """``GET /dogesms/api/control/services``."""
    return ExactJSON(
        {
            "services": [
                {"serviceCode": slug, "category": service.category, "reuse": service.reuse}
                for slug, service in _SERVICES.items()
            ]
        }
    )


@_read
async def inventory(request: Request, world: World, account: Account) -> Response:
    """``GET /dogesms/api/control/inventory?serviceCode=&countryCode=``."""
    asked = read_object(
        dict(request.query_params), required={"serviceCode": TEXT}, optional={"countryCode": TEXT}
    )
    country = asked.get("countryCode", "").upper()
    offers = world.offers(account, service=asked["serviceCode"])
    return ExactJSON(
        {
            "serviceCode": asked["serviceCode"],
            "currency": account.wallet.currency,
            "countries": [
                _shown_offer(offer) for offer in offers if country in {"", offer.wish.country}
            ],
        }
    )


def _shown_offer(offer: Offer) -> dict[str, Any]:
    return {
        "countryCode": offer.wish.country,
        "startingPrice": offer.price.amount,
        "count": offer.stock,
        "reuse": _SERVICES[offer.wish.service].reuse,
    }


@_read
async def read(request: Request, world: World, account: Account) -> Response:
    """``GET /dogesms/api/control/activations/{requestId}``: how it stands, and the latest SMS."""
    activation = _asked_for(request, world, account)
    messages = activation.messages
    return ExactJSON(
        {
            "requestId": _id(activation),
            "number": _spaced(activation.country, activation.number),
            "status": _STATUS[activation.state],
            "createdAt": iso_seconds(activation.created_at),
            "expiresAt": iso_seconds(activation.expires_at),
            "canReuseUntil": _reuse(activation),
            "sms": _shown_message(messages[-1]) if messages else None,
        }
    )


def _shown_message(message: Message) -> dict[str, str]:
    return {
        "from": message.sender,
        "text": message.text,
        "receivedAt": iso_seconds(message.received_at),
    }


# Writes


@_write
async def activate(request: Request, world: World, account: Account) -> Response:
    """``POST /dogesms/api/control/activations``."""
    body = read_object(
        await read_json(request),
        required={"serviceCode": TEXT, "countryCode": TEXT},
        optional={"reuse": FLAG},
    )
    service = body["serviceCode"]
    reuse = body.get("reuse", False) and service in _SERVICES and _SERVICES[service].reuse
    wish = Wish(service, body["countryCode"].upper(), reuse=reuse)
    key = request.headers["idempotency-key"]
    activation, _ = world.lease(account, wish, idempotency_key=key)
    return ExactJSON(
        {
            "requestId": _id(activation),
            "number": _spaced(activation.country, activation.number),
            "expiresAt": iso_seconds(activation.expires_at),
            "canReuseUntil": _reuse(activation),
        }
    )


@_write
async def cancel(request: Request, world: World, account: Account) -> Response:
    """``PATCH /dogesms/api/control/activations/{requestId}/cancel``."""
    activation = _asked_for(request, world, account)
    if not activation.open:
        raise refusals.Ended("this order is closed already", state=activation.state)
    world.cancel(activation)
    return ExactJSON({"requestId": _id(activation), "status": _STATUS[activation.state]})


@_write
async def rent(request: Request, world: World, account: Account) -> Response:
    """``POST /dogesms/api/control/rentals``."""
    body = read_object(
        await read_json(request),
        required={"countryCode": TEXT, "months": _MONTHS},
        optional={"note": TEXT},
    )
    rental = world.rentals.rent(
        account, body["countryCode"].upper(), months=body["months"], note=body.get("note")
    )
    shown = {
        "rentalId": f"rent-{rental.id}",
        "number": _spaced(rental.country, rental.number),
        "countryCode": rental.country,
        "months": rental.months,
        "status": "active",
        "createdAt": iso_seconds(rental.created_at),
        "expiresAt": iso_seconds(rental.expires_at),
        "autoRenew": rental.auto_renew,
        "services": list(_SERVICES),
    }
    return ExactJSON(shown if rental.note is None else {**shown, "note": rental.note})


def _asked_for(request: Request, world: World, account: Account) -> Activation:
    return world.activation(account, number_in(request.path_params["id"], "act-"))


def _id(activation: Activation) -> str:
    return f"act-{activation.id}"


def _spaced(country: str, number: str) -> str:
    """The international form of ITU-T E.123, in which the document shows a number."""
    dial_code = PLANS[country].shown.partition(" ")[0]
    national = number.removeprefix(dial_code)
    return f"{dial_code} {national[:3]} {national[3:6]} {national[6:]}"


def _reuse(activation: Activation) -> str | None:
    return iso_seconds(activation.reuse_until) if activation.reuse_until else None
