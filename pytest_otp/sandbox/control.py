"""The control API under ``/_sandbox/``: the truth about the world, and the levers on it.

Only for tests and the inbox page; no provider has it. Money is written ``"2.00 USD"``. Whatever
cannot be read gets 400 with one sentence.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from pytest_otp.sandbox.carrier import Latency
from pytest_otp.sandbox.catalogue import COUNTRIES, RENTAL, SERVICES
from pytest_otp.sandbox.clock import iso
from pytest_otp.sandbox.fields import (
    COUNT,
    E164,
    LIST,
    MONEY,
    SECONDS,
    TEXT,
    WHOLE,
    BadRequest,
    read_json,
    read_object,
)
from pytest_otp.sandbox.market import Rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from pytest_otp.sandbox.activation import Account, Activation, Message
    from pytest_otp.sandbox.faults import FaultScript
    from pytest_otp.sandbox.market import Dialect
    from pytest_otp.sandbox.rentals import Rental
    from pytest_otp.sandbox.world import World

    Handler = Callable[[Request, World], Awaitable[JSONResponse]]

# What the health check answers with, so that a client can tell a sandbox from anything else.
IDENTITY = "pytest-otp"


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[JSONResponse]]:
    @wraps(handler)
    async def answer(request: Request) -> JSONResponse:
        world: World = request.app.state.world
        world.timeline.settle()
        try:
            return await handler(request, world)
        except BadRequest as bad:
            return JSONResponse({"error": str(bad)}, 400)

    return answer


def _dialect(request: Request, name: str) -> Dialect:
    dialects: dict[str, Dialect] = request.app.state.dialects
    if name not in dialects:
        raise BadRequest(f"no dialect {name!r}; there are {', '.join(dialects)}")
    return dialects[name]


@_endpoint
async def health(request: Request, world: World) -> JSONResponse:
    """``GET health``."""
    return JSONResponse(
        {
            "sandbox": IDENTITY,
            "seed": world.seed,
            "now": iso(world.timeline.clock.now()),
            "dialects": list(request.app.state.dialects),
        }
    )


# Messages


def shown_message(message: Message) -> dict[str, Any]:
    """A message as control API and inbox page show it."""
    holder, rental = message.activation, message.rental
    return {
        "id": f"msg-{message.id}",
        "to": message.to,
        "from": message.sender,
        "text": message.text,
        "via": message.via,
        "sent_at": iso(message.sent_at),
        "received_at": iso(message.received_at),
        "activation": {
            "id": holder.id,
            "dialect": holder.account.dialect.name,
            "service": holder.service,
            "country": holder.country,
        }
        if holder
        else None,
        "rental": {
            "id": rental.id,
            "dialect": rental.account.dialect.name,
            "country": rental.country,
        }
        if rental
        else None,
    }


@_endpoint
async def messages(request: Request, world: World) -> JSONResponse:
    """``GET messages?to=``: what arrived, oldest first."""
    return JSONResponse(
        {"messages": [shown_message(message) for message in _arrived(request, world)]}
    )


@_endpoint
async def latest_message(request: Request, world: World) -> JSONResponse:
    """``GET messages/latest?to=``: null if nothing arrived."""
    arrived = _arrived(request, world)
    return JSONResponse({"message": shown_message(arrived[-1]) if arrived else None})


def _arrived(request: Request, world: World) -> list[Message]:
    to = request.query_params.get("to")
    return [message for message in world.messages if to in {None, message.to}]


@_endpoint
async def deliver(request: Request, world: World) -> JSONResponse:
    """``POST messages``: an SMS to any number."""
    sms = read_object(
        await read_json(request),
        required={"to": E164, "text": TEXT, "from": TEXT},
        optional={"delay_s": SECONDS},
    )
    message_id = world.deliver(
        sms["to"], sms["text"], sender=sms["from"], via="control", delay_s=sms.get("delay_s", 0)
    )
    return JSONResponse({"id": f"msg-{message_id}"}, 201)


# Activations and money


@_endpoint
async def activations(request: Request, world: World) -> JSONResponse:
    """``GET activations?account=``: over all dialects and accounts."""
    account = request.query_params.get("account")
    found = [a for a in world.activations.values() if account in {None, a.account.key}]
    return JSONResponse({"activations": [_shown_activation(a) for a in found]})


def _shown_activation(activation: Activation) -> dict[str, Any]:
    return {
        "id": activation.id,
        "dialect": activation.account.dialect.name,
        "account": activation.account.key,
        "state": activation.state,
        "service": activation.service,
        "country": activation.country,
        "number": activation.number,
        "price": str(activation.price),
        "refunded": activation.refunded,
        "idempotency_key": activation.idempotency_key,
        "created_at": iso(activation.created_at),
        "messages": len(activation.messages),
    }


@_endpoint
async def rentals(request: Request, world: World) -> JSONResponse:
    """``GET rentals?account=``: over all dialects and accounts."""
    account = request.query_params.get("account")
    found = [r for r in world.rentals.by_id.values() if account in {None, r.account.key}]
    return JSONResponse({"rentals": [_shown_rental(r) for r in found]})


def _shown_rental(rental: Rental) -> dict[str, Any]:
    return {
        "id": rental.id,
        "dialect": rental.account.dialect.name,
        "account": rental.account.key,
        "active": rental.active,
        "country": rental.country,
        "number": rental.number,
        "months": rental.months,
        "auto_renew": rental.auto_renew,
        "created_at": iso(rental.created_at),
        "expires_at": iso(rental.expires_at),
        "messages": len(rental.messages),
    }


@_endpoint
async def wallets(_request: Request, world: World) -> JSONResponse:
    """``GET wallets``: one for each account."""
    return JSONResponse({"wallets": [_shown_wallet(a) for a in world.accounts.values()]})


@_endpoint
async def wallet(request: Request, world: World) -> JSONResponse:
    """``GET wallet?account=&dialect=``: one; 404 where no such account was opened."""
    query = request.query_params
    if "account" not in query:
        raise BadRequest("name the account: ?account=<key>")
    account = world.accounts.get((query.get("dialect", "sandbox"), query["account"]))
    if account is None:
        return JSONResponse({"error": "no such account was opened"}, 404)
    return JSONResponse(_shown_wallet(account))


@_endpoint
async def set_wallet(request: Request, world: World) -> JSONResponse:
    """``PUT wallet``: deposit or withdraw until so much is available."""
    wish = read_object(
        await read_json(request),
        required={"account": TEXT, "available": MONEY},
        optional={"dialect": TEXT},
    )
    dialect = _dialect(request, wish.get("dialect", "sandbox"))
    available = wish["available"]
    if available.currency != dialect.currency or available.amount < 0:
        raise BadRequest(f"the balance must be 0 {dialect.currency} or more, not {available}")
    account = world.account(dialect, wish["account"])
    account.wallet.set_available(available, at=world.timeline.clock.now())
    return JSONResponse(_shown_wallet(account))


def _shown_wallet(account: Account) -> dict[str, Any]:
    wallet = account.wallet
    return {
        "dialect": account.dialect.name,
        "account": account.key,
        "available": str(wallet.available),
        "held": str(wallet.held),
        "charged": str(wallet.charged),
        "journal": [
            {
                "at": iso(movement.at),
                "kind": movement.kind,
                "amount": str(movement.amount),
                "activation": movement.activation,
                "purpose": movement.purpose,
            }
            for movement in wallet.journal
        ],
    }


@_endpoint
async def revoke_key(request: Request, world: World) -> JSONResponse:
    """``POST keys/revoke``: the key opens nothing from now on."""
    wish = read_object(
        await read_json(request), required={"account": TEXT}, optional={"dialect": TEXT}
    )
    dialect = _dialect(request, wish.get("dialect", "sandbox"))
    world.revoke(dialect.name, wish["account"])
    return JSONResponse({"revoked": True})


# Time


@_endpoint
async def clock(_request: Request, world: World) -> JSONResponse:
    """``GET clock``."""
    return _clock(world)


@_endpoint
async def advance_clock(request: Request, world: World) -> JSONResponse:
    """``POST clock``: move it forward; what falls due on the way happens."""
    wish = read_object(await read_json(request), required={"advance_s": SECONDS})
    try:
        world.timeline.advance(wish["advance_s"])
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return _clock(world)


def _clock(world: World) -> JSONResponse:
    clock = world.timeline.clock
    return JSONResponse({"now": iso(clock.now()), "advanced_s": clock.advanced_s})


@_endpoint
async def carrier(_request: Request, world: World) -> JSONResponse:
    """``GET carrier``."""
    return _carrier(world)


@_endpoint
async def set_carrier(request: Request, world: World) -> JSONResponse:
    """``PUT carrier``: how long messages are under way from now on."""
    wish = read_object(
        await read_json(request), required={"median_s": SECONDS}, optional={"p95_s": SECONDS}
    )
    median_s, p95_s = wish["median_s"], wish.get("p95_s", wish["median_s"])
    if not median_s <= p95_s <= 1000 * median_s:
        raise BadRequest(
            "p95_s must be median_s or more, and 1000 times median_s at most; "
            "so a median_s of 0 has no spread"
        )
    world.carrier.latency = Latency(median_s, p95_s)
    return _carrier(world)


def _carrier(world: World) -> JSONResponse:
    latency = world.carrier.latency
    return JSONResponse({"median_s": latency.median_s, "p95_s": latency.p95_s})


# Faults and terms


@_endpoint
async def faults(request: Request, _world: World) -> JSONResponse:
    """``GET faults``: the script, how often each struck, and the seed that repeats it."""
    return _faults(request)


@_endpoint
async def add_faults(request: Request, _world: World) -> JSONResponse:
    """``POST faults``: ``{"script": [fault, …], "seed": 7}``; the fields are those of `Fault`."""
    wish = read_object(
        await read_json(request), required={"script": LIST}, optional={"seed": WHOLE}
    )
    script: FaultScript = request.app.state.faults
    script.extend(wish["script"], wish.get("seed"))
    return _faults(request)


@_endpoint
async def clear_faults(request: Request, _world: World) -> JSONResponse:
    """``DELETE faults?account=``."""
    script: FaultScript = request.app.state.faults
    script.clear(request.query_params.get("account"))
    return _faults(request)


def _faults(request: Request) -> JSONResponse:
    script: FaultScript = request.app.state.faults
    return JSONResponse({"seed": script.seed, "script": [fault.shown() for fault in script.faults]})


@_endpoint
async def rules(_request: Request, world: World) -> JSONResponse:
    """``GET market``: the changes of terms in force, oldest first."""
    return _rules(world)


@_endpoint
async def add_rule(request: Request, world: World) -> JSONResponse:
    """``POST market``: change stock, price or cancel hold; the fields are those of `Rule`."""
    where = {"dialect": TEXT, "account": TEXT, "service": TEXT, "country": TEXT, "product": COUNT}
    terms = {"stock": COUNT, "price": MONEY, "cancel_hold_s": SECONDS}
    wish = read_object(await read_json(request), optional={**where, **terms})
    if not wish.keys() & terms.keys():
        raise BadRequest(f"name what changes: {', '.join(terms)}")
    if "dialect" in wish:
        _dialect(request, wish["dialect"])
    for name, known in (("service", [*SERVICES, RENTAL]), ("country", [*COUNTRIES])):
        if name in wish and wish[name] not in known:
            raise BadRequest(f"no {name} {wish[name]!r}; there are {', '.join(known)}")
    if "price" in wish and wish["price"].amount < 0:
        raise BadRequest(f"a price must be 0 or more, not {wish['price']}")
    world.market.rules.append(Rule(**wish))
    return _rules(world)


@_endpoint
async def clear_rules(request: Request, world: World) -> JSONResponse:
    """``DELETE market?account=``."""
    world.market.clear(request.query_params.get("account"))
    return _rules(world)


def _rules(world: World) -> JSONResponse:
    return JSONResponse({"rules": [_shown_rule(rule) for rule in world.market.rules]})


def _shown_rule(rule: Rule) -> dict[str, Any]:
    return {
        "dialect": rule.dialect,
        "account": rule.account,
        "service": rule.service,
        "country": rule.country,
        "product": rule.product,
        "stock": rule.stock,
        "price": str(rule.price) if rule.price else None,
        "cancel_hold_s": rule.cancel_hold_s,
    }
