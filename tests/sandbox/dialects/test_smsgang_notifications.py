"""SMSGang's WhatsApp notifications over HTTP: what the transcripts cannot show."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.sandbox.dialects.customer import Customer, still_sandbox
from tests.sandbox.dialects.smsgang_customer import API, AUTH, NOTIFICATION, declined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox
    from tests.sandbox.dialects.customer import Reply


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own, whose account has a token of the same name."""
    with Customer(still, "smsgang", AUTH) as customer:
        yield customer


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
