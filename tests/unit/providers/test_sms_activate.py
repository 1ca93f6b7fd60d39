"""sms-activate.dev: what its five endpoints mean for a lease."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    CredentialsRefused,
    InsufficientBalance,
    NotSupported,
    OutOfStock,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
)
from pytest_otp.models import Activation, Money, Offer, Reading
from pytest_otp.providers.sms_activate import SmsActivateProvider
from tests.unit.providers.stage import NOW, Stage, body, ok

if TYPE_CHECKING:
    import httpx

NUMBER = Activation("act_9x2k1p", "+79161234567")
OFFER = Offer("sms-activate", "telegram", "RU", Money(Decimal("0.07"), "USD"), 142)
RECEIVED = {"status": "received", "code": "482910", "received_at": "2024-03-14T12:33:22Z"}


def provider() -> SmsActivateProvider:
    """One account."""
    return SmsActivateProvider("https://api.example")


def read(stage: Stage, account: SmsActivateProvider | None = None) -> Reading:
    """Read the number once."""
    return stage.play((account or provider()).read(NUMBER, known=0, wait_s=0))


def test_a_country_is_sent_in_lower_case() -> None:
    """The kit's RU is its ru, in the query and in the body; the offer stays in the kit's."""
    stage = Stage(ok({"price": 0.07, "available": 142}), ok({"id": "a", "number": "+79161234567"}))
    account = provider()
    (offer,) = stage.play(account.offers("telegram", "RU"))
    assert offer == OFFER
    assert stage.requests[0].url.params["country"] == "ru"
    stage.play(account.buy(offer, "key"))
    assert body(stage.requests[1]) == {"service": "telegram", "country": "ru"}


def test_a_purchase_is_not_repeatable() -> None:
    """There is no idempotency key, so the driver must never send it twice."""
    stage = Stage(ok({"id": "a", "number": "+79161234567"}))
    stage.play(provider().buy(OFFER, "key"))
    assert not stage.sends[0].repeatable
    assert not provider().capabilities.idempotent


@pytest.mark.parametrize("answer", [ok({"price": 0.07, "available": 0}), ok({}, 404)])
def test_nothing_is_for_sale(answer: httpx.Response) -> None:
    """An empty stock and an unknown service both are no offer."""
    assert Stage(answer).play(provider().offers("telegram", "RU")) == []


def test_other_refusals_of_an_offer_are_told() -> None:
    """What is wrong with the request is no empty stock."""
    with pytest.raises(ProviderRefused, match="no such parameter"):
        Stage(ok({"error": "no such parameter"}, 400)).play(provider().offers("telegram", "RU"))


@pytest.mark.parametrize(
    ("word", "ended"),
    [
        ("pending", None),
        ("WAITING", None),
        ("received", None),
        ("cancelled", "cancelled"),
        ("canceled", "cancelled"),
        ("expired", "expired"),
        ("finished", "finished"),
    ],
)
def test_a_word_for_a_state_is_understood(word: str, ended: str | None) -> None:
    """Two are documented; the others are taken as they read."""
    assert read(Stage(ok({"status": word}))).ended == ended


def test_an_unknown_word_is_refused() -> None:
    """Nobody guesses whether a message can still come."""
    with pytest.raises(ProviderProtocolError, match="'status'"):
        read(Stage(ok({"status": "on_hold"})))


def test_the_same_code_at_another_time_is_another_message() -> None:
    """The moment is part of a message's identity."""
    later = {**RECEIVED, "received_at": "2024-03-14T12:34:00Z"}
    stage = Stage(ok(RECEIVED), ok(RECEIVED), ok(later))
    first, again, second = (read(stage).messages[0] for _ in range(3))
    assert first == again
    assert first.code == second.code
    assert first.id != second.id


def test_a_cancel_without_a_refund_is_refused() -> None:
    """And remembered: a later read only says that the number was cancelled."""
    account = provider()
    stage = Stage(ok({"status": "cancelled", "refunded": False}), ok({"status": "cancelled"}))
    with pytest.raises(CancelRefused, match="not refunded"):
        stage.play(account.cancel(NUMBER))
    assert read(stage, account) == Reading(ended="cancelled", refunded=False)


def test_a_cancel_with_a_refund_is_granted() -> None:
    """It may be repeated: cancelling twice does no harm."""
    stage = Stage(ok({"status": "cancelled", "refunded": True}))
    stage.play(provider().cancel(NUMBER))
    assert (stage.requests[0].method, stage.sends[0].repeatable) == ("DELETE", True)


def test_a_cancel_that_does_not_say_whether_it_refunds_is_no_answer() -> None:
    """No refund is assumed."""
    with pytest.raises(ProviderProtocolError, match="'refunded'"):
        Stage(ok({"status": "cancelled"})).play(provider().cancel(NUMBER))


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (401, {"error": "unauthorized"}, CredentialsRefused),
        (402, {}, InsufficientBalance),
        (400, {"error": "insufficient_credits"}, InsufficientBalance),
        (422, {"error": {"code": "LOW_BALANCE", "message": "Top up."}}, InsufficientBalance),
        (409, {}, OutOfStock),
        (404, {}, OutOfStock),
        (400, {"error": "no_numbers"}, OutOfStock),
        (400, {"message": "Out of stock"}, OutOfStock),
        (400, {"error": "bad_request"}, ProviderRefused),
    ],
)
def test_a_refused_purchase_is_understood(
    status: int, document: object, kind: type[ProviderRefused]
) -> None:
    """No error is documented: HTTP's meaning of the status counts, then the words."""
    with pytest.raises(ProviderRefused) as caught:
        Stage(ok(document, status)).play(provider().buy(OFFER, "key"))
    assert type(caught.value) is kind


def test_refusals_of_a_read_and_a_cancel_are_understood() -> None:
    """A number that is not known, and a cancel that is not granted."""
    with pytest.raises(ActivationNotFound):
        read(Stage(ok({}, 404)))
    with pytest.raises(CancelRefused):
        Stage(ok({}, 409)).play(provider().cancel(NUMBER))
    with pytest.raises(ActivationNotFound):
        Stage(ok({}, 410)).play(provider().cancel(NUMBER))


def test_the_quota_is_shared_by_all_requests() -> None:
    """With nothing remaining, a purchase waits for the reset and a read comes back later."""
    used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 42)}
    bought = ok({"id": "a", "number": "+79161234567"})
    stage = Stage(ok({"balance": 12.40, "currency": "USD"}, 200, used_up), bought)
    account = provider()
    stage.play(account.balance())
    with pytest.raises(ProviderUnavailable) as caught:
        read(stage, account)
    assert caught.value.retry_after_s == 42
    stage.play(account.buy(OFFER, "key"))
    assert stage.now == NOW + 42


def test_what_it_cannot_do_is_said() -> None:
    """It lists no purchases and sends nothing again."""
    assert not provider().capabilities.lists_purchases
    with pytest.raises(NotSupported, match="lists no purchases"):
        Stage().play(provider().find("key"))
    with pytest.raises(NotSupported, match="another message"):
        Stage().play(provider().resend(NUMBER))
