"""SMSGang's WhatsApp notifications: sent from an approved template, charged in Nigerian money.

Every account has two templates: 1 is approved, 2 is still in review. A notification is handed over
for as long as the carrier's latency says, and meanwhile the same one is not taken twice. It is no
SMS and reaches no number here; what becomes of it is told by the status callback alone.

Not stated by the provider, and so chosen here: how 20 NGN are taken from a wallet in dollars (at a
rate that leaves no remainder), and that a failed notification stays charged.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.models import Money
from pytest_otp.sandbox.dialects.smsgang_keys import Declined, data, message, with_key
from pytest_otp.sandbox.exact import ExactJSON
from pytest_otp.sandbox.fields import (
    E164,
    TEXT,
    WHOLE,
    BadRequest,
    Kind,
    read_form,
    read_json,
    read_object,
)

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.world import World

_APPROVED_TEMPLATE: Final = 1
_PRICE_NGN: Final = 20
_NGN_PER_USD: Final = 1600
_PRICE: Final = Money(Decimal(_PRICE_NGN) / _NGN_PER_USD, "USD")
_STATUSES: Final = ("queued", "sent", "delivered", "read", "failed", "undelivered")


@dataclass(slots=True, eq=False)
class _Notification:
    id: int
    account: Account
    template: int
    sid: str
    to: str
    status: str = "queued"

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "template_id": self.template,
            "message_sid": self.sid,
            "status": self.status,
            "to": self.to,
            "unit_price_ngn": _PRICE_NGN,
            "quantity": 1,
            "charged_amount_ngn": _PRICE_NGN,
            "billing_status": "charged",
        }


@dataclass(slots=True)
class _Outbox:
    """Every notification by its carrier's id, and those that are just being sent."""

    sent: dict[str, _Notification] = field(default_factory=dict)
    sending: set[tuple[Account, int, str]] = field(default_factory=set)


def _object(value: object) -> object:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _status(value: object) -> object:
    if value not in _STATUSES:
        raise ValueError
    return value


_VARIABLES: Final = Kind("an object of variables", _object)
_STATUS: Final = Kind(f"one of {', '.join(_STATUSES)}", _status)


@with_key
async def send(request: Request, world: World, account: Account) -> Response:
    """``POST …/notifications/send``."""
    body = read_object(
        await read_json(request),
        required={"template_id": WHOLE, "to": E164},
        optional={"variables": _VARIABLES},
    )
    template, to = body["template_id"], body["to"]
    if template != _APPROVED_TEMPLATE:
        raise Declined(422, "Template not ready for dispatch")
    outbox = world.drawer(_Outbox)
    if (account, template, to) in outbox.sending:
        raise Declined(429, "Send in progress")
    await _hand_over(world, outbox, account, template, to)
    notification = _Notification(
        len(outbox.sent) + 1, account, template, f"SM{secrets.token_hex(16)}", to
    )
    outbox.sent[notification.sid] = notification
    return ExactJSON(
        {"message": "WhatsApp notification queued successfully.", "data": notification.shown()},
        201,
    )


async def _hand_over(
    world: World, outbox: _Outbox, account: Account, template: int, to: str
) -> None:
    now = world.timeline.clock.now
    account.wallet.move("hold", _PRICE, at=now(), purpose="notification")
    outbox.sending.add((account, template, to))
    try:
        await world.timeline.sleep(world.carrier.delay_s())
    finally:
        outbox.sending.discard((account, template, to))
    account.wallet.move("charge", _PRICE, at=now(), purpose="notification")


@with_key
async def notifications(_request: Request, world: World, account: Account) -> Response:
    """``GET …/notifications/messages``."""
    sent = world.drawer(_Outbox).sent.values()
    return data([each.shown() for each in sent if each.account is account])


async def status(request: Request) -> Response:
    """``POST …/webhooks/whatsapp/status``: Twilio's callback, a form without a key."""
    world: World = request.app.state.world
    try:
        form = await read_form(request)
        callback = {name: form.get(name) for name in ("MessageSid", "MessageStatus")}
        read_object(callback, required={"MessageSid": TEXT, "MessageStatus": _STATUS})
    except BadRequest as bad:
        return message(str(bad), 422)
    notification = world.drawer(_Outbox).sent.get(form["MessageSid"])
    if notification is None:
        return message("Message not found", 404)
    notification.status = form["MessageStatus"]
    return message("ok")
