"""SMSGang's monthly numbers: SMS to and from a number that is paid by the month.

As documented, no answer tells which number was bought; the control API does. Not stated by the
provider, and so chosen here: that a message sent is free, the word ``expired``, and the errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.catalogue import COUNTRIES
from pytest_otp.sandbox.dialects.smsgang_keys import Declined, data, message, with_key
from pytest_otp.sandbox.fields import E164, FLAG, TEXT, read_json, read_object
from pytest_otp.sandbox.ids import number_in

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.rentals import Rental
    from pytest_otp.sandbox.world import World


@with_key
async def inventory(_request: Request, world: World, account: Account) -> Response:
    """``GET …/monthly-numbers/inventory``: countries with numbers left."""
    offers = [world.rentals.offer(account, country) for country in COUNTRIES]
    return data(
        [
            {"country": offer.wish.country, "price": offer.price.amount}
            for offer in offers
            if offer.stock
        ]
    )


@with_key
async def purchase(request: Request, world: World, account: Account) -> Response:
    """``POST …/monthly-numbers/purchase``."""
    body = read_object(await read_json(request), required={"country": TEXT})
    return data(_shown(world.rentals.rent(account, body["country"].upper())), 201)


@with_key
async def subscriptions(_request: Request, world: World, account: Account) -> Response:
    """``GET …/monthly-numbers/subscriptions``."""
    return data([_shown(rental) for rental in world.rentals.of(account)])


@with_key
async def subscription(request: Request, world: World, account: Account) -> Response:
    """``GET …/monthly-numbers/subscriptions/{id}``."""
    return data(_shown(_asked_for(request, world, account)))


@with_key
async def auto_renew(request: Request, world: World, account: Account) -> Response:
    """``PATCH …/monthly-numbers/subscriptions/{id}/auto-renew``."""
    rental = _asked_for(request, world, account)
    body = read_object(await read_json(request), required={"auto_renew": FLAG})
    rental.auto_renew = body["auto_renew"]
    return message("Auto renew updated successfully")


@with_key
async def messages(request: Request, world: World, account: Account) -> Response:
    """``GET …/monthly-numbers/subscriptions/{id}/messages``."""
    rental = _asked_for(request, world, account)
    return data([{"from": sms.sender, "message": sms.text} for sms in rental.messages])


@with_key
async def send(request: Request, world: World, account: Account) -> Response:
    """``POST …/monthly-numbers/subscriptions/{id}/messages``."""
    rental = _asked_for(request, world, account)
    sms = read_object(await read_json(request), required={"to": E164, "message": TEXT})
    if not rental.active:
        raise Declined(422, "Subscription is not active")
    world.deliver(sms["to"], sms["message"], sender=rental.number, via="smsgang")
    return message("Message sent successfully", 201)


def _asked_for(request: Request, world: World, account: Account) -> Rental:
    try:
        return world.rentals.rental(account, number_in(request.path_params["id"], ""))
    except refusals.NotFound:
        raise Declined(404, "Subscription not found") from None


def _shown(rental: Rental) -> dict[str, Any]:
    status = "active" if rental.active else "expired"
    return {"id": rental.id, "country": rental.country, "status": status}
