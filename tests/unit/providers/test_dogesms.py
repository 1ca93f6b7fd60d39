"""DogeSMS: idempotent purchases, stock by service, rentals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
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
    PurchaseUnknown,
)
from pytest_otp.models import Activation, Money, Offer
from pytest_otp.providers.dogesms import DogeSmsProvider, Service
from tests.unit.providers.stage import NOW, Stage, body, ok

NUMBER = Activation("act-123", "+16505550101")
OFFER = Offer("dogesms", "whatsapp", "US", Money(Decimal("0.35"), "USD"), 120)
KEY = "73b7c1de-5a0f-4c6e-9a51-0d2f3e4a5ff2"
BOUGHT = {
    "requestId": "act-123",
    "number": "+1 650 555 0101",
    "expiresAt": "2026-03-14T12:20:00Z",
    "canReuseUntil": "2026-03-14T13:00:00Z",
}
ROW = {"countryCode": "US", "startingPrice": 0.35, "count": 120, "reuse": True}


def provider() -> DogeSmsProvider:
    """One account."""
    return DogeSmsProvider("https://api.example")


def test_a_purchase_carries_its_idempotency_key() -> None:
    """So it may be repeated without a second charge."""
    stage = Stage(ok(BOUGHT))
    stage.play(provider().buy(OFFER, KEY))
    (send,) = stage.sends
    assert (send.repeatable, send.request.headers["Idempotency-Key"]) == (True, KEY)
    assert body(send.request) == {"serviceCode": "whatsapp", "countryCode": "US"}


def test_a_number_for_reuse_is_asked_for() -> None:
    """Only where the caller wants one."""
    stage = Stage(ok(BOUGHT))
    stage.play(provider().buy(OFFER, KEY, reuse=True))
    assert body(stage.requests[0])["reuse"] is True


def test_a_charge_is_read_where_it_is_told_with_its_currency() -> None:
    """The document shows none; an amount without a currency is none either."""
    priced = ok({**BOUGHT, "price": 0.35, "currency": "USD"})
    stage = Stage(priced, ok({**BOUGHT, "price": 0.35}))
    prices = [stage.play(provider().buy(OFFER, KEY)).price for _ in range(2)]
    assert prices == [Money(Decimal("0.35"), "USD"), None]


def test_every_cancel_has_a_key_of_its_own() -> None:
    """A stored refusal of an early cancel must not answer the later one."""
    stage = Stage(ok({"status": "cancelled"}), ok({"status": "cancelled"}))
    for _ in range(2):
        stage.play(provider().cancel(NUMBER))
    first, second = (request.headers["Idempotency-Key"] for request in stage.requests)
    assert first != second
    assert all(send.repeatable for send in stage.sends)


def test_a_cancel_may_be_granted_without_a_word() -> None:
    """The document shows no body; a state that is not cancelled is a refusal."""
    Stage(httpx.Response(200)).play(provider().cancel(NUMBER))
    with pytest.raises(CancelRefused):
        Stage(ok({"status": "received"})).play(provider().cancel(NUMBER))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, ActivationNotFound), (409, CancelRefused), (401, CredentialsRefused)],
)
def test_a_refused_cancel_is_understood(status: int, kind: type[ProviderRefused]) -> None:
    """Not found is also what a closed order is."""
    with pytest.raises(kind):
        Stage(ok({}, status)).play(provider().cancel(NUMBER))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CredentialsRefused),
        (402, InsufficientBalance),
        (403, CredentialsRefused),
        (409, ProviderRefused),
        (460, OutOfStock),
        (451, ProviderRefused),
    ],
)
def test_a_refused_purchase_is_understood_by_its_status(
    status: int, kind: type[ProviderRefused]
) -> None:
    """No body of a refusal is documented, so none is needed."""
    with pytest.raises(ProviderRefused) as caught:
        Stage(httpx.Response(status)).play(provider().buy(OFFER, KEY))
    assert type(caught.value) is kind


def test_offers_are_what_is_in_stock_in_the_country() -> None:
    """At the price where they start."""
    rows = [{**ROW, "count": 0}, ROW, {**ROW, "countryCode": "GB"}]
    stage = Stage(ok({"currency": "USD", "countries": rows}))
    assert stage.play(provider().offers("whatsapp", "US")) == [OFFER]
    params = stage.requests[0].url.params
    assert dict(params) == {"serviceCode": "whatsapp", "countryCode": "US"}


def test_a_service_that_is_not_sold_has_no_offers() -> None:
    """404 says so; any other refusal is one."""
    assert Stage(ok({}, 404)).play(provider().offers("fax", "US")) == []
    with pytest.raises(ProviderRefused):
        Stage(ok({}, 404)).play(provider().inventory("fax"))
    with pytest.raises(CredentialsRefused):
        Stage(ok({}, 401)).play(provider().offers("fax", "US"))


def test_prices_without_a_currency_are_in_the_balances() -> None:
    """It is asked for once."""
    account = provider()
    inventory = {"inventory": [ROW]}
    stage = Stage(
        ok(inventory), ok({"available": 1, "frozen": 0, "currency": "EUR"}), ok(inventory)
    )
    for _ in range(2):
        (offer,) = stage.play(account.offers("whatsapp", "US"))
        assert offer.price == Money(Decimal("0.35"), "EUR")


def test_a_row_may_have_its_own_currency() -> None:
    """Then nobody needs the balance's."""
    stage = Stage(ok([{**ROW, "currency": "EUR"}]))
    (row,) = stage.play(provider().inventory("whatsapp"))
    assert (row.country, row.price, row.reuse) == ("US", Money(Decimal("0.35"), "EUR"), True)


