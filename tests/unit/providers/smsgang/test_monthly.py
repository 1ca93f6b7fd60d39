"""Numbers by the month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.errors import OutOfStock, PurchaseUnknown
from pytest_otp.providers.smsgang import SmsGangProvider
from pytest_otp.providers.smsgang.monthly import ReceivedMessage
from tests.unit.providers.stage import Stage, body, ok

if TYPE_CHECKING:
    from pytest_otp.providers.smsgang.monthly import MonthlyNumbers

SUBSCRIPTION = {"id": 7001, "country": "us", "status": "active"}


def monthly() -> MonthlyNumbers:
    """The operations of one account."""
    return SmsGangProvider("https://api.example").monthly


def test_a_purchase_is_never_repeated() -> None:
    """A lost answer is a doubt about a month's price."""
    stage = Stage(ok({"data": SUBSCRIPTION}, 201), httpx.ReadTimeout(""))
    assert stage.play(monthly().purchase("US")).country == "US"
    assert body(stage.requests[0]) == {"country": "US"}
    with pytest.raises(PurchaseUnknown):
        stage.play(monthly().purchase("US"))
    assert not any(send.repeatable for send in stage.sends)


def test_a_country_without_numbers_is_out_of_stock() -> None:
    """As for an activation."""
    with pytest.raises(OutOfStock):
        Stage(ok({"message": "No numbers available"}, 422)).play(monthly().purchase("AQ"))


def test_what_the_document_does_not_show_is_read_where_it_is() -> None:
    """The number itself, its end and its renewal."""
    shown = {"phone": "+1 650 555 0101", "expires_at": "2026-05-17T09:10:00Z", "auto_renew": True}
    stage = Stage(ok({"data": SUBSCRIPTION}), ok({"data": SUBSCRIPTION | shown}))
    plain, full = (stage.play(monthly().subscription(7001)) for _ in range(2))
    assert (plain.number, plain.expires_at, plain.auto_renew) == (None, None, None)
    assert (full.number, full.auto_renew) == ("+16505550101", True)
    assert full.expires_at is not None


def test_messages_are_read_as_they_are() -> None:
    """Without ids, and hostile: what no ledger could hold is replaced."""
    row = rb'{"from": "+1234567890", "message": "Your code is 123456 \ud800"}'
    stage = Stage(httpx.Response(200, content=b'{"data": [' + row + b"]}"))
    assert stage.play(monthly().messages(7001)) == [
        ReceivedMessage("+1234567890", "Your code is 123456 ?", None)
    ]


def test_a_message_is_sent_once() -> None:
    """A lost answer may have been charged."""
    stage = Stage(httpx.ReadError(""))
    with pytest.raises(PurchaseUnknown):
        stage.play(monthly().send(7001, "+1234567890", "Hello"))
    assert not stage.sends[0].repeatable


def test_auto_renew_may_be_set_again() -> None:
    """To the same value: it does no harm."""
    stage = Stage(ok({"message": "Auto renew updated successfully"}))
    stage.play(monthly().auto_renew(7001, auto_renew=False))
    assert body(stage.requests[0]) == {"auto_renew": False}
    assert stage.sends[0].repeatable
