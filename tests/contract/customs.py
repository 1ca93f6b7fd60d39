"""How a customer of each provider does what a transcript's ``given`` speaks of.

Typed from the documents: which request buys, and where its answer has the id and the number. It
is how the stage is set, so a refusal here is the test's failure.
"""

from __future__ import annotations

import base64
import urllib.parse
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from pytest_otp.sandbox.catalogue import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.exact_json import Json
    from tests.sandbox.dialects.customer import Customer

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Purchase(NamedTuple):
    """What a customer remembers of a purchase; the number is in E.164."""

    id: Json
    number: str


class Customs(Protocol):
    """One provider's way.

    Attributes:
        auth: the headers that carry its credentials, as `Customer` takes them.
    """

    auth: ClassVar[Mapping[str, str]]

    def secrets(self, customer: Customer) -> dict[str, str]:
        """What ``$key``, ``$token`` and ``$client`` are for this customer."""
        ...

    def buy(self, customer: Customer, service: str, country: str, key: str) -> Purchase:
        """Buy a number; the key makes it the same purchase where the provider has such keys."""
        ...

    def cancel(self, customer: Customer, activation: Json) -> None:
        """Give the number back."""
        ...


def _done(customer: Customer, method: str, path: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
    answer = customer.ask(method, path, body, headers=headers)
    assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
    return answer.body


class DogeSMS:
    """DogeSMS: a key or a token, and a key for every write."""

    auth: ClassVar[Mapping[str, str]] = {"X-API-Key": "$key"}

    def secrets(self, customer: Customer) -> dict[str, str]:
        """The client's id is the account's key, so key and token open the same account."""
        form = urllib.parse.urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": customer.key,
                "client_secret": "secret",
            }
        )
        token = _done(customer, "POST", "/oauth/token", form.encode(), **_FORM)["access_token"]
        client = base64.b64encode(f"{customer.key}:secret".encode()).decode()
        return {"key": customer.key, "token": token, "client": client}

    def buy(self, customer: Customer, service: str, country: str, key: str) -> Purchase:
        """Create an activation."""
        body = {"serviceCode": service, "countryCode": country}
        bought = self._write(customer, "POST", "activations", body, key)
        return Purchase(bought["requestId"], bought["number"].replace(" ", ""))

    def cancel(self, customer: Customer, activation: Json) -> None:
        """Cancel the activation."""
        self._write(customer, "PATCH", f"activations/{activation}/cancel", None, str(uuid.uuid4()))

    @staticmethod
    def _write(customer: Customer, method: str, path: str, body: object, key: str) -> Any:  # noqa: ANN401 - JSON
        headers = {"Idempotency-Key": key}
        return _done(customer, method, f"/api/control/{path}", body, **headers)


class SMSActivate:
    """sms-activate.dev: a bearer, and a DELETE to cancel."""

    auth: ClassVar[Mapping[str, str]] = {"Authorization": "Bearer $key"}

    def secrets(self, customer: Customer) -> dict[str, str]:
        """One key for everything."""
        return {"key": customer.key}

    def buy(self, customer: Customer, service: str, country: str, key: str) -> Purchase:
        """Buy a number; each time is another purchase."""
        del key
        body = {"service": service, "country": country.lower()}
        bought = _done(customer, "POST", "/api/v1/numbers/buy", body)
        return Purchase(bought["id"], bought["number"])

    def cancel(self, customer: Customer, activation: Json) -> None:
        """Delete the activation."""
        _done(customer, "DELETE", f"/api/v1/activations/{activation}")


class SMSGang:
    """SMSGang: an API key, the account's token, and much beside activations."""

    auth: ClassVar[Mapping[str, str]] = {"X-API-Key": "$key", "Authorization": "Bearer $key"}
    api = "/api/developer/v1"

    def secrets(self, customer: Customer) -> dict[str, str]:
        """Key and token open the same account."""
        return {"key": customer.key, "token": customer.key}

    def buy(self, customer: Customer, service: str, country: str, key: str) -> Purchase:
        """Buy an activation; each time is another purchase."""
        del key
        body = {"service": service, "country": country}
        bought = _done(customer, "POST", f"{self.api}/activations/buy", body)["data"]
        return Purchase(bought["id"], bought["phone"])

    def cancel(self, customer: Customer, activation: Json) -> None:
        """There is none."""
        raise ValueError("SMSGang has no cancel, so no transcript can ask for one")

    def rent(self, customer: Customer, country: str) -> Purchase:
        """Subscribe to a monthly number, which only the sandbox tells."""
        body = {"country": country}
        rented = _done(customer, "POST", f"{self.api}/monthly-numbers/purchase", body)["data"]
        numbers = {rental.id: rental.number for rental in customer.sandbox.rentals(customer.key)}
        return Purchase(rented["id"], numbers[rented["id"]])

    def notify(self, customer: Customer, template: Json, to: str) -> tuple[Json, Json]:
        """Send a notification: its id, and its carrier's."""
        body = {"template_id": template, "to": to}
        sent = _done(customer, "POST", f"{self.api}/notifications/send", body)["data"]
        return sent["id"], sent["message_sid"]

    def call_back(self, customer: Customer, message: Json, status: str) -> None:
        """Report a notification's status, as its carrier does."""
        form = urllib.parse.urlencode({"MessageSid": message, "MessageStatus": status})
        _done(customer, "POST", "/api/webhooks/whatsapp/status", form.encode(), **_FORM)

    def make_key(self, customer: Customer, name: str) -> Json:
        """Make an API key; its id."""
        made = _done(customer, "POST", "/api/developer/api-keys", {"name": name})
        key_id: Json = made["data"]["id"]
        return key_id


class SMSCode:
    """SMSCode: a bearer, and a product to order."""

    auth: ClassVar[Mapping[str, str]] = {"Authorization": "Bearer $key"}

    def secrets(self, customer: Customer) -> dict[str, str]:
        """One token for everything."""
        return {"key": customer.key}

    def buy(self, customer: Customer, service: str, country: str, key: str) -> Purchase:
        """Order the cheapest product; each time is another purchase."""
        del key
        body = {"product_id": self.product(customer, service, country)}
        order = _done(customer, "POST", "/orders", body)["data"]
        return Purchase(order["order_id"], order["phone_number"])

    def cancel(self, customer: Customer, activation: Json) -> None:
        """Cancel the order."""
        _done(customer, "POST", f"/orders/{activation}/cancel")

    def product(self, customer: Customer, service: str, country: str) -> Json:
        """The id of the cheapest product."""
        query = {"country": COUNTRIES[country].name.lower(), "platform": service}
        listed = customer.get("/catalog/products", **query).body["data"]
        cheapest: Json = min(listed, key=lambda product: product["price"])["id"]
        return cheapest


SMSGANG = SMSGang()
SMSCODE = SMSCode()
CUSTOMS: dict[str, Customs] = {
    "dogesms": DogeSMS(),
    "sms-activate": SMSActivate(),
    "smsgang": SMSGANG,
    "smscode": SMSCODE,
}
