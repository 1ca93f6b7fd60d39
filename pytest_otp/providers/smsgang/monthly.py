"""Numbers that SMSGang rents out by the month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Money
    from pytest_otp.providers.answer import Answer
    from pytest_otp.providers.api import Api

_BASE: Final = "/api/developer/v1/monthly-numbers"
_ONE: Final = f"{_BASE}/subscriptions/{{}}"
_CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class MonthlyPrice:
    """What a number of a country costs a month."""

    country: str
    price: Money


@dataclass(frozen=True, slots=True)
class Subscription:
    """A number held by the month.

    Attributes:
        status: ``active``, or SMSGang's word for one that is over.
        number: E.164, where SMSGang says it.
        auto_renew: where SMSGang says it.
    """

    id: int
    country: str
    status: str
    number: str | None
    expires_at: datetime | None
    auto_renew: bool | None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """An SMS on a monthly number; both texts are hostile input. SMSGang gives it no id."""

    sender: str
    text: str
    received_at: datetime | None


class MonthlyNumbers:
    """The operations on monthly numbers."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def inventory(self) -> Flow[Sequence[MonthlyPrice]]:
        """The countries for sale and their prices."""
        answer = yield from self._api.ask("monthly_inventory", "GET", f"{_BASE}/inventory")
        return [
            MonthlyPrice(row.text("country").upper(), row.price("price", _CURRENCY))
            for row in answer.objects("data")
        ]

    def purchase(self, country: str) -> Flow[Subscription]:
        """Rent a number; never repeated, for nothing would stop a second charge.

        Args:
            country: ISO 3166-1 alpha-2.

        Raises:
            OutOfStock: none is for sale there.
            InsufficientBalance: the wallet has not enough money.
            PurchaseUnknown: the answer was lost; it may have been charged.
        """
        answer = yield from self._api.ask(
            "monthly_purchase",
            "POST",
            f"{_BASE}/purchase",
            json={"country": country},
            purchase=True,
        )
        return _subscription(answer.inside("data"))

    def subscriptions(self) -> Flow[Sequence[Subscription]]:
        """The account's subscriptions, past ones too."""
        answer = yield from self._api.ask("monthly_subscriptions", "GET", f"{_BASE}/subscriptions")
        return [_subscription(row) for row in answer.objects("data")]

    def subscription(self, subscription: int) -> Flow[Subscription]:
        """One subscription.

        Args:
            subscription: its id.
        """
        answer = yield from self._api.ask("monthly_subscription", "GET", _ONE, str(subscription))
        return _subscription(answer.inside("data"))

    def auto_renew(self, subscription: int, *, auto_renew: bool) -> Flow[None]:
        """Let the subscription be renewed at its end, or not."""
        yield from self._api.ask(
            "monthly_auto_renew",
            "PATCH",
            f"{_ONE}/auto-renew",
            str(subscription),
            json={"auto_renew": auto_renew},
            repeatable=True,
        )

    def messages(self, subscription: int) -> Flow[Sequence[ReceivedMessage]]:
        """The messages that the number received, in SMSGang's order."""
        answer = yield from self._api.ask(
            "monthly_messages", "GET", f"{_ONE}/messages", str(subscription)
        )
        return [
            ReceivedMessage(
                sender=row.sms("from"),
                text=row.sms("message"),
                received_at=row.moment(("received_at", "created_at")),
            )
            for row in answer.objects("data")
        ]

    def send(self, subscription: int, to: str, text: str) -> Flow[None]:
        """Send an SMS from the number; never repeated.

        Args:
            subscription: its id.
            to: E.164.
            text: of the message.

        Raises:
            PurchaseUnknown: the answer was lost; it may have been sent and charged.
        """
        yield from self._api.ask(
            "monthly_send",
            "POST",
            f"{_ONE}/messages",
            str(subscription),
            json={"to": to, "message": text},
            purchase=True,
        )


def _subscription(row: Answer) -> Subscription:
    number = ("number", "phone", "phone_number")
    return Subscription(
        id=row.integer("id"),
        country=row.text("country").upper(),
        status=row.text("status"),
        number=row.number(number) if row.has(number) else None,
        expires_at=row.moment(("expires_at", "renews_at")),
        auto_renew=row.maybe_flag("auto_renew"),
    )
