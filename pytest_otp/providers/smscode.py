"""SMSCode: a catalogue of products with stock, one envelope for every answer, money in rupiah.

Product ids change, so none is remembered for longer than the minute that the document asks the
catalogue to be cached for. A product that turns out to be sold out leaves the cached catalogue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from pytest_otp.core.effects import Pause
from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    CredentialsRefused,
    InsufficientBalance,
    NotSupported,
    OutOfStock,
    ProviderRefused,
    ProviderUnavailable,
)
from pytest_otp.models import Activation, Balance, Capabilities, Message, Offer, Reading
from pytest_otp.providers.access import Access, Key
from pytest_otp.providers.api import Api
from pytest_otp.providers.countries import NAMES
from pytest_otp.providers.identity import message_id
from pytest_otp.providers.protocol import refusal, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.errors import ProviderError
    from pytest_otp.models import Ending, Money
    from pytest_otp.providers.answer import Answer

CATALOGUE_S: Final = 60.0
_CURRENCY: Final = "IDR"
_ENDINGS: Final[dict[str, Ending | None]] = {
    "waiting": None,
    "otp_received": None,
    "completed": "finished",
    "cancelled": "cancelled",
    "expired": "expired",
}
_REFUSALS: Final[dict[str, type[ProviderRefused]]] = {
    "UNAUTHORIZED": CredentialsRefused,
    "INSUFFICIENT_BALANCE": InsufficientBalance,
    "PRODUCT_UNAVAILABLE": OutOfStock,
    "ORDER_NOT_FOUND": ActivationNotFound,
}
_STOCK: Final = ("stock", "available_stock", "stock_count", "quantity")


@dataclass(frozen=True, slots=True)
class Product:
    """A row of the catalogue.

    Attributes:
        id: as JSON, so that a number is ordered as a number and a text as a text.
        country: as SMSCode writes it, if it does.
        platform: likewise.
        stock: None where SMSCode does not say.
    """

    id: str
    country: str | None
    platform: str | None
    price: Money
    stock: int | None


@dataclass(frozen=True, slots=True)
class _Page:
    """The catalogue under one filter, as it was at ``fetched_at``."""

    fetched_at: float
    products: tuple[Product, ...]

    def without(self, product: str | None) -> _Page:
        return replace(self, products=tuple(p for p in self.products if p.id != product))


class SmsCodeProvider:
    """One account at SMSCode.

    Args:
        base_url: with the version, ``/v1``.
    """

    name: ClassVar = "smscode"
    capabilities: ClassVar = Capabilities(forfeits=True, read_interval_s=5.0)
    access: ClassVar = Access(
        base_url="https://api.smscode.gg/v1",
        base_url_variable="SMSCODE_BASE_URL",
        key=Key("SMSCODE_API_KEY"),
    )

    def __init__(self, base_url: str) -> None:
        self._api = Api(self.name, base_url, _refused)
        self._pages: dict[tuple[str | None, str | None], _Page] = {}

    def balance(self) -> Flow[Balance]:
        """The account's money."""
        data = _data((yield from self._api.ask("balance", "GET", "/balance")))
        return Balance(data.money("balance", data.text("currency")))

    def catalogue(
        self, service: str | None = None, country: str | None = None
    ) -> Flow[Sequence[Product]]:
        """The products under a filter, cheapest first; at most a minute old.

        Args:
            service: service slug, which SMSCode calls a platform.
            country: ISO 3166-1 alpha-2.
        """
        return (yield from self._catalogue("catalogue", service, country))

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """The products in stock, cheapest first: when one is sold out the next is tried."""
        products = yield from self._catalogue("offers", service, country)
        return [
            Offer(self.name, service, country, product.price, product.stock, product.id)
            for product in products
            if product.stock is None or product.stock > 0
        ]

    def buy(self, offer: Offer, idempotency_key: str) -> Flow[Activation]:  # noqa: ARG002 - it knows none
        """Order the offer's product; never repeated, for nothing would stop a second charge.

        Raises:
            NotSupported: the offer names no product, so it did not come from ``offers``.
        """
        if offer.product is None:
            raise NotSupported(
                f"{self.name} sells products, and the offer names none; ask for offers"
            )
        try:
            answer = yield from self._api.ask(
                "buy",
                "POST",
                "/orders",
                json={"product_id": json.loads(offer.product)},
                purchase=True,
            )
            data = _data(answer)
        except OutOfStock:
            self._pages = {key: page.without(offer.product) for key, page in self._pages.items()}
            raise
        return Activation(
            id=data.id("order_id"),
            number=data.number("phone_number"),
            expires_at=data.moment("expires_at"),
        )

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """Not possible: SMSCode lists no orders.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} lists no orders, nor the one of {idempotency_key}")

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:  # noqa: ARG002 - it answers at once
        """The latest code."""
        answer = yield from self._api.ask(
            "read", "GET", "/orders/{}", activation.id, repeatable=False
        )
        data = _data(answer)
        return Reading(_messages(data), data.word("status", _ENDINGS))

    def cancel(self, activation: Activation) -> Flow[None]:
        """Give the number back.

        Raises:
            CancelRefused: a code had arrived, so the order is cancelled without a refund.
        """
        answer = yield from self._api.ask(
            "cancel", "POST", "/orders/{}/cancel", activation.id, repeatable=True, patience_s=2.0
        )
        data = _data(answer)
        if data.has("otp_code"):
            raise refusal(CancelRefused, data, "it was cancelled without a refund: a code is there")

    def resend(self, activation: Activation) -> Flow[None]:
        """Not possible: the application under test sends the next message.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} cannot ask for another message on {activation.id}")

    def _catalogue(
        self, operation: str, service: str | None, country: str | None
    ) -> Flow[Sequence[Product]]:
        now = yield Pause(0)
        fresh = {k: page for k, page in self._pages.items() if now < page.fetched_at + CATALOGUE_S}
        if (service, country) not in fresh:
            params = {"country": country and country_name(country), "platform": service}
            answer = yield from self._api.ask(
                operation,
                "GET",
                "/catalog/products",
                params={name: value for name, value in params.items() if value is not None},
            )
            products = map(_product, _enveloped(answer).objects("data"))
            page = _Page(now, tuple(sorted(products, key=lambda product: product.price.amount)))
            fresh[service, country] = page
        self._pages = fresh
        return fresh[service, country].products


