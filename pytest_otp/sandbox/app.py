"""The sandbox as an ASGI application: every route in one flat list, and what surrounds them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from pytest_otp.sandbox import control, inbox
from pytest_otp.sandbox.dialects import (
    dogesms,
    dogesms_oauth,
    sandbox,
    sms_activate,
    smscode,
    smsgang,
    smsgang_keys,
    smsgang_monthly,
    smsgang_notifications,
)
from pytest_otp.sandbox.faults import FaultMiddleware, FaultScript
from pytest_otp.sandbox.gateways import plain
from pytest_otp.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_otp.sandbox.clock import Clock

DIALECTS: Final = {
    dialect.name: dialect
    for dialect in (
        sandbox.DIALECT,
        dogesms.DIALECT,
        sms_activate.DIALECT,
        smsgang_keys.DIALECT,
        smscode.DIALECT,
    )
}

_DOGESMS: Final = "/dogesms/api/control"
_SMSGANG: Final = "/smsgang/api/developer/v1"
_MONTHLY: Final = f"{_SMSGANG}/monthly-numbers"

ROUTES: Final = [
    # The inbox page
    Route("/", inbox.page),
    Route("/inbox/inbox.js", inbox.script),
    Route("/inbox/inbox.css", inbox.style),
    Route("/inbox/events", inbox.events),
    # Dialects
    Route("/sandbox/balance", sandbox.balance),
    Route("/sandbox/offers", sandbox.offers),
    Route("/sandbox/activations", sandbox.buy, methods=["POST"]),
    Route("/sandbox/activations", sandbox.find),
    Route("/sandbox/activations/{id}", sandbox.read),
    Route("/sandbox/activations/{id}/cancel", sandbox.cancel, methods=["POST"]),
    Route("/sandbox/activations/{id}/finish", sandbox.finish, methods=["POST"]),
    Route("/sandbox/activations/{id}/resend", sandbox.resend, methods=["POST"]),
    Route("/dogesms/oauth/token", dogesms_oauth.token, methods=["POST"]),
    Route("/dogesms/oauth2/token", dogesms_oauth.token, methods=["POST"]),
    Route(f"{_DOGESMS}/balance", dogesms.balance),
    Route(f"{_DOGESMS}/services", dogesms.services),
    Route(f"{_DOGESMS}/inventory", dogesms.inventory),
    Route(f"{_DOGESMS}/activations", dogesms.activate, methods=["POST"]),
    Route(f"{_DOGESMS}/activations/{{id}}", dogesms.read),
    Route(f"{_DOGESMS}/activations/{{id}}/cancel", dogesms.cancel, methods=["PATCH"]),
    Route(f"{_DOGESMS}/rentals", dogesms.rent, methods=["POST"]),
    Route("/sms-activate/api/v1/balance", sms_activate.balance),
    Route("/sms-activate/api/v1/numbers/available", sms_activate.available),
    Route("/sms-activate/api/v1/numbers/buy", sms_activate.buy, methods=["POST"]),
    Route("/sms-activate/api/v1/activations/{id}", sms_activate.read),
    Route("/sms-activate/api/v1/activations/{id}", sms_activate.cancel, methods=["DELETE"]),
    Route("/smsgang/api/developer/api-keys", smsgang_keys.keys),
    Route("/smsgang/api/developer/api-keys", smsgang_keys.create_key, methods=["POST"]),
    Route("/smsgang/api/developer/api-keys/{id}", smsgang_keys.revoke_key, methods=["DELETE"]),
    Route(f"{_SMSGANG}/services", smsgang.services),
    Route(f"{_SMSGANG}/services/{{service}}/countries", smsgang.service_countries),
    Route(f"{_SMSGANG}/countries", smsgang.countries),
    Route(f"{_SMSGANG}/activations/buy", smsgang.buy, methods=["POST"]),
    Route(f"{_SMSGANG}/activations/{{id}}/check-sms", smsgang.check_sms),
    Route(f"{_SMSGANG}/wallet/balance", smsgang.balance),
    Route(f"{_SMSGANG}/wallet/transactions", smsgang.wallet_transactions),
    Route(f"{_SMSGANG}/wallet/history", smsgang.wallet_transactions),
    Route(f"{_SMSGANG}/transactions", smsgang.transactions),
    Route(f"{_MONTHLY}/inventory", smsgang_monthly.inventory),
    Route(f"{_MONTHLY}/purchase", smsgang_monthly.purchase, methods=["POST"]),
    Route(f"{_MONTHLY}/subscriptions", smsgang_monthly.subscriptions),
    Route(f"{_MONTHLY}/subscriptions/{{id}}", smsgang_monthly.subscription),
    Route(
        f"{_MONTHLY}/subscriptions/{{id}}/auto-renew",
        smsgang_monthly.auto_renew,
        methods=["PATCH"],
    ),
    Route(f"{_MONTHLY}/subscriptions/{{id}}/messages", smsgang_monthly.messages),
    Route(f"{_MONTHLY}/subscriptions/{{id}}/messages", smsgang_monthly.send, methods=["POST"]),
    Route(f"{_SMSGANG}/notifications/send", smsgang_notifications.send, methods=["POST"]),
    Route(f"{_SMSGANG}/notifications/messages", smsgang_notifications.notifications),
    Route("/smsgang/api/webhooks/whatsapp/status", smsgang_notifications.status, methods=["POST"]),
    Route("/smscode/balance", smscode.balance),
    Route("/smscode/catalog/products", smscode.products),
    Route("/smscode/orders", smscode.order, methods=["POST"]),
    Route("/smscode/orders/{id}", smscode.read),
    Route("/smscode/orders/{id}/cancel", smscode.cancel, methods=["POST"]),
    # Gateways
    Route("/gateway/plain/messages", plain.send, methods=["POST"]),
    # Control
    Route("/_sandbox/health", control.health),
    Route("/_sandbox/messages", control.deliver, methods=["POST"]),
    Route("/_sandbox/messages", control.messages),
    Route("/_sandbox/messages/latest", control.latest_message),
    Route("/_sandbox/activations", control.activations),
    Route("/_sandbox/rentals", control.rentals),
    Route("/_sandbox/wallets", control.wallets),
    Route("/_sandbox/wallet", control.set_wallet, methods=["PUT"]),
    Route("/_sandbox/wallet", control.wallet),
    Route("/_sandbox/keys/revoke", control.revoke_key, methods=["POST"]),
    Route("/_sandbox/clock", control.advance_clock, methods=["POST"]),
    Route("/_sandbox/clock", control.clock),
    Route("/_sandbox/carrier", control.set_carrier, methods=["PUT"]),
    Route("/_sandbox/carrier", control.carrier),
    Route("/_sandbox/faults", control.add_faults, methods=["POST"]),
    Route("/_sandbox/faults", control.clear_faults, methods=["DELETE"]),
    Route("/_sandbox/faults", control.faults),
    Route("/_sandbox/market", control.add_rule, methods=["POST"]),
    Route("/_sandbox/market", control.clear_rules, methods=["DELETE"]),
    Route("/_sandbox/market", control.rules),
]


@asynccontextmanager
async def _keep_time(app: Starlette) -> AsyncIterator[None]:
    world: World = app.state.world
    timekeeper = asyncio.create_task(world.timeline.keep())
    try:
        yield
    finally:
        world.timeline.changes.close()
        await timekeeper


def create_app(clock: Clock, *, seed: int) -> Starlette:
    """A sandbox of its own, empty.

    Args:
        clock: the only source of time.
        seed: decides the order of numbers, the carrier's delays and the faults' chance.
    """
    world = World(clock, seed=seed)
    script = FaultScript(seed)
    app = Starlette(
        routes=ROUTES,
        lifespan=_keep_time,
        middleware=[
            # A page elsewhere whose name resolves to 127.0.0.1 must not read messages here.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(FaultMiddleware, script=script, sleep=world.timeline.sleep),
        ],
    )
    app.state.world = world
    app.state.faults = script
    app.state.dialects = DIALECTS
    return app
