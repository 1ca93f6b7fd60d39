"""SMSGang: prices by a country's name, activations that run out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from pytest_otp.errors import (
    ActivationNotFound,
    CredentialsRefused,
    InsufficientBalance,
    NotSupported,
    OutOfStock,
    ProviderProtocolError,
    ProviderRefused,
    PurchaseUnknown,
)
from pytest_otp.models import Activation, Money, Offer, Reading
from pytest_otp.providers.smsgang import SmsGangProvider
from tests.unit.providers.stage import Stage, ok

NUMBER = Activation("12345", "+1234567890")
OFFER = Offer("smsgang", "telegram", "GB", Money(Decimal("0.18"), "USD"))
BOUGHT = {"id": 12345, "phone": "+1234567890", "timeout": 900, "created_at": "2024-04-17T10:30:00Z"}


def provider() -> SmsGangProvider:
    """One account."""
    return SmsGangProvider("https://api.example")


def countries() -> httpx.Response:
    """What SMSGang calls two of them."""
    names = {"US": "United States", "GB": "United Kingdom"}
    rows = [
        {"id": n, "name": name, "code": code, "is_available": True}
        for n, (code, name) in enumerate(names.items())
    ]
    return ok({"data": rows})


def prices() -> httpx.Response:
    """What a number for Telegram costs there, by the country's name."""
    rows = [("United States", 0.15), ("United Kingdom", 0.18)]
    return ok({"data": [{"id": n, "name": a, "price": b} for n, (a, b) in enumerate(rows)]})


def test_an_offer_is_found_by_the_countrys_name() -> None:
    """Its names are asked for once; its prices each time."""
    account, stage = provider(), Stage(countries(), prices(), prices())
    assert stage.play(account.offers("telegram", "GB")) == [OFFER]
    (offer,) = stage.play(account.offers("telegram", "US"))
    assert offer.price == Money(Decimal("0.15"), "USD")
    paths = [request.url.path.removeprefix("/api/developer/v1") for request in stage.requests]
    assert paths == ["/countries", *["/services/telegram/countries"] * 2]


def test_an_unknown_country_or_service_has_no_offers() -> None:
    """Any other refusal is one."""
    assert Stage(countries()).play(provider().offers("telegram", "AQ")) == []
    assert Stage(countries(), ok({}, 404)).play(provider().offers("fax", "GB")) == []
    with pytest.raises(CredentialsRefused):
        Stage(countries(), ok({}, 401)).play(provider().offers("fax", "GB"))


def test_an_activation_ends_after_its_timeout() -> None:
    """Seconds from the purchase; it is never repeated."""
    stage = Stage(ok({"data": BOUGHT}, 201))
    number = stage.play(provider().buy(OFFER, "key"))
    assert number.expires_at == datetime(2024, 4, 17, 10, 45, tzinfo=UTC)
    assert not stage.sends[0].repeatable


def test_an_end_that_is_not_told_is_not_made_up() -> None:
    """Without the moment of the purchase nobody knows it."""
    undated = {**BOUGHT, "created_at": None}
    assert Stage(ok({"data": undated}, 201)).play(provider().buy(OFFER, "key")).expires_at is None


@pytest.mark.parametrize("timeout", [-1, 10**12, "900", None])
def test_an_absurd_timeout_is_not_believed(timeout: object) -> None:
    """But something was bought."""
    document = {"data": {**BOUGHT, "timeout": timeout}}
    with pytest.raises(PurchaseUnknown, match="'timeout'"):
        Stage(ok(document, 201)).play(provider().buy(OFFER, "key"))


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, {"message": "Invalid service or country"}, OutOfStock),
        (401, {"message": "Unauthorized - Invalid API key"}, CredentialsRefused),
        (402, {}, InsufficientBalance),
        (403, {}, CredentialsRefused),
        (422, {"message": "Insufficient balance"}, InsufficientBalance),
        (422, {}, InsufficientBalance),
        (422, {"message": "No numbers available"}, OutOfStock),
        (422, {"message": "Invalid.", "errors": {"country": ["Required."]}}, ProviderRefused),
        (422, {"message": "Account suspended"}, ProviderRefused),
        (418, {}, ProviderRefused),
    ],
)
def test_a_refused_purchase_is_understood(
    status: int, document: object, kind: type[ProviderRefused]
) -> None:
    """One status has several meanings, and its words tell them apart."""
    with pytest.raises(ProviderRefused) as caught:
        Stage(ok(document, status)).play(provider().buy(OFFER, "key"))
    assert type(caught.value) is kind


def test_a_code_completes_the_activation() -> None:
    """No second one comes."""
    stage = Stage(
        ok({"data": {"code": None, "status": "pending"}}),
        ok({"data": {"code": "", "status": "pending"}}),
        ok({"data": {"code": "123456", "status": "completed"}}),
        ok({"data": {"code": "123456", "status": "completed"}}),
    )
    account = provider()
    readings = [stage.play(account.read(NUMBER, known=0, wait_s=0)) for _ in range(4)]
    assert readings[:2] == [Reading(), Reading()]
    assert readings[2] == readings[3]
    assert (readings[2].messages[0].code, readings[2].ended) == ("123456", "finished")


@pytest.mark.parametrize(
    "empty",
    [b"", b"{}", b"[]", b'{"data": {}}', b'{"data": []}', b'{"data": null}'],
    ids=["nothing", "object", "array", "empty object", "empty array", "null"],
)
def test_no_code_yet_is_an_empty_answer_of_any_kind(empty: bytes) -> None:
    """The document has one word for it, and an empty list is how PHP writes an empty object."""
    stage = Stage(httpx.Response(200, content=empty))
    assert stage.play(provider().read(NUMBER, known=0, wait_s=0)) == Reading()


def test_an_answer_about_something_else_is_not_an_empty_one() -> None:
    """It does not fit the document."""
    with pytest.raises(ProviderProtocolError, match="'data'"):
        Stage(ok({"message": "Maintenance"})).play(provider().read(NUMBER, known=0, wait_s=0))


def test_an_activation_that_ran_out_is_expired() -> None:
    """410 says so; 404 is one that was never there."""
    read = provider().read(NUMBER, known=0, wait_s=0)
    assert Stage(ok({"message": "Activation expired"}, 410)).play(read) == Reading(ended="expired")
    with pytest.raises(ActivationNotFound):
        Stage(ok({}, 404)).play(provider().read(NUMBER, known=0, wait_s=0))


def test_what_it_cannot_do_is_said() -> None:
    """No cancel, no list, no second message."""
    account = provider()
    assert not account.capabilities.cancels
    for flow in (account.cancel(NUMBER), account.find("key"), account.resend(NUMBER)):
        with pytest.raises(NotSupported):
            Stage().play(flow)
