"""SMSGang's monthly numbers over HTTP: what the transcripts cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.sandbox.catalogue import COUNTRIES
from tests.sandbox.dialects.customer import Customer
from tests.sandbox.dialects.smsgang_customer import (
    AUTH,
    MONTHLY,
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


def test_subscription_receives_for_a_month(customer: Customer) -> None:
    """Messages to its number are listed until the month is over; then it is no longer active."""
    path, number = rented(customer)
    customer.sandbox.deliver(number, "Your code is 123456", "Bank")
    (rental,) = customer.sandbox.rentals(customer.key)
    customer.sandbox.advance((rental.expires_at - customer.sandbox.now()).total_seconds())
    customer.sandbox.deliver(number, "too late")
    assert customer.get(path).body["data"]["status"] == "expired"
    assert customer.get(f"{path}/messages").body["data"] == [
        {"from": "Bank", "message": "Your code is 123456"}
    ]
    answer = customer.post(f"{path}/messages", {"to": "+12025550123", "message": "Hello"})
    assert declined(answer) == (422, "Subscription is not active")


def test_auto_renew_pays_for_the_next_month(customer: Customer) -> None:
    """With it the subscription goes on; switched off again, it ends."""
    path, _ = rented(customer)
    for wish in (True, False):
        assert customer.ask("PATCH", f"{path}/auto-renew", {"auto_renew": wish}).status == 200
        (rental,) = customer.sandbox.rentals(customer.key)
        customer.sandbox.advance((rental.expires_at - customer.sandbox.now()).total_seconds())
    assert customer.get(path).body["data"]["status"] == "expired"
    assert str(customer.wallet.charged) == "12.00 USD"


def test_sent_message_reaches_a_leased_number(customer: Customer) -> None:
    """An SMS from a monthly number arrives at an activation, with that number as its sender."""
    path, number = rented(customer)
    activation = bought(customer)
    body = {"to": activation["phone"], "message": "Your code is 654321"}
    assert customer.post(f"{path}/messages", body).status == 201
    assert check(customer, activation).body["data"]["code"] == "654321"
    arrived = customer.sandbox.latest(activation["phone"])
    assert arrived is not None
    assert (arrived.sender, arrived.via) == (number, "smsgang")


def test_monthly_numbers_sell_out_and_cost_money(customer: Customer) -> None:
    """No number, no country and no money are each refused in the provider's words."""
    path = f"{MONTHLY}/purchase"
    customer.sandbox.set_stock(0, service="rental", country="US", account=customer.key)
    assert declined(customer.post(path, {"country": "US"})) == (422, "No numbers available")
    assert declined(customer.post(path, {"country": "AQ"})) == (400, "Invalid service or country")
    listed = customer.get(f"{MONTHLY}/inventory").body["data"]
    assert {row["country"] for row in listed} == COUNTRIES.keys() - {"US"}
    customer.sandbox.set_balance(customer.key, "1.00 USD", dialect="smsgang")
    assert declined(customer.post(path, {"country": "GB"})) == (422, "Insufficient balance")


def test_subscriptions_are_private(customer: Customer) -> None:
    """Another account finds none of it."""
    path, _ = rented(customer)
    with Customer(customer.sandbox, "smsgang", {"X-API-Key": "$key"}) as other:
        assert other.get(f"{MONTHLY}/subscriptions").body["data"] == []
        assert declined(other.get(path)) == (404, "Subscription not found")
        assert other.get(f"{path}/messages").status == 404
