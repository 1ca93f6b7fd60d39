"""SMSGang's catalogue, activations and wallet over HTTP: what the transcripts cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from tests.sandbox.dialects.customer import Customer
from tests.sandbox.dialects.smsgang_customer import (
    API,
    AUTH,
    NOTIFICATION,
    bought,
    check,
    declined,
    rented,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own, whose account has a token of the same name."""
    with Customer(still, "smsgang", AUTH) as customer:
        yield customer


# Catalogue


def test_catalogue_has_the_same_ids_everywhere(customer: Customer) -> None:
    """A service's countries bear the ids and names of the list of countries."""
    countries = customer.get(f"{API}/countries").body["data"]
    assert [country["code"] for country in countries] == list(COUNTRIES)
    offered = customer.get(f"{API}/services/telegram/countries").body["data"]
    assert [(row["id"], row["name"]) for row in offered] == [
        (country["id"], country["name"]) for country in countries
    ]
    services = customer.get(f"{API}/services").body["data"]
    assert [service["slug"] for service in services] == list(SERVICES)


def test_sold_out_country_is_not_offered(customer: Customer) -> None:
    """It disappears from the service's countries, and is not available once nothing is sold."""
    customer.sandbox.set_stock(0, service="telegram", country="US", account=customer.key)
    offered = customer.get(f"{API}/services/telegram/countries").body["data"]
    assert "United States" not in {row["name"] for row in offered}
    (us,) = (c for c in customer.get(f"{API}/countries").body["data"] if c["code"] == "US")
    assert us["is_available"] is True
    customer.sandbox.set_stock(0, country="US", account=customer.key)
    (us,) = (c for c in customer.get(f"{API}/countries").body["data"] if c["code"] == "US")
    assert us["is_available"] is False


def test_unknown_service_has_no_countries(customer: Customer) -> None:
    """Its list is not found."""
    answer = customer.get(f"{API}/services/fax/countries")
    assert declined(answer) == (404, "Service not found")


# Activations and wallet


def test_window_is_the_timeout(customer: Customer) -> None:
    """The activation is pending to the last of its seconds, then gone and its hold returned."""
    activation = bought(customer)
    customer.sandbox.advance(activation["timeout"] - 1)
    assert check(customer, activation).body["data"] == {"code": None, "status": "pending"}
    customer.sandbox.advance(1)
    assert declined(check(customer, activation)) == (410, "Activation expired")
    assert [movement.kind for movement in customer.wallet.journal] == ["deposit", "hold", "refund"]


def test_code_stays_after_the_window(customer: Customer) -> None:
    """A completed activation shows its latest code, also when its time is over."""
    activation = bought(customer)
    for code in ("111111", "222222"):
        customer.sandbox.deliver(activation["phone"], f"Your code is {code}")
    customer.sandbox.advance(activation["timeout"])
    shown = check(customer, activation).body["data"]
    assert shown == {"code": "222222", "status": "completed"}


def test_there_is_no_cancel(customer: Customer) -> None:
    """Neither a DELETE nor a cancel of an activation exists."""
    path = f"{API}/activations/{bought(customer)['id']}"
    assert customer.ask("DELETE", path).status == 404
    assert customer.post(f"{path}/cancel").status == 404


def test_wallet_adds_up(customer: Customer) -> None:
    """Balance is hold and available together, and the sum of the wallet's transactions."""
    customer.sandbox.deliver(bought(customer)["phone"], "Your code is 123456")
    bought(customer)
    customer.post(f"{API}/notifications/send", NOTIFICATION)
    wallet = customer.get(f"{API}/wallet/balance").body["data"]
    assert wallet["balance"] == wallet["hold"] + wallet["available"]
    moved = customer.get(f"{API}/wallet/transactions").body["data"]
    signs = {"credit": 1, "debit": -1}
    assert sum(signs[line["type"]] * line["amount"] for line in moved) == wallet["balance"]
    assert customer.get(f"{API}/wallet/history").body["data"] == moved


def test_platform_names_what_money_was_for(customer: Customer) -> None:
    """Purchases of every sort and what came back are listed, each once, with ids that last."""
    bought(customer)
    rented(customer)
    customer.post(f"{API}/notifications/send", NOTIFICATION)
    before = customer.get(f"{API}/transactions").body["data"]
    customer.sandbox.advance(900)
    after = customer.get(f"{API}/transactions").body["data"]
    assert [line["type"] for line in after] == [
        "sms_purchase",
        "number_purchase",
        "notification",
        "sms_refund",
    ]
    assert after[:3] == before


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"service": "fax", "country": "US"}, (400, "Invalid service or country")),
        ({"service": "telegram", "country": "AQ"}, (400, "Invalid service or country")),
        ({"service": "telegram"}, None),
        (b"no json", None),
    ],
)
def test_wrong_purchases_are_refused(
    customer: Customer, body: object, answer: tuple[int, str] | None
) -> None:
    """What is not sold and what cannot be read gets 400 and costs nothing."""
    refusal = declined(customer.post(f"{API}/activations/buy", body))
    assert refusal[0] == 400
    assert answer in {None, refusal}
    assert len(customer.wallet.journal) == 1


def test_no_limit_of_requests(customer: Customer) -> None:
    """Five hundred requests at one moment are all answered."""
    assert {customer.get(f"{API}/wallet/balance").status for _ in range(500)} == {200}


@pytest.mark.parametrize("path", ["services", "services/1", "orders", "orders/1"])
def test_boosting_is_left_out(customer: Customer, path: str) -> None:
    """The social-media endpoints do not exist."""
    assert customer.get(f"{API}/smm/{path}").status == 404
