"""DogeSMS's dialect over HTTP: what the transcripts cannot show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from tests.sandbox.dialects.customer import Customer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox
    from tests.sandbox.dialects.customer import Reply

WHATSAPP = {"serviceCode": "whatsapp", "countryCode": "US"}


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own."""
    with Customer(still, "dogesms", {"X-API-Key": "$key"}) as customer:
        yield customer


def write(
    customer: Customer, method: str, path: str, body: object = None, key: str | None = None
) -> Reply:
    """Send a write under a key of its own, or under this one."""
    headers = {"Idempotency-Key": key or str(uuid4())}
    return customer.ask(method, f"/api/control/{path}", body, headers=headers)


def bought(customer: Customer, **more: object) -> dict[str, Any]:
    """A new activation for `WHATSAPP`."""
    answer = write(customer, "POST", "activations", {**WHATSAPP, **more})
    assert answer.status == 200
    activation: dict[str, Any] = answer.body
    return activation


def state(customer: Customer, activation: dict[str, Any]) -> str:
    """Its status word."""
    shown = customer.get(f"/api/control/activations/{activation['requestId']}").body
    status: str = shown["status"]
    return status


def e164(shown: dict[str, Any]) -> str:
    """The number without its blanks."""
    return str(shown["number"]).replace(" ", "")


def kinds(customer: Customer) -> list[str]:
    """The movements in the customer's books."""
    return [movement.kind for movement in customer.wallet.journal]


# The catalogue


def test_services_are_the_sandboxs(customer: Customer) -> None:
    """Every service of the sandbox has a category and says whether numbers can be reused."""
    listed = customer.get("/api/control/services").body["services"]
    assert {service["serviceCode"] for service in listed} == SERVICES.keys()
    assert {service["reuse"] for service in listed} == {True, False}


def test_inventory_lists_every_country(customer: Customer) -> None:
    """Without a country, all are listed; with one that is not sold, none."""
    inventory = customer.get("/api/control/inventory", serviceCode="whatsapp").body["countries"]
    assert {row["countryCode"] for row in inventory} == COUNTRIES.keys()
    query = {"serviceCode": "whatsapp", "countryCode": "AQ"}
    assert customer.get("/api/control/inventory", **query).body["countries"] == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_numbers_are_written_with_blanks(customer: Customer, country: str) -> None:
    """The international form separates the country's code, whatever its length."""
    answer = write(customer, "POST", "activations", {**WHATSAPP, "countryCode": country})
    (activation,) = customer.sandbox.activations(customer.key)
    assert e164(answer.body) == activation.number
    assert answer.body["number"].count(" ") == 3


# Money


def test_price_is_frozen_then_spent(customer: Customer) -> None:
    """The price is frozen from the purchase to the message, and spent after it."""
    activation = bought(customer)
    frozen = customer.get("/api/control/balance")
    assert frozen.text == '{"available":999.65,"frozen":0.35,"currency":"USD"}'
    customer.sandbox.deliver(e164(activation), "Your code is 482910")
    assert customer.get("/api/control/balance").body["frozen"] == 0
    assert str(customer.wallet.charged) == "0.35 USD"


def test_unanswered_number_is_refunded(customer: Customer) -> None:
    """Without a message the order expires and its price comes back."""
    activation = bought(customer)
    customer.sandbox.advance(20 * 60)
    assert state(customer, activation) == "expired"
    assert kinds(customer) == ["deposit", "hold", "refund"]


def test_rental_charges_all_its_months(customer: Customer) -> None:
    """A rental of three months costs three times the price of one, at once."""
    body = {"countryCode": "US", "months": 3}
    rental = write(customer, "POST", "rentals", body).body
    assert str(customer.wallet.charged) == "18.00 USD"
    customer.sandbox.deliver(e164(rental), "Your code is 482910")
    (shown,) = customer.sandbox.rentals(customer.key)
    assert (shown.months, shown.messages) == (3, 1)
    assert "note" not in rental


# Reuse


def test_reusable_number_outlives_its_window(customer: Customer) -> None:
    """A number bought for reuse takes messages until its reuse window closes."""
    activation = bought(customer, reuse=True)
    customer.sandbox.deliver(e164(activation), "Your code is 111111")
    customer.sandbox.advance(40 * 60)
    customer.sandbox.deliver(e164(activation), "Your code is 222222")
    shown = customer.get(f"/api/control/activations/{activation['requestId']}").body
    assert shown["sms"]["text"] == "Your code is 222222"
    assert shown["canReuseUntil"] == activation["canReuseUntil"] > activation["expiresAt"]
    customer.sandbox.advance(20 * 60)
    customer.sandbox.deliver(e164(activation), "Your code is 333333")
    assert state(customer, activation) == "received"
    (sold,) = customer.sandbox.activations(customer.key)
    assert sold.messages == 2


def test_reuse_needs_a_service_that_supports_it(customer: Customer) -> None:
    """Where a service has no reuse, the wish for it is not granted."""
    body = {"serviceCode": "telegram", "countryCode": "US", "reuse": True}
    assert write(customer, "POST", "activations", body).body["canReuseUntil"] is None


# Idempotency


def test_write_is_repeated_word_for_word(customer: Customer) -> None:
    """The same key and body get the same answer, though the order has moved on, and one charge."""
    key = str(uuid4())
    first = write(customer, "POST", "activations", WHATSAPP, key)
    customer.sandbox.deliver(e164(first.body), "Your code is 482910")
    again = write(customer, "POST", "activations", dict(reversed(WHATSAPP.items())), key)
    assert again.text == first.text
    assert kinds(customer) == ["deposit", "hold", "charge"]
    (activation,) = customer.sandbox.activations(customer.key)
    assert activation.idempotency_key == key


