"""DogeSMS: idempotent purchases, its own status code for an empty stock, rentals by the month.

The document names endpoints, parameters and statuses, and shows one answer. The names of most
fields are our choice; ``docs/providers/dogesms.md`` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import uuid4

from pytest_otp.core.pacing import Window
from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    CredentialsRefused,
    InsufficientBalance,
    OutOfStock,
    ProviderRefused,
)
from pytest_otp.models import Activation, Balance, Capabilities, Message, Offer, Rate, Reading
from pytest_otp.providers.access import Access, ClientVariables, Key
from pytest_otp.providers.api import Api
from pytest_otp.providers.identity import message_id
from pytest_otp.providers.protocol import refusal, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Ending, Money
    from pytest_otp.providers.answer import Answer

_ENDINGS: Final[dict[str, Ending | None]] = {
    "pending": None,
    "received": None,
    "cancelled": "cancelled",
    "expired": "expired",
}
_REFUSALS: Final[dict[int, tuple[type[ProviderRefused], str]]] = {
    401: (CredentialsRefused, "the key or token is missing, wrong or expired"),
    402: (InsufficientBalance, "the account has not enough money"),
    403: (CredentialsRefused, "the key or token does not cover this"),
    404: (ProviderRefused, "the service is not known or not enabled"),
    460: (OutOfStock, "no number is in stock"),
}
# As many a second, for each account.
_READS: Final = Rate(30, 1.0)
_WRITES: Final = Rate(10, 1.0)
_REUSE: Final = ("reuse", "canReuse", "reusable", "reuseSupported", "supportsReuse")


@dataclass(frozen=True, slots=True)
class Service:
    """A service that DogeSMS sells numbers for.

    Attributes:
        reuse: its numbers can be used again for a while.
    """

    service: str
    category: str | None
    reuse: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """What is for sale for one service in one country.

    Attributes:
        price: where its prices start.
        reuse: such a number can be used again for a while.
    """

    country: str
    price: Money
    stock: int
    reuse: bool


@dataclass(frozen=True, slots=True)
class Status:
    """An activation as DogeSMS sees it.

    Attributes:
        reading: the latest message, and whether more can come.
        reusable_until: end of the window in which the number can be used again, if there is one.
    """

    id: str
    reading: Reading
    created_at: datetime | None
    expires_at: datetime | None
    reusable_until: datetime | None


@dataclass(frozen=True, slots=True)
class Rental:
    """A number held for months.

    Attributes:
        services: what it can be used for; empty where DogeSMS does not say.
    """

    id: str
    number: str
    country: str
    months: int
    expires_at: datetime | None
    auto_renew: bool
    services: tuple[str, ...]
    price: Money | None


class DogeSmsProvider:
    """One account at DogeSMS.

    Args:
        base_url: without ``/api/control``.
    """

    name: ClassVar = "dogesms"
    capabilities: ClassVar = Capabilities(
        idempotent=True, reuses=True, read_interval_s=0.0, read_rate=_READS
    )
    access: ClassVar = Access(
        base_url=None,
        base_url_variable="DOGESMS_BASE_URL",
        key=Key("DOGESMS_API_KEY", header="X-API-Key", scheme=""),
        client=ClientVariables(
            client_id="DOGESMS_CLIENT_ID",
            client_secret="DOGESMS_CLIENT_SECRET",  # noqa: S106 - the variable's name
            token_url="DOGESMS_TOKEN_URL",  # noqa: S106 - the variable's name
            token_path="/oauth/token",  # noqa: S106 - a path
        ),
    )

    def __init__(self, base_url: str) -> None:
        self._api = Api(
            self.name, base_url, _refused, reads=_window(_READS), writes=_window(_WRITES)
        )
        self._currency: str | None = None

    def balance(self) -> Flow[Balance]:
        """The account's money."""
        answer = yield from self._api.ask("balance", "GET", "/api/control/balance")
        self._currency = currency = answer.text("currency")
        return Balance(
            answer.money(("available", "availableBalance", "balance"), currency),
            answer.money(("frozen", "frozenBalance", "frozenFunds"), currency),
        )

    def services(self) -> Flow[Sequence[Service]]:
        """The services that numbers are sold for."""
        answer = yield from self._api.ask("services", "GET", "/api/control/services")
        return [
            Service(
                service=row.text(("serviceCode", "code")),
                category=row.maybe_text("category"),
                reuse=row.maybe_flag(_REUSE) or False,
            )
            for row in answer.objects(("services", "items", "data"))
        ]

    def inventory(self, service: str, country: str | None = None) -> Flow[Sequence[Stock]]:
        """Where numbers for a service are for sale, and from what price on.

        Raises:
            ProviderRefused: the service is not known or not enabled.
        """
        return (yield from self._inventory("inventory", service, country))

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """What is for sale now, at the starting price; nothing for a service it does not know."""
        try:
            found = yield from self._inventory("offers", service, country)
        except ProviderRefused as refused:
            if refused.status == 404:
                return []
            raise
        return [
            Offer(self.name, service, country, price=row.price, stock=row.stock)
            for row in found
            if row.country == country and row.stock > 0
        ]

    def buy(self, offer: Offer, idempotency_key: str, *, reuse: bool = False) -> Flow[Activation]:
        """Buy one number; safe to repeat under the same key.

        Args:
            offer: one of ``offers``.
            idempotency_key: a UUID.
            reuse: prefer a number that can be used again, where the service supports it; as
                ``offer.reuse``.
        """
        asked = {"serviceCode": offer.service, "countryCode": offer.country}
        answer = yield from self._api.ask(
            "buy",
            "POST",
            "/api/control/activations",
            json={**asked, "reuse": True} if reuse or offer.reuse else asked,
            headers={"Idempotency-Key": idempotency_key},
            repeatable=True,
            purchase=True,
        )
        return Activation(
            id=answer.id("requestId"),
            number=answer.number("number"),
            price=_charged(answer),
            expires_at=answer.moment("expiresAt"),
        )

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """Not possible: DogeSMS lists no purchases.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} lists no purchases; ask {idempotency_key} again instead")

    def status(self, activation_id: str) -> Flow[Status]:
        """The state of an activation, its moments, and the latest message.

        Raises:
            ActivationNotFound: DogeSMS does not know it, or no longer.
        """
        answer = yield from self._api.ask(
            "read", "GET", "/api/control/activations/{}", activation_id, repeatable=False
        )
        ended = answer.word(("status", "state"), _ENDINGS)
        return Status(
            id=activation_id,
            reading=Reading(_messages(answer), ended),
            created_at=answer.moment("createdAt"),
            expires_at=answer.moment("expiresAt"),
            reusable_until=answer.moment("canReuseUntil"),
        )

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:  # noqa: ARG002 - it answers at once
        """The latest message."""
        return (yield from self.status(activation.id)).reading

    def cancel(self, activation: Activation) -> Flow[None]:
        """Give the number back. One that was given back before is not found."""
        answer = yield from self._api.ask(
            "cancel",
            "PATCH",
            "/api/control/activations/{}/cancel",
            activation.id,
            headers={"Idempotency-Key": str(uuid4())},
            repeatable=True,
            bodiless=True,
            patience_s=2.0,
        )
        if answer.has(("status", "state")):
            ended = answer.word(("status", "state"), _ENDINGS)
            if ended != "cancelled":
                raise refusal(CancelRefused, answer, "the activation was not cancelled")

    def resend(self, activation: Activation) -> Flow[None]:
        """Not possible: the application under test sends the next message.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} cannot ask for another message on {activation.id}")

    def rent(
        self, country: str, months: int, idempotency_key: str, note: str | None = None
    ) -> Flow[Rental]:
        """Rent a number; safe to repeat under the same key.

        Args:
            country: ISO 3166-1 alpha-2.
            months: usually 1 to 12.
            idempotency_key: a UUID.
            note: for the account's owner; DogeSMS only keeps it.

        Raises:
            OutOfStock: none is left.
            InsufficientBalance: the account has not enough money.
            PurchaseUnknown: the answer was lost; it may have been charged.
        """
        asked = {"countryCode": country, "months": months}
        answer = yield from self._api.ask(
            "rent",
            "POST",
            "/api/control/rentals",
            json=asked if note is None else {**asked, "note": note},
            headers={"Idempotency-Key": idempotency_key},
            repeatable=True,
            purchase=True,
        )
        return Rental(
            id=answer.id("rentalId"),
            number=answer.number("number"),
            country=country,
            months=answer.maybe_integer("months") or months,
            expires_at=answer.moment("expiresAt"),
            auto_renew=answer.maybe_flag("autoRenew") or False,
            services=answer.texts("services"),
            price=_charged(answer),
        )

    def _inventory(
        self, operation: str, service: str, country: str | None
    ) -> Flow[Sequence[Stock]]:
        params = {"serviceCode": service}
        if country is not None:
            params["countryCode"] = country
        answer = yield from self._api.ask(operation, "GET", "/api/control/inventory", params=params)
        rows = answer.objects(("countries", "inventory", "items", "data"))
        currency = answer.maybe_text("currency")
        if currency is None and not all(row.has("currency") for row in rows):
            currency = yield from self._account_currency()
        return [_stock(row, currency or "") for row in rows]

    def _account_currency(self) -> Flow[str]:
        """The currency of the balance, in which prices are where the inventory names none."""
        if self._currency is None:
            yield from self.balance()
        return self._currency or ""


