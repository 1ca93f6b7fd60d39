"""sms-activate.dev's dialect over HTTP: what the transcripts cannot show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.dialects.customer import Customer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox

BEARER = {"Authorization": "Bearer $key"}
TELEGRAM = {"service": "telegram", "country": "ru"}


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own."""
    with Customer(still, "sms-activate", BEARER) as customer:
        yield customer


def bought(customer: Customer) -> dict[str, Any]:
    """A new activation for `TELEGRAM`."""
    answer = customer.post("/api/v1/numbers/buy", TELEGRAM)
    assert answer.status == 200
    activation: dict[str, Any] = answer.body
    return activation


def refused(customer: Customer, method: str, path: str, body: object = None) -> tuple[int, str]:
    """Status and code of a refusal."""
    answer = customer.ask(method, path, body)
    assert answer.body.keys() == {"error", "message"}
    return answer.status, answer.body["error"]


def test_prices_keep_their_cents(customer: Customer) -> None:
    """A price is a JSON number with both its cents, as in the document's example."""
    customer.sandbox.set_price("0.10 USD", account=customer.key)
    answer = customer.get("/api/v1/numbers/available", **TELEGRAM)
    assert '"price":0.10,' in answer.text


def test_code_is_the_latest_and_has_its_second(customer: Customer) -> None:
    """A second message replaces the code and the moment; a moment is told to the second."""
    activation = bought(customer)
    path = f"/api/v1/activations/{activation['id']}"
    customer.sandbox.deliver(activation["number"], "Your code is 482910")
    first = customer.get(path).body
    customer.sandbox.advance(61)
    customer.sandbox.deliver(activation["number"], "Your code is 482911")
    second = customer.get(path).body
    assert (first["code"], second["code"]) == ("482910", "482911")
    assert first["received_at"] < second["received_at"]
    assert len(first["received_at"]) == len("2024-03-14T12:33:22Z")


def test_received_stays_received(customer: Customer) -> None:
    """When its time is over, an activation with a message still shows its code."""
    activation = bought(customer)
    customer.sandbox.deliver(activation["number"], "Your code is 482910")
    customer.sandbox.advance(20 * 60)
    shown = customer.get(f"/api/v1/activations/{activation['id']}").body
    assert (shown["status"], shown["code"]) == ("received", "482910")
    path = f"/api/v1/activations/{activation['id']}"
    assert refused(customer, "DELETE", path) == (409, "ended")


def test_purchase_holds_and_cancel_refunds(customer: Customer) -> None:
    """The credit is held on purchase and back in the balance after a cancel, to the cent."""
    before = customer.get("/api/v1/balance").body["balance"]
    activation = bought(customer)
    assert str(customer.wallet.held) == "0.07 USD"
    path = f"/api/v1/activations/{activation['id']}"
    assert customer.ask("DELETE", path).body == customer.ask("DELETE", path).body
    assert customer.get("/api/v1/balance").body["balance"] == before
    assert [movement.kind for movement in customer.wallet.journal] == ["deposit", "hold", "refund"]


def test_cancel_after_the_code_forfeits_the_credit(customer: Customer) -> None:
    """A cancel after the message is granted, moves no money, and ends the number."""
    activation = bought(customer)
    path = f"/api/v1/activations/{activation['id']}"
    customer.sandbox.deliver(activation["number"], "Your code is 482910")
    assert customer.ask("DELETE", path).body["refunded"] is False
    assert str(customer.wallet.charged) == "0.07 USD"
    customer.sandbox.deliver(activation["number"], "Your code is 111111")
    assert customer.get(path).body["code"] == "482910"


def test_unanswered_number_is_refunded(customer: Customer) -> None:
    """Without a message the credit comes back when the time is over; a cancel is too late then."""
    path = f"/api/v1/activations/{bought(customer)['id']}"
    customer.sandbox.advance(20 * 60)
    assert customer.get(path).body["status"] == "expired"
    assert str(customer.wallet.held) == "0.00 USD"
    assert refused(customer, "DELETE", path) == (409, "ended")


def test_cancel_may_be_held_back(customer: Customer) -> None:
    """With the switch on, a cancel is refused until its time has come."""
    customer.sandbox.set_cancel_hold(120, account=customer.key)
    path = f"/api/v1/activations/{bought(customer)['id']}"
    assert refused(customer, "DELETE", path) == (409, "too_early")
    customer.sandbox.advance(120)
    assert customer.ask("DELETE", path).body["refunded"] is True


def test_headers_count_the_limit_down(customer: Customer) -> None:
    """Every answer, a refusal too, tells how many of the minute's 300 requests are left."""
    answers = [
        customer.get("/api/v1/balance"),
        customer.get("/api/v1/activations/act_0"),
        customer.ask("POST", "/api/v1/numbers/buy", b"no json"),
    ]
    assert [answer.status for answer in answers] == [200, 404, 400]
    limits = {answer.headers["X-RateLimit-Limit"] for answer in answers}
    assert limits == {"300"}
    remaining = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert remaining == ["299", "298", "297"]
    resets = {answer.headers["X-RateLimit-Reset"] for answer in answers}
    (reset,) = resets
    assert 59 <= int(reset) - customer.sandbox.now().timestamp() <= 61


def test_limit_ends_when_its_reset_says(customer: Customer) -> None:
    """After 300 requests there are none left until the moment in the header."""
    for _ in range(300):
        customer.get("/api/v1/balance")
    over = customer.get("/api/v1/balance")
    assert over.status == 429
    assert over.headers["X-RateLimit-Remaining"] == "0"
    wait_s = int(over.headers["X-RateLimit-Reset"]) - customer.sandbox.now().timestamp()
    customer.sandbox.advance(wait_s)
    assert customer.get("/api/v1/balance").headers["X-RateLimit-Remaining"] == "299"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"service": "fax", "country": "ru"}, (404, "unknown_service")),
        ({"service": "telegram", "country": "aq"}, (404, "unknown_country")),
        ({"service": "telegram"}, (400, "invalid_request")),
        ({"service": "telegram", "country": 7}, (400, "invalid_request")),
        (b"", (400, "invalid_request")),
    ],
)
def test_wrong_purchases_are_refused(
    customer: Customer, body: object, answer: tuple[int, str]
) -> None:
    """What is not sold and what cannot be read have different answers, and cost nothing."""
    assert refused(customer, "POST", "/api/v1/numbers/buy", body) == answer
    assert len(customer.wallet.journal) == 1


def test_available_needs_service_and_country(customer: Customer) -> None:
    """A question about no country cannot be answered."""
    path = "/api/v1/numbers/available?service=telegram"
    assert refused(customer, "GET", path) == (400, "invalid_request")


@pytest.mark.parametrize("auth", [{}, {"X-API-Key": "$key"}, {"Authorization": "Bearer a b"}])
def test_key_must_be_a_bearer(still: Sandbox, auth: dict[str, str]) -> None:
    """Without a bearer key, or with a malformed one, the answer is 401."""
    with Customer(still, "sms-activate", auth) as nobody:
        assert refused(nobody, "GET", "/api/v1/balance") == (401, "unauthorized")


def test_revoked_key_is_refused(customer: Customer) -> None:
    """A key that was good gets 401 once it is revoked."""
    assert customer.get("/api/v1/balance").status == 200
    customer.sandbox.revoke_key(customer.key, dialect="sms-activate")
    assert refused(customer, "GET", "/api/v1/balance") == (401, "unauthorized")
