"""SMSGang's dialect over HTTP: what the transcripts cannot show of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from tests.sandbox.dialects.customer import Customer, still_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox
    from tests.sandbox.dialects.customer import Reply

API = "/api/developer/v1"
MONTHLY = f"{API}/monthly-numbers"
TELEGRAM = {"service": "telegram", "country": "US"}
NOTIFICATION = {"template_id": 1, "to": "+2348012345678", "variables": {"1": "123456"}}


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own, whose account has a token of the same name."""
    auth = {"X-API-Key": "$key", "Authorization": "Bearer $key"}
    with Customer(still, "smsgang", auth) as customer:
        yield customer


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


# Monthly numbers


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


# Notifications


def callback(customer: Customer, sid: str, status: str) -> Reply:
    """The carrier's report, which carries no key."""
    form = urlencode({"MessageSid": sid, "MessageStatus": status}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with Customer(customer.sandbox, "smsgang", {}) as carrier:
        return carrier.ask("POST", "/api/webhooks/whatsapp/status", form, headers=headers)


def test_notification_costs_twenty_naira(customer: Customer) -> None:
    """It is charged at once, exactly, from the wallet in dollars."""
    sent = customer.post(f"{API}/notifications/send", NOTIFICATION).body["data"]
    assert (sent["charged_amount_ngn"], sent["unit_price_ngn"]) == (20, 20)
    assert str(customer.wallet.charged) == "0.0125 USD"


def test_callback_moves_one_notification(customer: Customer) -> None:
    """Each report moves the status of its message and of no other."""
    first, second = (
        customer.post(f"{API}/notifications/send", NOTIFICATION).body["data"] for _ in range(2)
    )
    for status in ("sent", "delivered", "read"):
        assert callback(customer, first["message_sid"], status).body == {"message": "ok"}
    listed = customer.get(f"{API}/notifications/messages").body["data"]
    assert [(each["id"], each["status"]) for each in listed] == [
        (first["id"], "read"),
        (second["id"], "queued"),
    ]


def test_wrong_callbacks_change_nothing(customer: Customer) -> None:
    """An unknown message, an unknown status and what is no form are each refused."""
    sid = customer.post(f"{API}/notifications/send", NOTIFICATION).body["data"]["message_sid"]
    assert callback(customer, "SM0", "sent").status == 404
    assert callback(customer, sid, "eaten").status == 422
    path = "/api/webhooks/whatsapp/status"
    assert customer.post(path, {"MessageSid": sid, "MessageStatus": "sent"}).status == 422
    (listed,) = customer.get(f"{API}/notifications/messages").body["data"]
    assert listed["status"] == "queued"


def test_one_notification_is_not_sent_twice_at_a_time(customer: Customer) -> None:
    """While it is handed over, the same one is refused, one to somebody else is not."""
    with still_sandbox() as slow, ThreadPoolExecutor() as threads:
        auth = {"X-API-Key": "$key"}
        with (
            Customer(slow, "smsgang", auth) as sender,
            Customer(slow, "smsgang", auth, key=sender.key) as again,
        ):
            sender.get(f"{API}/wallet/balance")
            slow.set_latency(60)
            path = f"{API}/notifications/send"
            under_way = threads.submit(sender.post, path, NOTIFICATION)
            while slow.wallet(sender.key, dialect="smsgang").held.amount == 0:
                assert not under_way.done()
            assert declined(again.post(path, NOTIFICATION)) == (429, "Send in progress")
            slow.set_latency(0)
            assert again.post(path, {**NOTIFICATION, "to": "+12025550123"}).status == 201
            slow.advance(60)
            assert under_way.result(timeout=10).status == 201
            assert again.post(path, NOTIFICATION).status == 201


@pytest.mark.parametrize(
    "change", [{"to": "08012345678"}, {"template_id": "1"}, {"variables": ["1"]}]
)
def test_unreadable_notifications_are_refused(
    customer: Customer, change: dict[str, object]
) -> None:
    """A number that is not E.164, and fields of a wrong type, get 400 and cost nothing."""
    answer = customer.post(f"{API}/notifications/send", {**NOTIFICATION, **change})
    assert declined(answer)[0] == 400
    assert len(customer.wallet.journal) == 1


# Keys


def test_made_key_speaks_for_its_maker(customer: Customer) -> None:
    """A key that the account made sees the account's wallet until it is revoked; its use shows."""
    made = customer.post("/api/developer/api-keys", {"name": "CI"}).body["data"]
    assert made["plain_key"].startswith(made["key_prefix"])
    with Customer(customer.sandbox, "smsgang", {"X-API-Key": made["plain_key"]}) as holder:
        customer.sandbox.set_balance(customer.key, "7.00 USD", dialect="smsgang")
        assert holder.get(f"{API}/wallet/balance").body["data"]["balance"] == 7
        (listed,) = customer.get("/api/developer/api-keys").body["data"]
        assert listed["last_used_at"] is not None
        assert "plain_key" not in listed
        revoked = customer.ask("DELETE", f"/api/developer/api-keys/{made['id']}")
        assert revoked.body == {"message": "API key revoked successfully"}
        assert holder.get(f"{API}/wallet/balance").status == 401
    (listed,) = customer.get("/api/developer/api-keys").body["data"]
    assert listed["revoked_at"] is not None
    assert made["plain_key"] not in {wallet.account for wallet in customer.sandbox.wallets()}


def test_control_revokes_a_made_key_too(customer: Customer) -> None:
    """The sandbox's switch refuses that key alone; the account's others go on."""
    made = customer.post("/api/developer/api-keys", {"name": "CI"}).body["data"]
    customer.sandbox.revoke_key(made["plain_key"], dialect="smsgang")
    with Customer(customer.sandbox, "smsgang", {"X-API-Key": made["plain_key"]}) as holder:
        assert holder.get(f"{API}/services").status == 401
    assert customer.get(f"{API}/services").status == 200


def test_keys_are_private(customer: Customer) -> None:
    """Another account's key is not found."""
    made = customer.post("/api/developer/api-keys", {"name": "CI"}).body["data"]
    with Customer(customer.sandbox, "smsgang", {"Authorization": "Bearer $key"}) as other:
        answer = other.ask("DELETE", f"/api/developer/api-keys/{made['id']}")
        assert declined(answer) == (404, "API key not found")
        assert other.get("/api/developer/api-keys").body["data"] == []


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        ({}, f"{API}/services"),
        ({"Authorization": "Bearer $key"}, f"{API}/services"),
        ({"X-API-Key": "two words"}, f"{API}/services"),
        ({}, "/api/developer/api-keys"),
        ({"X-API-Key": "$key"}, "/api/developer/api-keys"),
    ],
)
def test_each_endpoint_takes_its_kind_of_credential(
    still: Sandbox, auth: dict[str, str], path: str
) -> None:
    """A token opens no developer endpoint, and an API key does not manage API keys."""
    with Customer(still, "smsgang", auth) as nobody:
        assert declined(nobody.get(path))[0] == 401


def test_no_limit_of_requests(customer: Customer) -> None:
    """Five hundred requests at one moment are all answered."""
    assert {customer.get(f"{API}/wallet/balance").status for _ in range(500)} == {200}


@pytest.mark.parametrize("path", ["services", "services/1", "orders", "orders/1"])
def test_boosting_is_left_out(customer: Customer, path: str) -> None:
    """The social-media endpoints do not exist."""
    assert customer.get(f"{API}/smm/{path}").status == 404
