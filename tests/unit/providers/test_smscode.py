"""SMSCode: the envelope, the catalogue, five states."""

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
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.models import Activation, Money, Offer
from pytest_otp.providers.smscode import CATALOGUE_S, SmsCodeProvider, country_name
from tests.unit.providers.stage import NOW, Stage, body, ok

if TYPE_CHECKING:
    import httpx

NUMBER = Activation("ord_abc123", "+628123456789")
OFFER = Offer("smscode", "whatsapp", "ID", Money(Decimal(4500), "IDR"), 120, "42")
ORDER = {"order_id": "ord_abc123", "phone_number": "+628123456789", "status": "WAITING"}


def provider() -> SmsCodeProvider:
    """One account."""
    return SmsCodeProvider("https://api.example/v1")


def good(data: object) -> httpx.Response:
    """A success in the envelope."""
    return ok({"success": True, "data": data})


def bad(code: str, status: int = 400) -> httpx.Response:
    """A refusal in the envelope."""
    return ok({"success": False, "error": {"code": code, "message": "No."}}, status)


def product(number: object, price: object, **more: object) -> dict[str, object]:
    """A row of the catalogue."""
    return {"id": number, "price": price, "stock": 5, **more}


def test_products_are_offered_cheapest_first() -> None:
    """Those that are sold out are not; one whose stock is not told is."""
    rows = [
        product(57, 6100),
        product(51, 3200, stock=0),
        product(42, 4500),
        product(60, 7000, stock=None),
    ]
    offers = Stage(good(rows)).play(provider().offers("whatsapp", "ID"))
    assert [(offer.product, offer.stock) for offer in offers] == [
        ("42", 5),
        ("57", 5),
        ("60", None),
    ]


def test_the_filter_is_in_smscodes_words() -> None:
    """A country's name in lower case, and the service as its platform."""
    stage = Stage(good([]), good([]))
    account = provider()
    stage.play(account.offers("whatsapp", "ID"))
    stage.play(account.catalogue())
    assert dict(stage.requests[0].url.params) == {"country": "indonesia", "platform": "whatsapp"}
    assert dict(stage.requests[1].url.params) == {}
    assert [country_name(c) for c in ("US", "GB", "XX")] == [
        "united-states",
        "united-kingdom",
        "xx",
    ]


def test_the_catalogue_is_kept_for_a_minute() -> None:
    """For each filter apart, and not a second longer: ids change."""
    stage = Stage(good([product(42, 1)]), good([product(43, 1)]), good([product(44, 1)]))
    account = provider()

    def ids(country: str) -> list[str | None]:
        return [offer.product for offer in stage.play(account.offers("whatsapp", country))]

    assert ids("ID") == ["42"]
    assert ids("US") == ["43"]
    stage.now = NOW + CATALOGUE_S - 1
    assert (ids("ID"), ids("US")) == (["42"], ["43"])
    stage.now = NOW + CATALOGUE_S
    assert ids("ID") == ["44"]


def test_a_product_that_was_sold_out_is_not_offered_again() -> None:
    """Until the catalogue is fetched anew."""
    account = provider()
    stage = Stage(good([product(42, 1), product(57, 2)]), bad("PRODUCT_UNAVAILABLE", 409))
    first, _ = stage.play(account.offers("whatsapp", "ID"))
    with pytest.raises(OutOfStock):
        stage.play(account.buy(first, "key"))
    assert [o.product for o in stage.play(account.offers("whatsapp", "ID"))] == ["57"]


@pytest.mark.parametrize("number", [42, "42", "prod_a"])
def test_a_product_is_ordered_by_the_id_that_it_has(number: object) -> None:
    """A number stays a number and a text a text."""
    account = provider()
    stage = Stage(good([product(number, 1)]), good(ORDER))
    (offer,) = stage.play(account.offers("whatsapp", "ID"))
    stage.play(account.buy(offer, "key"))
    assert body(stage.requests[1]) == {"product_id": number}
    assert not stage.sends[1].repeatable


def test_an_offer_of_somebody_else_cannot_be_bought() -> None:
    """SMSCode sells products and not countries."""
    with pytest.raises(NotSupported, match="names none"):
        Stage().play(provider().buy(Offer("acme", "whatsapp", "ID", None), "key"))


@pytest.mark.parametrize(
    ("word", "ended"),
    [
        ("WAITING", None),
        ("OTP_RECEIVED", None),
        ("COMPLETED", "finished"),
        ("CANCELLED", "cancelled"),
        ("EXPIRED", "expired"),
    ],
)
def test_the_five_states(word: str, ended: str | None) -> None:
    """Each says whether another code can come."""
    stage = Stage(good({**ORDER, "status": word}))
    assert stage.play(provider().read(NUMBER, known=0, wait_s=0)).ended == ended


def test_a_second_code_replaces_the_first_and_is_another_message() -> None:
    """The order shows the latest only; a code that is the same is taken for the same message."""
    codes = ["847291", "847291", "203884"]
    stage = Stage(*[good({"status": "OTP_RECEIVED", "otp_code": code}) for code in codes])
    account = provider()
    first, again, second = (
        stage.play(account.read(NUMBER, known=0, wait_s=0)).messages[0] for _ in codes
    )
    assert first == again
    assert first.id != second.id


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNAUTHORIZED", CredentialsRefused),
        ("INSUFFICIENT_BALANCE", InsufficientBalance),
        ("PRODUCT_UNAVAILABLE", OutOfStock),
        ("ORDER_NOT_FOUND", ActivationNotFound),
        ("RATE_LIMITED", ProviderUnavailable),
        ("MAINTENANCE", ProviderRefused),
    ],
)
def test_the_code_decides_whatever_the_status(
    code: str, status: int, kind: type[ProviderError]
) -> None:
    """The document fixes the envelope, and one status only."""
    with pytest.raises(ProviderError) as caught:
        Stage(bad(code, status)).play(provider().buy(OFFER, "key"))
    assert type(caught.value) is kind
    assert vars(caught.value).get("provider_code", code) == code


def test_a_refusal_without_its_envelope_is_no_answer() -> None:
    """A 401 alone says enough; a refused purchase bought nothing, however it is worded."""
    with pytest.raises(CredentialsRefused):
        Stage(ok({}, 401)).play(provider().balance())
    for answer in (ok({}, 404), ok({"success": False})):
        with pytest.raises(ProviderProtocolError, match="'error'"):
            Stage(answer).play(provider().buy(OFFER, "key"))


def test_an_answer_without_its_envelope_is_none() -> None:
    """Nobody guesses that it went well."""
    with pytest.raises(PurchaseUnknown, match="'success'"):
        Stage(ok(ORDER)).play(provider().buy(OFFER, "key"))


def test_a_cancel_after_the_code_is_not_refunded() -> None:
    """It is granted, but the order shows the code."""
    order = {**ORDER, "status": "CANCELLED"}
    stage = Stage(good(order), good({**order, "otp_code": "847291"}), bad("ORDER_CLOSED"))
    stage.play(provider().cancel(NUMBER))
    with pytest.raises(CancelRefused, match="without a refund"):
        stage.play(provider().cancel(NUMBER))
    with pytest.raises(CancelRefused) as caught:
        stage.play(provider().cancel(NUMBER))
    assert caught.value.provider_code == "ORDER_CLOSED"


def test_what_it_cannot_do_is_said() -> None:
    """It lists no orders and sends nothing again."""
    with pytest.raises(NotSupported):
        Stage().play(provider().find("key"))
    with pytest.raises(NotSupported):
        Stage().play(provider().resend(NUMBER))
