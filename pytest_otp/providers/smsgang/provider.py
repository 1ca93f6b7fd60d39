"""What a lease needs of SMSGang, and the catalogue behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from pytest_otp.errors import ProviderRefused
from pytest_otp.models import Activation, Balance, Capabilities, Message, Offer, Reading
from pytest_otp.providers.access import Access, Key
from pytest_otp.providers.api import Api
from pytest_otp.providers.identity import message_id
from pytest_otp.providers.protocol import unsupported
from pytest_otp.providers.smsgang.account import Account
from pytest_otp.providers.smsgang.monthly import MonthlyNumbers
from pytest_otp.providers.smsgang.notifications import Notifications
from pytest_otp.providers.smsgang.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Ending, Money

_V1: Final = "/api/developer/v1"
# The wallet names its currency, and prices are shown with its sign.
_CURRENCY: Final = "USD"
_LONGEST_S: Final = 30 * 24 * 60 * 60
_ENDINGS: Final[dict[str, Ending | None]] = {
    "pending": None,
    "completed": "finished",
    # Not documented: the document has an error for it, and a word may come before.
    "expired": "expired",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A service that SMSGang sells numbers for.

    Attributes:
        service: its slug.
        price: the least that a number costs.
    """

    id: int
    name: str
    service: str
    price: Money
    min_quantity: int | None
    max_quantity: int | None


@dataclass(frozen=True, slots=True)
class Country:
    """A country that SMSGang has numbers of; ``country`` is ISO 3166-1 alpha-2."""

    id: int
    name: str
    country: str
    available: bool


@dataclass(frozen=True, slots=True)
class ServiceCountry:
    """What a number for one service costs in one country, which is known by its name only."""

    id: int
    name: str
    price: Money
    operators_count: int | None


class SmsGangProvider:
    """One account at SMSGang.

    Args:
        base_url: without ``/api/developer``.

    Attributes:
        monthly: numbers that are held for months.
        notifications: WhatsApp messages from approved templates.
        account: the wallet's history, and API keys.
    """

    name: ClassVar = "smsgang"
    capabilities: ClassVar = Capabilities(cancels=False, read_interval_s=5.0)
    access: ClassVar = Access(
        base_url="https://api.smsgang.org",
        base_url_variable="SMSGANG_BASE_URL",
        key=Key("SMSGANG_API_KEY", header="X-API-Key", scheme="", path=_V1),
        others=(Key("SMSGANG_TOKEN", path="/api/developer/api-keys"),),
    )

    def __init__(self, base_url: str) -> None:
        self._api = Api(self.name, base_url, refused)
        self._names: dict[str, str] = {}
        self.monthly = MonthlyNumbers(self._api)
        self.notifications = Notifications(self._api)
        self.account = Account(self._api)

    def balance(self) -> Flow[Balance]:
        """The wallet."""
        answer = yield from self._api.ask("balance", "GET", f"{_V1}/wallet/balance")
        data = answer.inside("data")
        currency = data.text("currency")
        return Balance(data.money("available", currency), data.money("hold", currency))

    def services(self) -> Flow[Sequence[Service]]:
        """The services that numbers are sold for."""
        answer = yield from self._api.ask("services", "GET", f"{_V1}/services")
        return [
            Service(
                id=row.integer("id"),
                name=row.text("name"),
                service=row.text("slug"),
                price=row.price("price", _CURRENCY),
                min_quantity=row.maybe_integer("min_quantity"),
                max_quantity=row.maybe_integer("max_quantity"),
            )
            for row in answer.objects("data")
        ]

    def countries(self) -> Flow[Sequence[Country]]:
        """The countries that numbers are sold of."""
        return (yield from self._countries("countries"))

    def service_countries(self, service: str) -> Flow[Sequence[ServiceCountry]]:
        """Where numbers for a service are for sale, and for how much.

        Raises:
            ProviderRefused: SMSGang does not know the service.
        """
        return (yield from self._service_countries("service_countries", service))

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """What is for sale now; nothing for a service or a country that it does not know.

        Prices come by the country's name: what SMSGang calls a country is asked once.
        """
        if not self._names:
            known = yield from self._countries("offers")
            self._names = {each.country: each.name for each in known}
        name = self._names.get(country)
        if name is None:
            return []
        try:
            rows = yield from self._service_countries("offers", service)
        except ProviderRefused as refused:
            if refused.status == 404:
                return []
            raise
        return [Offer(self.name, service, country, row.price) for row in rows if row.name == name]

    def buy(self, offer: Offer, idempotency_key: str) -> Flow[Activation]:  # noqa: ARG002 - it knows none
        """Buy one number; never repeated, for nothing would stop a second charge."""
        answer = yield from self._api.ask(
            "buy",
            "POST",
            f"{_V1}/activations/buy",
            json={"service": offer.service, "country": offer.country},
            purchase=True,
        )
        data = answer.inside("data")
        bought_at, timeout_s = data.moment("created_at"), data.integer("timeout")
        if not 0 <= timeout_s <= _LONGEST_S:
            data.misfit("field 'timeout' should be the seconds until the activation expires")
        return Activation(
            id=data.id("id"),
            number=data.number("phone"),
            expires_at=bought_at and bought_at + timedelta(seconds=timeout_s),
        )

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """Not possible: SMSGang lists no activations.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} lists no activations, nor the one of {idempotency_key}")

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:  # noqa: ARG002 - it answers at once
        """The code, after which no other comes."""
        try:
            answer = yield from self._api.ask(
                "read",
                "GET",
                f"{_V1}/activations/{{}}/check-sms",
                activation.id,
                repeatable=False,
                bodiless=True,
            )
        except ProviderRefused as gone:
            if gone.status == 410:
                return Reading(ended="expired")
            raise
        if not answer.document.get("data", answer.document):
            return Reading()  # "returns empty" while there is no code, of whatever kind
        data = answer.inside("data")
        ended, code = data.word("status", _ENDINGS), data.maybe_text("code")
        messages = () if code is None else (Message(message_id(code), "", code),)
        return Reading(messages, ended)

    def cancel(self, activation: Activation) -> Flow[None]:
        """Not possible: an activation runs out by itself.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} has no cancel: activation {activation.id} runs out")

    def resend(self, activation: Activation) -> Flow[None]:
        """Not possible: the application under test sends the next message.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} cannot ask for another message on {activation.id}")

    def _countries(self, operation: str) -> Flow[Sequence[Country]]:
        answer = yield from self._api.ask(operation, "GET", f"{_V1}/countries")
        return [
            Country(
                id=row.integer("id"),
                name=row.text("name"),
                country=row.text("code").upper(),
                available=row.flag("is_available"),
            )
            for row in answer.objects("data")
        ]

    def _service_countries(self, operation: str, service: str) -> Flow[Sequence[ServiceCountry]]:
        answer = yield from self._api.ask(
            operation, "GET", f"{_V1}/services/{{}}/countries", service
        )
        return [
            ServiceCountry(
                id=row.integer("id"),
                name=row.text("name"),
                price=row.price("price", _CURRENCY),
                operators_count=row.maybe_integer("operators_count"),
            )
            for row in answer.objects("data")
        ]
