"""SMSCode's API, version 1: one envelope for every answer, a catalogue of products, orders.

Several products sell numbers of the same country for the same platform. Their ids differ from
seed to seed, because the provider warns that they change: a client that remembers one must fail.
A message in which no code can be found is handed out whole as the code; it ends the right to a
refund like any other.

Not stated by the provider, and so chosen here: every status but 429, the limit itself, how a
country of two words is spelled (blank, dash and underscore will do), and the words for a cancel
that comes too early or too late.
"""

from __future__ import annotations

import random
from decimal import Decimal
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from pytest_otp.sandbox.clock import iso_seconds
from pytest_otp.sandbox.codes import code_in
from pytest_otp.sandbox.exact import ExactJSON
from pytest_otp.sandbox.fields import WHOLE, BadRequest, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.keys import bearer
from pytest_otp.sandbox.limits import RateLimit
from pytest_otp.sandbox.market import Dialect, Wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.models import Money
    from pytest_otp.sandbox.activation import Account, Activation
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World, Account], Awaitable[Response]]

DIALECT: Final = Dialect(
    "smscode",
    currency="IDR",
    per_usd=Decimal(16200),
    step=Decimal(1),
    products=(Decimal(1), Decimal("1.25"), Decimal("1.6")),
)

_STATUS: Final = {
    State.PENDING: "WAITING",
    State.RECEIVED: "OTP_RECEIVED",
    State.FINISHED: "COMPLETED",
    State.CANCELLED: "CANCELLED",
    State.EXPIRED: "EXPIRED",
}
_ERRORS: Final[dict[type[refusals.Refusal], tuple[int, str]]] = {
    refusals.KeyRevoked: (401, "UNAUTHORIZED"),
    refusals.InsufficientBalance: (402, "INSUFFICIENT_BALANCE"),
    refusals.NotFound: (404, "ORDER_NOT_FOUND"),
    refusals.OutOfStock: (409, "PRODUCT_UNAVAILABLE"),
    refusals.TooEarly: (409, "CANCEL_TOO_EARLY"),
    refusals.Ended: (409, "ORDER_CLOSED"),
}


class _Limit(RateLimit):
    def __init__(self) -> None:
        super().__init__(300, window_s=60)


def _data(data: object) -> Response:
    return ExactJSON({"success": True, "data": data})


def _error(status: int, code: str, message: str) -> Response:
    return ExactJSON({"success": False, "error": {"code": code, "message": message}}, status)


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def answer(request: Request) -> Response:
        key = bearer(request)
        if key is None:
            return _error(401, "UNAUTHORIZED", "the token is missing or malformed")
        world: World = request.app.state.world
        try:
            account = world.account(DIALECT, key)
            if not world.drawer(_Limit).count(account, world.timeline.clock.now()).granted:
                return _error(429, "RATE_LIMITED", "too many requests; wait a little")
            return await handler(request, world, account)
        except refusals.Refusal as refusal:
            return _error(*_ERRORS[type(refusal)], str(refusal))
        except BadRequest as bad:
            return _error(400, "INVALID_REQUEST", str(bad))

    return answer


@_endpoint
async def balance(_request: Request, _world: World, account: Account) -> Response:
    """``GET /smscode/balance``."""
    wallet = account.wallet
    return _data({"currency": wallet.currency, "balance": _rupiah(wallet.available)})


@_endpoint
async def products(request: Request, world: World, account: Account) -> Response:
    """``GET /smscode/catalog/products?country=&platform=``; a filter may fit nothing."""
    country = _spelled(request.query_params.get("country", ""))
    platform = request.query_params.get("platform", "")
    market = world.market
    return _data(
        [
            {
                "id": product_id,
                "country": _country(wish),
                "platform": wish.service,
                "price": _rupiah(market.price(account, wish)),
                "stock": market.stock(account, wish),
            }
            for product_id, wish in _products(world.seed).items()
            if country in {"", _country(wish)} and platform in {"", wish.service}
        ]
    )


@_endpoint
async def order(request: Request, world: World, account: Account) -> Response:
    """``POST /smscode/orders``."""
    body = read_object(await read_json(request), required={"product_id": WHOLE})
    wish = _products(world.seed).get(body["product_id"])
    if wish is None:
        raise refusals.OutOfStock("no such product; look it up in the catalogue")
    activation, _ = world.lease(account, wish)
    return _data(
        {
            "order_id": f"ord_{activation.id}",
            "phone_number": activation.number,
            "status": _STATUS[activation.state],
            "expires_at": iso_seconds(activation.expires_at),
        }
    )


@_endpoint
async def read(request: Request, world: World, account: Account) -> Response:
    """``GET /smscode/orders/{id}``."""
    return _data(_shown(_asked_for(request, world, account)))


@_endpoint
async def cancel(request: Request, world: World, account: Account) -> Response:
    """``POST /smscode/orders/{id}/cancel``; granted after a message too, then without a refund."""
    activation = _asked_for(request, world, account)
    world.cancel(activation, forfeit=True)
    return _data(_shown(activation))


def _asked_for(request: Request, world: World, account: Account) -> Activation:
    return world.activation(account, number_in(request.path_params["id"], "ord_"))


def _shown(activation: Activation) -> dict[str, Any]:
    shown = {"order_id": f"ord_{activation.id}", "status": _STATUS[activation.state]}
    if activation.messages:
        shown["otp_code"] = code_in(activation.messages[-1].text)
    return {**shown, "phone_number": activation.number}


@lru_cache
def _products(seed: int) -> dict[int, Wish]:
    wishes = [
        Wish(service, country, product)
        for service in SERVICES
        for country in COUNTRIES
        for product in range(len(DIALECT.products))
    ]
    ids = random.Random(f"{seed}/smscode").sample(range(1, 10_000), len(wishes))  # noqa: S311 - not a secret
    return dict(sorted(zip(ids, wishes, strict=True)))


def _country(wish: Wish) -> str:
    return COUNTRIES[wish.country].name.lower()


def _spelled(country: str) -> str:
    return country.lower().replace("-", " ").replace("_", " ")


def _rupiah(money: Money) -> Decimal:
    whole = money.amount.to_integral_value()
    return whole if whole == money.amount else money.amount
