"""WhatsApp notifications."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.errors import (
    InsufficientBalance,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.models import Money
from pytest_otp.providers.smsgang import SmsGangProvider
from tests.unit.providers.stage import Stage, body, ok

if TYPE_CHECKING:
    from pytest_otp.providers.smsgang.notifications import Notifications

SENT = {
    "id": 1,
    "template_id": 1,
    "message_sid": "SMXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "status": "queued",
    "to": "+2348012345678",
    "unit_price_ngn": 20,
    "quantity": 1,
    "charged_amount_ngn": 20,
    "billing_status": "charged",
}
TO = "+2348012345678"


def notifications() -> Notifications:
    """The operations of one account."""
    return SmsGangProvider("https://api.example").notifications


def test_a_notification_is_billed_in_naira() -> None:
    """Its price stands in the answer."""
    stage = Stage(ok({"data": SENT}, 201))
    sent = stage.play(notifications().send(1, TO, {"1": "123456"}))
    assert sent.charged == Money(Decimal(20), "NGN")
    assert body(stage.requests[0]) == {"template_id": 1, "to": TO, "variables": {"1": "123456"}}


def test_variables_may_be_left_out() -> None:
    """A template may have none."""
    stage = Stage(ok({"data": SENT}, 201))
    stage.play(notifications().send(1, TO))
    assert "variables" not in body(stage.requests[0])


def test_a_notification_is_sent_once() -> None:
    """A lost answer may have been charged."""
    stage = Stage(httpx.ReadTimeout(""))
    with pytest.raises(PurchaseUnknown):
        stage.play(notifications().send(1, TO))
    assert not stage.sends[0].repeatable


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok({"message": "Insufficient balance"}, 422), InsufficientBalance),
        (ok({"message": "Template not ready for dispatch"}, 422), ProviderRefused),
        (ok({"message": "Template number 3 not available"}, 422), ProviderRefused),
        (ok({"message": "Send in progress"}, 429), ProviderUnavailable),
    ],
)
def test_a_refusal_is_understood(answer: httpx.Response, kind: type[Exception]) -> None:
    """A template that is not ready is no empty stock."""
    with pytest.raises(kind) as caught:
        Stage(answer).play(notifications().send(1, TO))
    assert type(caught.value) is kind


def test_an_unknown_status_is_refused() -> None:
    """The six words are documented."""
    with pytest.raises(ProviderProtocolError, match="'status'"):
        Stage(ok({"data": [SENT | {"status": "lost"}]})).play(notifications().history())
