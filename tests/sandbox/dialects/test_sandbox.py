"""The sandbox's own dialect, over HTTP."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from pytest_otp.sandbox.handle import Sandbox

TELEGRAM_US = {"service": "telegram", "country": "US"}


def buy(client: httpx.Client, key: str = "k1", **wish: str) -> dict[str, Any]:
    """An activation, bought."""
    response = client.post(
        "/sandbox/activations", json={**TELEGRAM_US, **wish}, headers={"Idempotency-Key": key}
    )
    assert response.status_code in {200, 201}, response.text
    activation: dict[str, Any] = response.json()
    return activation


def error(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose message is a sentence."""
    body = response.json()["error"]
    assert " " in body["message"]
    return response.status_code, body["code"]


# Auth


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "abc"])
def test_without_a_key_nothing_is_told(client: httpx.Client, header: str | None) -> None:
    """A missing or malformed key is a 401, on every path of the dialect."""
    client.headers.pop("Authorization")
    headers = [] if header is None else [(b"Authorization", header.encode())]
    for path in ("balance", "offers", "activations", "activations/act-1"):
        assert error(client.get(f"/sandbox/{path}", headers=headers)) == (401, "unauthorized")


def test_a_revoked_key_is_refused(client: httpx.Client, sandbox: Sandbox, key: str) -> None:
    """From the moment of revoking on, the key is refused by its own code."""
    assert client.get("/sandbox/balance").status_code == 200
    sandbox.revoke_key(key)
    assert error(client.get("/sandbox/balance")) == (401, "key_revoked")


# Money


def test_the_balance_tells_available_and_held(client: httpx.Client) -> None:
    """Amounts are texts with the currency's digits beside the currency."""
    assert client.get("/sandbox/balance").json() == {
        "available": "1000.00",
        "held": "0.00",
        "currency": "USD",
    }
    buy(client)
    assert client.get("/sandbox/balance").json() == {
        "available": "999.85",
        "held": "0.15",
        "currency": "USD",
    }


def test_without_money_a_purchase_is_refused(
    client: httpx.Client, sandbox: Sandbox, key: str
) -> None:
    """A price over the balance is 402."""
    sandbox.set_balance(key, "0.14 USD")
    response = client.post(
        "/sandbox/activations", json=TELEGRAM_US, headers={"Idempotency-Key": "k"}
    )
    assert error(response) == (402, "insufficient_balance")


# Offers


def test_offers_can_be_filtered(client: httpx.Client) -> None:
    """By service, by country, by both or by none; prices are texts, stock is a count."""

    def offers(**query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get("/sandbox/offers", params=query).json()["offers"]
        return found

    (one,) = offers(service="telegram", country="US")
    assert one.pop("stock") > 10_000
    assert one == {**TELEGRAM_US, "price": "0.15", "currency": "USD"}
    assert {offer["service"] for offer in offers(service="google")} == {"google"}
    assert {offer["country"] for offer in offers(country="GB")} == {"GB"}
    assert len(offers()) == 7 * 13


def test_unknown_wishes_are_refused_by_name(client: httpx.Client) -> None:
    """A service or country that is not sold is 404, with a code of its own."""
    get = client.get
    assert error(get("/sandbox/offers?service=viber")) == (404, "unknown_service")
    assert error(get("/sandbox/offers?country=XX")) == (404, "unknown_country")
    for field, code in (("service", "unknown_service"), ("country", "unknown_country")):
        wish = {**TELEGRAM_US, field: "nope"}
        response = client.post("/sandbox/activations", json=wish, headers={"Idempotency-Key": "k"})
        assert error(response) == (404, code)


# Buying


def test_an_activation_tells_all_there_is(client: httpx.Client) -> None:
    """The fields, their types, and the time in UTC with microseconds."""
    activation = buy(client)
    moment = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    assert re.fullmatch(moment, activation.pop("created_at"))
    assert re.fullmatch(moment, activation.pop("expires_at"))
    assert re.fullmatch(r"act-\d+", activation.pop("id"))
    assert re.fullmatch(r"\+1\d{3}55501\d\d", activation.pop("number"))
    assert activation == {
        "state": "pending",
        **TELEGRAM_US,
        "price": "0.15",
        "currency": "USD",
        "idempotency_key": "k1",
        "cancel_not_before": None,
        "refunded": False,
        "messages": [],
    }


def test_a_purchase_can_be_repeated_safely(client: httpx.Client) -> None:
    """201, then 200 with the same activation and no second charge; another body is a conflict."""
    headers = {"Idempotency-Key": "k"}

    def post(wish: dict[str, str]) -> httpx.Response:
        return client.post("/sandbox/activations", json=wish, headers=headers)

    first, again = post(TELEGRAM_US), post(TELEGRAM_US)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert client.get("/sandbox/balance").json()["held"] == "0.15"
    other = post({"service": "google", "country": "US"})
    assert error(other) == (409, "idempotency_conflict")


def test_a_purchase_needs_an_idempotency_key(client: httpx.Client) -> None:
    """Without the header nothing is bought."""
    response = client.post("/sandbox/activations", json=TELEGRAM_US)
    assert error(response) == (400, "idempotency_key_missing")
    assert client.get("/sandbox/balance").json()["held"] == "0.00"


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"service": "any"}', b'{"service": 1, "country": "US"}']
)
def test_a_body_that_cannot_be_read_is_refused(client: httpx.Client, body: bytes) -> None:
    """Anything but an object with both texts is 422."""
    response = client.post("/sandbox/activations", content=body, headers={"Idempotency-Key": "k"})
    assert error(response) == (422, "invalid_request")


