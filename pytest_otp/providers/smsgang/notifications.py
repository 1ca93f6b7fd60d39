"""WhatsApp messages that SMSGang sends from approved templates, billed in naira."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Money
    from pytest_otp.providers.answer import Answer
    from pytest_otp.providers.api import Api

_BASE: Final = "/api/developer/v1/notifications"
_CURRENCY: Final = "NGN"
_STATUSES: Final = {
    word: word for word in ("queued", "sent", "delivered", "read", "failed", "undelivered")
}


@dataclass(frozen=True, slots=True)
class Notification:
    """One message.

    Attributes:
        template: id of its template.
        message_sid: the carrier's id.
        status: queued, sent, delivered, read, failed or undelivered.
        to: E.164.
        charged: what it cost.
    """

    id: int
    template: int
    message_sid: str
    status: str
    to: str
    unit_price: Money
    quantity: int
    charged: Money
    billing_status: str


class Notifications:
    """The operations on notifications."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def send(
        self, template: int, to: str, variables: Mapping[str, str] | None = None
    ) -> Flow[Notification]:
        """Send one; never repeated.

        Args:
            template: id of an approved template.
            to: E.164.
            variables: by the template's placeholders.

        Raises:
            InsufficientBalance: the wallet has not enough money.
            ProviderRefused: the template is not approved.
            ProviderUnavailable: the same message is just being sent.
            PurchaseUnknown: the answer was lost; it may have been sent and charged.
        """
        body: dict[str, object] = {"template_id": template, "to": to}
        if variables is not None:
            body["variables"] = dict(variables)
        answer = yield from self._api.ask(
            "send_notification", "POST", f"{_BASE}/send", json=body, purchase=True
        )
        return _notification(answer.inside("data"))

    def history(self) -> Flow[Sequence[Notification]]:
        """The account's notifications with their charges and how they fared."""
        answer = yield from self._api.ask("notifications", "GET", f"{_BASE}/messages")
        return [_notification(row) for row in answer.objects("data")]


def _notification(row: Answer) -> Notification:
    return Notification(
        id=row.integer("id"),
        template=row.integer("template_id"),
        message_sid=row.text("message_sid"),
        status=row.word("status", _STATUSES),
        to=row.number("to"),
        unit_price=row.price("unit_price_ngn", _CURRENCY),
        quantity=row.integer("quantity"),
        charged=row.price("charged_amount_ngn", _CURRENCY),
        billing_status=row.text("billing_status"),
    )