def country_name(country: str) -> str:
    """What SMSCode calls a country, such as ``indonesia``; a code without a name as it is."""
    return NAMES.get(country, country).lower().replace(" ", "-")


def _product(row: Answer) -> Product:
    return Product(
        id=json.dumps(row.document["id"] if row.id("id") else None),
        country=row.maybe_text("country"),
        platform=row.maybe_text("platform"),
        price=row.price("price", row.maybe_text("currency") or _CURRENCY),
        stock=row.maybe_integer(_STOCK),
    )


def _messages(data: Answer) -> tuple[Message, ...]:
    code = data.maybe_text("otp_code")
    return () if code is None else (Message(message_id(code), "", code),)


def _enveloped(answer: Answer) -> Answer:
    """The answer, once its envelope says that it is no refusal."""
    if not answer.flag("success"):
        raise _refused(answer)
    return answer


def _data(answer: Answer) -> Answer:
    return _enveloped(answer).inside("data")


def _refused(answer: Answer) -> ProviderError:
    """The error for a refusal: the envelope's code decides, and no document fixes the statuses."""
    answer = replace(answer, purchase=False)
    if not isinstance(answer.document.get("error"), dict):
        if answer.status == 401:
            return refusal(CredentialsRefused, answer, "the token is missing or wrong")
        answer.misfit("field 'error' should be an object with code and message")
    code = answer.inside("error").text("code")
    if code == "RATE_LIMITED":
        return ProviderUnavailable(
            "too many requests",
            provider=answer.provider,
            operation=answer.operation,
            status=answer.status,
        )
    other = CancelRefused if answer.operation == "cancel" else ProviderRefused
    return refusal(_REFUSALS.get(code, other), answer, "it refused")