def test_out_of_stock_is_said(client: httpx.Client, sandbox: Sandbox, key: str) -> None:
    """With no number left the purchase is 409, and the offer shows none."""
    sandbox.set_stock(0, country="US", account=key)
    response = client.post(
        "/sandbox/activations", json=TELEGRAM_US, headers={"Idempotency-Key": "k"}
    )
    assert error(response) == (409, "out_of_stock")
    query = "service=telegram&country=US"
    assert client.get(f"/sandbox/offers?{query}").json()["offers"][0]["stock"] == 0


def test_a_purchase_can_be_looked_up_by_its_key(client: httpx.Client) -> None:
    """After a lost answer the client asks what its key bought, of its own account."""
    bought = buy(client, key="lost")
    find = "/sandbox/activations?idempotency_key="
    assert client.get(f"{find}lost").json() == {"activations": [bought]}
    assert client.get(f"{find}other").json() == {"activations": []}
    stranger = {"Authorization": "Bearer stranger"}
    assert client.get(f"{find}lost", headers=stranger).json() == {"activations": []}
    assert error(client.get("/sandbox/activations")) == (422, "invalid_request")


# Reading


def test_messages_have_identity(client: httpx.Client, sandbox: Sandbox) -> None:
    """The same text twice is two messages, each with id, sender and time of arrival."""
    activation = buy(client)
    for _ in range(2):
        sandbox.deliver(activation["number"], "Your code is 123456", "Acme")
    read = client.get(f"/sandbox/activations/{activation['id']}").json()
    first, second = read["messages"]
    assert read["state"] == "received"
    assert (first["from"], first["text"]) == ("Acme", "Your code is 123456")
    assert first["id"] != second["id"]
    assert first["received_at"] <= second["received_at"]


@pytest.mark.parametrize(
    "name", ["act-999999", "act-", "act-x", "999999", "act--1", "act-" + "9" * 5000]
)
def test_what_is_not_there_is_not_found(client: httpx.Client, name: str) -> None:
    """An id that never was, in any form, is 404 for every operation."""
    assert error(client.get(f"/sandbox/activations/{name}")) == (404, "not_found")
    for operation in ("cancel", "finish", "resend"):
        response = client.post(f"/sandbox/activations/{name}/{operation}")
        assert error(response) == (404, "not_found")


def test_others_activations_are_not_found(client: httpx.Client) -> None:
    """Another key cannot read or cancel it."""
    path = f"/sandbox/activations/{buy(client)['id']}"
    stranger = {"Authorization": "Bearer stranger"}
    assert error(client.get(path, headers=stranger)) == (404, "not_found")
    assert error(client.post(f"{path}/cancel", headers=stranger)) == (404, "not_found")