def test_services_tell_whether_their_numbers_can_be_used_again() -> None:
    """Under either name of the code."""
    rows = [{"serviceCode": "whatsapp", "category": "messaging", "reuse": True}, {"code": "fax"}]
    assert Stage(ok({"services": rows})).play(provider().services()) == [
        Service("whatsapp", "messaging", reuse=True),
        Service("fax", None, reuse=False),
    ]


def test_a_status_tells_the_reuse_window() -> None:
    """And when the order was made and ends."""
    document = {**BOUGHT, "status": "pending", "createdAt": "2026-03-14T12:00:00Z", "sms": None}
    status = Stage(ok(document)).play(provider().status("act-123"))
    assert status.reusable_until == datetime(2026, 3, 14, 13, tzinfo=UTC)
    assert status.created_at == datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert status.reading.messages == ()


def test_the_latest_message_is_read() -> None:
    """The same one again is the same message, a later one another; an id is used if there is."""
    sms = {"text": "Your code is 482910", "receivedAt": "2026-03-14T12:03:22Z"}
    later = {**sms, "receivedAt": "2026-03-14T12:04:07Z"}
    own = {**sms, "id": 7, "code": "482910", "from": "WhatsApp"}
    stage = Stage(*[ok({"state": "received", "sms": each}) for each in (sms, sms, later, own)])
    account = provider()
    first, again, second, third = (
        stage.play(account.read(NUMBER, known=0, wait_s=0)).messages[0] for _ in range(4)
    )
    assert first == again
    assert first.id != second.id
    assert (third.id, third.code, third.sender) == ("7", "482910", "WhatsApp")


def test_a_code_that_is_read_out_later_makes_no_new_message() -> None:
    """It came in the same text at the same moment."""
    sms = {"text": "Your code is 482910", "receivedAt": "2026-03-14T12:03:22Z"}
    stage = Stage(*[ok({"state": "received", "sms": {**sms, "code": c}}) for c in (None, "482910")])
    account = provider()
    first, again = (
        stage.play(account.read(NUMBER, known=0, wait_s=0)).messages[0] for _ in range(2)
    )
    assert first.id == again.id
    assert again.code == "482910"


def test_a_rental_is_a_purchase() -> None:
    """With its key, its note, and the same doubt when the answer cannot be read."""
    document = {"rentalId": "rent-123", "number": "+1 650 555 0102", "services": ["whatsapp"]}
    stage = Stage(ok(document), ok({}))
    rental = stage.play(provider().rent("US", 3, KEY, note="nightly"))
    assert (rental.id, rental.number, rental.months) == ("rent-123", "+16505550102", 3)
    assert (rental.services, rental.auto_renew, rental.price) == (("whatsapp",), False, None)
    assert body(stage.requests[0]) == {"countryCode": "US", "months": 3, "note": "nightly"}
    assert stage.requests[0].headers["Idempotency-Key"] == KEY
    with pytest.raises(PurchaseUnknown):
        stage.play(provider().rent("US", 3, KEY))
    assert "note" not in body(stage.requests[1])


def test_services_of_a_rental_must_be_texts() -> None:
    """Anything else was misread."""
    document = {"rentalId": "rent-123", "number": "+16505550102", "services": [{"code": "x"}]}
    with pytest.raises(PurchaseUnknown, match="'services'"):
        Stage(ok(document)).play(provider().rent("US", 1, KEY))
    with pytest.raises(ProviderProtocolError, match="'services'"):
        Stage(ok({"services": 7})).play(provider().services())


def test_writes_keep_to_ten_a_second() -> None:
    """The eleventh waits; reads are counted apart."""
    account = provider()
    stage = Stage(*[ok(BOUGHT) for _ in range(11)])
    for _ in range(10):
        stage.play(account.buy(OFFER, KEY))
    assert stage.now == NOW
    stage.play(account.buy(OFFER, KEY))
    assert stage.now == NOW + 1


def test_what_it_cannot_do_is_said() -> None:
    """It lists no purchases, for the key finds them, and sends nothing again."""
    capabilities = provider().capabilities
    assert (capabilities.idempotent, capabilities.lists_purchases) == (True, False)
    with pytest.raises(NotSupported):
        Stage().play(provider().find(KEY))
    with pytest.raises(NotSupported):
        Stage().play(provider().resend(NUMBER))