def test_key_belongs_to_one_write(customer: Customer) -> None:
    """A key that rented a number neither buys nor cancels one, and rents no other."""
    key = str(uuid4())
    rental = {"countryCode": "US", "months": 1}
    assert write(customer, "POST", "rentals", rental, key).status == 200
    path = f"activations/{bought(customer)['requestId']}/cancel"
    answers = [
        write(customer, "POST", "activations", WHATSAPP, key),
        write(customer, "PATCH", path, None, key),
        write(customer, "POST", "rentals", {**rental, "months": 2}, key),
    ]
    assert [answer.status for answer in answers] == [409, 409, 409]
    assert kinds(customer) == ["deposit", "hold", "charge", "hold"]


def test_key_of_a_refused_write_is_free(customer: Customer) -> None:
    """After a refusal, the same write under the same key is tried anew."""
    key = str(uuid4())
    customer.sandbox.set_stock(0, account=customer.key)
    assert write(customer, "POST", "activations", WHATSAPP, key).status == 460
    customer.sandbox.reset_terms(customer.key)
    assert write(customer, "POST", "activations", WHATSAPP, key).status == 200


def test_keys_are_the_accounts_own(customer: Customer) -> None:
    """Two accounts may use the same key."""
    key = str(uuid4())
    mine = write(customer, "POST", "activations", WHATSAPP, key)
    with Customer(customer.sandbox, "dogesms", {"X-API-Key": "$key"}) as other:
        theirs = write(other, "POST", "activations", WHATSAPP, key)
    assert mine.body["requestId"] != theirs.body["requestId"]


def test_cancel_is_repeated_under_its_key_only(customer: Customer) -> None:
    """A cancel sent again is granted again; another cancel finds the order closed."""
    path = f"activations/{bought(customer)['requestId']}/cancel"
    key = str(uuid4())
    assert write(customer, "PATCH", path, None, key).status == 200
    assert write(customer, "PATCH", path, None, key).status == 200
    assert write(customer, "PATCH", path).status == 404
    assert kinds(customer) == ["deposit", "hold", "refund"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "activations", WHATSAPP),
        ("PATCH", "activations/act-1/cancel", None),
        ("POST", "rentals", {"countryCode": "US", "months": 1}),
    ],
)
def test_every_write_needs_a_key(customer: Customer, method: str, path: str, body: object) -> None:
    """A write without an Idempotency-Key is refused and costs nothing."""
    assert customer.ask(method, f"/api/control/{path}", body).status == 400
    assert kinds(customer) == ["deposit"]


# Limits


def test_reads_and_writes_have_limits_of_their_own(customer: Customer) -> None:
    """Thirty reads a second and ten writes a second, counted apart; the next second is free."""
    reads = [customer.get("/api/control/balance").status for _ in range(31)]
    writes = [write(customer, "POST", "activations", WHATSAPP).status for _ in range(11)]
    assert (reads, writes) == ([200] * 30 + [429], [200] * 10 + [429])
    customer.sandbox.advance(1)
    assert customer.get("/api/control/balance").status == 200
    assert write(customer, "POST", "activations", WHATSAPP).status == 200


def test_refused_write_may_be_repeated_under_its_key(customer: Customer) -> None:
    """A 429 uses up no key."""
    for _ in range(10):
        bought(customer)
    key = str(uuid4())
    assert write(customer, "POST", "activations", WHATSAPP, key).status == 429
    customer.sandbox.advance(1)
    assert write(customer, "POST", "activations", WHATSAPP, key).status == 200


# Refusals


def test_cancel_may_be_held_back(customer: Customer) -> None:
    """With the switch on, a cancel conflicts until its time has come."""
    customer.sandbox.set_cancel_hold(120, account=customer.key)
    path = f"activations/{bought(customer)['requestId']}/cancel"
    assert write(customer, "PATCH", path).status == 409
    customer.sandbox.advance(120)
    assert write(customer, "PATCH", path).status == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("activations", {"serviceCode": "fax", "countryCode": "US"}, 404),
        ("activations", {"serviceCode": "whatsapp", "countryCode": "AQ"}, 460),
        ("activations", {"serviceCode": "whatsapp"}, 400),
        ("activations", {**WHATSAPP, "reuse": "yes"}, 400),
        ("activations", b"no json", 400),
        ("rentals", {"countryCode": "AQ", "months": 1}, 460),
        ("rentals", {"countryCode": "US"}, 400),
        ("rentals", {"countryCode": "US", "months": 0}, 400),
        ("rentals", {"countryCode": "US", "months": 13}, 400),
        ("rentals", {"countryCode": "US", "months": True}, 400),
        ("rentals", {"countryCode": "US", "months": 1.5}, 400),
    ],
)
def test_wrong_writes_are_refused(customer: Customer, path: str, body: object, status: int) -> None:
    """What is not sold and what cannot be read are told apart, and cost nothing."""
    answer = write(customer, "POST", path, body)
    assert (answer.status, list(answer.body)) == (status, ["message"])
    assert kinds(customer) == ["deposit"]


# Keys


@pytest.mark.parametrize("auth", [{}, {"X-API-Key": "two words"}, {"Authorization": "$key"}])
def test_key_must_be_usable(still: Sandbox, auth: dict[str, str]) -> None:
    """Without a key, or with a malformed one, the answer is 401."""
    with Customer(still, "dogesms", auth) as nobody:
        assert nobody.get("/api/control/balance").status == 401


def test_revoked_key_is_refused(customer: Customer) -> None:
    """A key that was good gets 401 once it is revoked."""
    assert customer.get("/api/control/balance").status == 200
    customer.sandbox.revoke_key(customer.key, dialect="dogesms")
    assert customer.get("/api/control/balance").status == 401