class LongPoll(threading.Thread):
    """A read that waits, on a thread and a connection of its own."""

    def __init__(self, client: httpx.Client, activation: str, **query: object) -> None:
        super().__init__()
        self.answer: dict[str, Any] = {}
        self._get = httpx.Request(
            "GET",
            f"{client.base_url}/sandbox/activations/{activation}",
            params={name: str(value) for name, value in query.items()},
            headers=client.headers,
        )
        self.start()

    def run(self) -> None:
        """Wait for the answer."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            self.answer = client.send(self._get).json()


def test_a_long_poll_answers_with_the_message(client: httpx.Client, sandbox: Sandbox) -> None:
    """Whether it arrives during the wait or before it, the message ends the wait."""
    activation = buy(client)
    poll = LongPoll(client, activation["id"], after=0, wait=25)
    sandbox.deliver(activation["number"], "code 1")
    poll.join()
    assert [message["text"] for message in poll.answer["messages"]] == ["code 1"]
    poll = LongPoll(client, activation["id"], after=1, wait=25)
    sandbox.deliver(activation["number"], "code 2")
    poll.join()
    assert [message["text"] for message in poll.answer["messages"]] == ["code 1", "code 2"]


@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_a_long_poll_answers_with_the_end(client: httpx.Client, sandbox: Sandbox, end: str) -> None:
    """When no message can come any more, nobody is kept waiting."""
    activation = buy(client)
    poll = LongPoll(client, activation["id"], after=0, wait=25)
    if end == "cancel":
        client.post(f"/sandbox/activations/{activation['id']}/cancel")
    else:
        sandbox.advance(20 * 60)
    poll.join()
    assert poll.answer["state"] == {"cancel": "cancelled", "expire": "expired"}[end]


def test_a_long_poll_answers_when_its_time_is_up(client: httpx.Client) -> None:
    """Without news it tells the state as it is after the time asked for."""
    activation = buy(client)
    read = client.get(f"/sandbox/activations/{activation['id']}?wait=0.05")
    assert read.json() == activation


@pytest.mark.parametrize("query", ["after=x", "wait=-1", "wait=inf", "wait=nan"])
def test_a_wait_must_be_a_number(client: httpx.Client, query: str) -> None:
    """Anything else is 422 and named."""
    response = client.get(f"/sandbox/activations/{buy(client)['id']}?{query}")
    assert error(response) == (422, "invalid_request")
    assert query.partition("=")[0] in response.json()["error"]["message"]


# The end


def test_a_cancel_refunds_once(client: httpx.Client) -> None:
    """Before a message the money is back; cancelling again changes nothing and is no error."""
    path = f"/sandbox/activations/{buy(client)['id']}/cancel"
    first, again = client.post(path), client.post(path)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["refunded"]) == ("cancelled", True)
    assert client.get("/sandbox/balance").json()["available"] == "1000.00"


def test_a_cancel_after_the_message_is_refused(client: httpx.Client, sandbox: Sandbox) -> None:
    """The message is paid for."""
    activation = buy(client)
    sandbox.deliver(activation["number"], "code")
    response = client.post(f"/sandbox/activations/{activation['id']}/cancel")
    assert error(response) == (409, "message_arrived")


def test_a_cancel_may_be_refused_as_too_early(
    client: httpx.Client, sandbox: Sandbox, key: str
) -> None:
    """The refusal and the activation name the same moment, from which on it is granted."""
    sandbox.set_cancel_hold(90, account=key)
    activation = buy(client)
    path = f"/sandbox/activations/{activation['id']}/cancel"
    refused = client.post(path)
    assert error(refused) == (409, "too_early")
    assert refused.json()["error"]["retry_at"] == activation["cancel_not_before"]
    sandbox.advance(90)
    assert client.post(path).json()["refunded"] is True


def test_an_expired_activation_can_do_nothing(client: httpx.Client, sandbox: Sandbox) -> None:
    """It is refunded, and each operation is refused with the state as code."""
    path = f"/sandbox/activations/{buy(client)['id']}"
    sandbox.advance(20 * 60)
    read = client.get(path).json()
    assert (read["state"], read["refunded"]) == ("expired", True)
    for operation in ("cancel", "finish", "resend"):
        assert error(client.post(f"{path}/{operation}")) == (409, "expired")


def test_finish_and_resend_after_a_message(client: httpx.Client, sandbox: Sandbox) -> None:
    """A resend leaves it received, for more messages; a finish ends it for good."""
    activation = buy(client)
    path = f"/sandbox/activations/{activation['id']}"
    assert error(client.post(f"{path}/finish")) == (409, "nothing_received")
    sandbox.deliver(activation["number"], "code 1")
    assert client.post(f"{path}/resend").json()["state"] == "received"
    sandbox.deliver(activation["number"], "code 2")
    assert len(client.get(path).json()["messages"]) == 2
    assert client.post(f"{path}/finish").json()["state"] == "finished"
    assert client.post(f"{path}/finish").status_code == 200
    assert error(client.post(f"{path}/resend")) == (409, "finished")
