"""SMSGang's developer API: catalogue, activations and wallet.

There is no cancel: an activation holds its price until a message comes or its 900 seconds are
over. There is no limit of requests either. Its social-media endpoints are left out, for a
verification test has no use for bought followers.

Not stated by the provider, and so chosen here: a service's price without a country is that of the
United States; out of stock is a 422; what the platform calls the movements of money that are no
purchase of an activation; and that the code is the latest where several messages came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from pytest_otp.sandbox.clock import iso_seconds
from pytest_otp.sandbox.codes import code_in
from pytest_otp.sandbox.dialects.smsgang_keys import Declined, data, with_key
from pytest_otp.sandbox.fields import TEXT, read_json, read_object
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.market import Wish

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.wallet import Movement
    from pytest_otp.sandbox.world import World

_SERVICE_IDS: Final = {slug: number for number, slug in enumerate(SERVICES, 1)}
_COUNTRY_IDS: Final = {code: number for number, code in enumerate(COUNTRIES, 1)}
# How a movement changes the balance, which is what is available and what is held together.
_WALLET_TYPES: Final = {"deposit": "credit", "withdrawal": "debit", "charge": "debit"}
_PLATFORM_TYPES: Final = {
    ("hold", None): "sms_purchase",
    ("refund", None): "sms_refund",
    ("hold", "rental"): "number_purchase",
    ("hold", "notification"): "notification",
}


# Catalogue


@with_key
async def services(_request: Request, world: World, account: Account) -> Response:
    """``GET …/services``."""
    return data([_shown_service(world, account, slug) for slug in SERVICES])


def _shown_service(world: World, account: Account, slug: str) -> dict[str, Any]:
    return {
        "id": _SERVICE_IDS[slug],
        "name": SERVICES[slug].name,
        "slug": slug,
        "price": world.market.price(account, Wish(slug, "US")).amount,
        "min_quantity": 1,
        "max_quantity": sum(offer.stock for offer in world.offers(account, service=slug)),
    }


@with_key
async def countries(_request: Request, world: World, account: Account) -> Response:
    """``GET …/countries``."""
    available = {offer.wish.country for offer in world.offers(account) if offer.stock}
    return data(
        [
            {
                "id": _COUNTRY_IDS[code],
                "name": country.name,
                "code": code,
                "is_available": code in available,
            }
            for code, country in COUNTRIES.items()
        ]
    )


@with_key
async def service_countries(request: Request, world: World, account: Account) -> Response:
    """``GET …/services/{service}/countries``: those with numbers left."""
    try:
        offers = world.offers(account, service=request.path_params["service"])
    except refusals.UnknownService:
        raise Declined(404, "Service not found") from None
    return data(
        [
            {
                "id": _COUNTRY_IDS[offer.wish.country],
                "name": COUNTRIES[offer.wish.country].name,
                "price": offer.price.amount,
                # The sandbox has one carrier.
                "operators_count": 1,
            }
            for offer in offers
            if offer.stock
        ]
    )


# Activations


@with_key
async def buy(request: Request, world: World, account: Account) -> Response:
    """``POST …/activations/buy``."""
    body = read_object(await read_json(request), required={"service": TEXT, "country": TEXT})
    activation, _ = world.lease(account, Wish(body["service"], body["country"].upper()))
    shown = {
        "id": activation.id,
        "phone": activation.number,
        "service": activation.service,
        "country": activation.country,
        "timeout": int((activation.expires_at - activation.created_at).total_seconds()),
        "created_at": iso_seconds(activation.created_at),
    }
    return data(shown, 201)


@with_key
async def check_sms(request: Request, world: World, account: Account) -> Response:
    """``GET …/activations/{id}/check-sms``."""
    try:
        activation = world.activation(account, number_in(request.path_params["id"], ""))
    except refusals.NotFound:
        raise Declined(404, "Activation not found") from None
    if activation.state is State.EXPIRED:
        raise Declined(410, "Activation expired")
    if not activation.messages:
        return data({"code": None, "status": "pending"})
    return data({"code": code_in(activation.messages[-1].text), "status": "completed"})


# Wallet


@with_key
async def balance(_request: Request, _world: World, account: Account) -> Response:
    """``GET …/wallet/balance``."""
    wallet = account.wallet
    return data(
        {
            "balance": (wallet.available + wallet.held).amount,
            "hold": wallet.held.amount,
            "available": wallet.available.amount,
            "currency": wallet.currency,
        }
    )


@with_key
async def wallet_transactions(_request: Request, _world: World, account: Account) -> Response:
    """``GET …/wallet/transactions``, and ``history``, its alias."""
    journal = account.wallet.journal
    return data(
        [
            _shown_movement(number, _WALLET_TYPES[movement.kind], movement)
            for number, movement in enumerate(journal, 1)
            if movement.kind in _WALLET_TYPES
        ]
    )


@with_key
async def transactions(_request: Request, _world: World, account: Account) -> Response:
    """``GET …/transactions``: what was bought, and what came back."""
    found = []
    for number, movement in enumerate(account.wallet.journal, 1):
        kind = movement.kind, movement.purpose
        if kind in _PLATFORM_TYPES:
            found.append(_shown_movement(number, _PLATFORM_TYPES[kind], movement))
    return data(found)


def _shown_movement(number: int, type_: str, movement: Movement) -> dict[str, Any]:
    return {"id": number, "type": type_, "amount": movement.amount.amount}
