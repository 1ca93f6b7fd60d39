"""What a customer of SMSGang does in more than one test file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.dialects.customer import Customer, Reply

# The account's key and its token are of the same name.
AUTH = {"X-API-Key": "$key", "Authorization": "Bearer $key"}
API = "/api/developer/v1"
MONTHLY = f"{API}/monthly-numbers"
TELEGRAM = {"service": "telegram", "country": "US"}
NOTIFICATION = {"template_id": 1, "to": "+2348012345678", "variables": {"1": "123456"}}


def bought(customer: Customer) -> dict[str, Any]:
    """A new activation for `TELEGRAM`."""
    answer = customer.post(f"{API}/activations/buy", TELEGRAM)
    assert answer.status == 201
    activation: dict[str, Any] = answer.body["data"]
    return activation


def check(customer: Customer, activation: dict[str, Any]) -> Reply:
    """Whether its code has come."""
    return customer.get(f"{API}/activations/{activation['id']}/check-sms")


def rented(customer: Customer) -> tuple[str, str]:
    """The path of a new subscription, and its number, which only the sandbox tells."""
    subscription = customer.post(f"{MONTHLY}/purchase", {"country": "US"}).body["data"]
    (rental,) = customer.sandbox.rentals(customer.key)
    return f"{MONTHLY}/subscriptions/{subscription['id']}", rental.number


def declined(answer: Reply) -> tuple[int, str]:
    """Status and words of a refusal, whose body has nothing else."""
    assert list(answer.body) == ["message"]
    return answer.status, answer.body["message"]