def _window(rate: Rate) -> Window:
    return Window(rate.limit, rate.window_s)


def _stock(row: Answer, currency: str) -> Stock:
    currency = row.maybe_text("currency") or currency
    return Stock(
        country=row.text(("countryCode", "country")).upper(),
        price=row.price(("startingPrice", "price", "startPrice"), currency),
        stock=row.integer(("count", "stock", "available", "inventory")),
        reuse=row.maybe_flag(_REUSE) or False,
    )


def _messages(answer: Answer) -> tuple[Message, ...]:
    if not answer.has("sms"):
        return ()
    sms = answer.inside("sms")
    text, received_at = sms.sms(("text", "content", "message")), sms.moment("receivedAt")
    code, sender = sms.maybe_text("code"), sms.maybe_text(("from", "sender"))
    # The code is no part of it where there is a text: it may be read out of that later.
    known = sms.id("id") if sms.has("id") else message_id(text or code, sender, received_at)
    return (Message(known, text, code, sender, received_at),)


def _charged(answer: Answer) -> Money | None:
    """What was charged, if the answer says so with its currency."""
    currency = answer.maybe_text("currency")
    return answer.maybe_price("price", currency) if currency is not None else None


def _refused(answer: Answer) -> ProviderRefused:
    """The error for a status: the document fixes the statuses, and no body of a refusal."""
    kind, otherwise = _REFUSALS.get(answer.status, (ProviderRefused, "it refused"))
    if answer.operation in {"read", "cancel"} and answer.status == 404:
        kind, otherwise = ActivationNotFound, "there is no such activation, or it is closed"
    elif answer.operation == "cancel" and answer.status == 409:
        kind, otherwise = CancelRefused, "its state allows no cancel"
    return refusal(kind, answer, otherwise)
