"""SMSCode's dialect over HTTP: what its document says and the transcripts cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.dialects.customer import Customer, still_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox

BEARER = {"Authorization": "Bearer $key"}
INDONESIA = {"country": "indonesia", "platform": "whatsapp"}


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own."""
    with Customer(still, "smscode", BEARER) as customer:
        yield customer


def catalogue(customer: Customer, **query: str) -> list[dict[str, Any]]:
    """The products that fit the query."""
    products: list[dict[str, Any]] = customer.get("/catalog/products", **query).body["data"]
    return products


def cheapest(customer: Customer) -> dict[str, Any]:
    """The cheapest product of `INDONESIA`."""
    return min(catalogue(customer, **INDONESIA), key=lambda product: int(product["price"]))


def ordered(customer: Customer) -> dict[str, Any]:
    """A new order of the cheapest product."""
    answer = customer.post("/orders", {"product_id": cheapest(customer)["id"]})
    assert answer.status == 200
    order: dict[str, Any] = answer.body["data"]
    return order


def error(code: str, customer: Customer, method: str, path: str, body: object = None) -> int:
    """The status of a refusal, which must be an envelope with this code."""
    answer = customer.ask(method, path, body)
    assert answer.body["success"] is False
    assert answer.body["error"].keys() == {"code", "message"}
    assert answer.body["error"]["code"] == code
    return answer.status


def test_catalogue_offers_several_products_at_whole_prices(customer: Customer) -> None:
    """A country and platform have three products, each with its own id and price in rupiah."""
    products = catalogue(customer, **INDONESIA)
    assert len({product["id"] for product in products}) == 3
    assert sorted(product["price"] for product in products) == [2268, 2835, 3629]
    assert all(isinstance(product["price"], int) for product in products)
    assert {product["stock"] for product in products} == {10_000}


def test_catalogue_filters_by_any_combination(customer: Customer) -> None:
    """Country and platform narrow the list separately and together; an unknown one empties it."""
    every = catalogue(customer)
    assert len(every) == 7 * 13 * 3
    assert catalogue(customer, platform="telegram") == [
        product for product in every if product["platform"] == "telegram"
    ]
    assert catalogue(customer, country="indonesia") == [
        product for product in every if product["country"] == "indonesia"
    ]
    assert catalogue(customer, country="atlantis") == []
    assert catalogue(customer, platform="fax") == []


@pytest.mark.parametrize("name", ["united kingdom", "united-kingdom", "United_Kingdom"])
def test_catalogue_takes_a_name_of_two_words(customer: Customer, name: str) -> None:
    """Blank, dash and underscore all separate the words of a country's name."""
    found = catalogue(customer, country=name)
    assert {product["country"] for product in found} == {"united kingdom"}


def test_product_ids_change_from_sandbox_to_sandbox(customer: Customer) -> None:
    """Another seed gives other ids, so nobody can rely on one."""
    with still_sandbox(seed=2) as other, Customer(other, "smscode", BEARER) as stranger:
        elsewhere = cheapest(stranger)
    here = cheapest(customer)
    assert elsewhere["id"] != here["id"]
    assert elsewhere["price"] == here["price"]


def test_order_holds_the_price_of_its_product(customer: Customer) -> None:
    """What the chosen product costs leaves the balance when it is ordered."""
    dearest = max(catalogue(customer, **INDONESIA), key=lambda product: int(product["price"]))
    before = customer.get("/balance").body["data"]["balance"]
    customer.post("/orders", {"product_id": dearest["id"]})
    assert customer.get("/balance").body["data"]["balance"] == before - dearest["price"]
    assert str(customer.wallet.held) == "3629.00 IDR"


def test_code_charges_the_order(customer: Customer) -> None:
    """After the message the order has its code and the price is spent."""
    order = ordered(customer)
    customer.sandbox.deliver(order["phone_number"], "G-847291 is your code")
    shown = customer.get(f"/orders/{order['order_id']}").body["data"]
    assert (shown["status"], shown["otp_code"]) == ("OTP_RECEIVED", "847291")
    assert str(customer.wallet.charged) == "2268.00 IDR"


def test_message_without_a_code_is_handed_out_whole(customer: Customer) -> None:
    """Where the provider finds no code, it gives what it has."""
    order = ordered(customer)
    customer.sandbox.deliver(order["phone_number"], "Welcome — your number is fine")
    shown = customer.get(f"/orders/{order['order_id']}").body["data"]
    assert shown["otp_code"] == "Welcome — your number is fine"


def test_order_runs_out_and_is_refunded(customer: Customer) -> None:
    """An order without a message expires, is refunded, and cannot be cancelled any more."""
    order = ordered(customer)
    customer.sandbox.advance(20 * 60)
    assert customer.get(f"/orders/{order['order_id']}").body["data"]["status"] == "EXPIRED"
    assert [movement.kind for movement in customer.wallet.journal] == ["deposit", "hold", "refund"]
    assert error("ORDER_CLOSED", customer, "POST", f"/orders/{order['order_id']}/cancel") == 409


def test_cancel_twice_is_one_refund(customer: Customer) -> None:
    """A repeated cancel gets the same answer and moves no money."""
    path = f"/orders/{ordered(customer)['order_id']}/cancel"
    assert customer.post(path).body == customer.post(path).body
    assert [movement.kind for movement in customer.wallet.journal] == ["deposit", "hold", "refund"]


def test_cancel_may_be_held_back(customer: Customer) -> None:
    """With the switch on, a cancel is refused until its time has come."""
    customer.sandbox.set_cancel_hold(90, account=customer.key)
    path = f"/orders/{ordered(customer)['order_id']}/cancel"
    assert error("CANCEL_TOO_EARLY", customer, "POST", path) == 409
    customer.sandbox.advance(90)
    assert customer.post(path).body["data"]["status"] == "CANCELLED"


def test_sold_out_product_leaves_the_others(customer: Customer) -> None:
    """One product can run out by itself; the next one is still to be had."""
    customer.sandbox.set_stock(0, account=customer.key)
    customer.sandbox.set_stock(1, country="ID", product=1, account=customer.key)
    statuses = [
        customer.post("/orders", {"product_id": product["id"]}).status
        for product in sorted(catalogue(customer, **INDONESIA), key=lambda each: each["price"])
    ]
    assert statuses == [409, 200, 409]


def test_unknown_product_is_unavailable(customer: Customer) -> None:
    """An id that no product has is answered like one that sold out."""
    assert error("PRODUCT_UNAVAILABLE", customer, "POST", "/orders", {"product_id": 10_000}) == 409


def test_empty_account_buys_nothing(customer: Customer) -> None:
    """Too little money is refused with the provider's code, and nothing happens."""
    customer.get("/balance")
    customer.sandbox.set_balance(customer.key, "2267 IDR", dialect="smscode")
    body = {"product_id": cheapest(customer)["id"]}
    assert error("INSUFFICIENT_BALANCE", customer, "POST", "/orders", body) == 402
    assert customer.get("/balance").body["data"]["balance"] == 2267


def test_limit_is_per_account_and_minute(customer: Customer) -> None:
    """The 301st request in a minute is refused; the next minute and other accounts are free."""
    assert {customer.get("/balance").status for _ in range(300)} == {200}
    assert error("RATE_LIMITED", customer, "GET", "/balance") == 429
    with Customer(customer.sandbox, "smscode", BEARER) as other:
        assert other.get("/balance").status == 200
    customer.sandbox.advance(60)
    assert customer.get("/balance").status == 200


@pytest.mark.parametrize("auth", [{}, {"Authorization": "Basic $key"}, {"Authorization": "Bearer"}])
def test_token_must_be_a_bearer(still: Sandbox, auth: dict[str, str]) -> None:
    """Without a bearer token every answer is UNAUTHORIZED."""
    with Customer(still, "smscode", auth) as nobody:
        assert error("UNAUTHORIZED", nobody, "GET", "/balance") == 401


def test_malformed_token_opens_no_account(still: Sandbox) -> None:
    """A token with a blank in it is refused and leaves no account behind."""
    with Customer(still, "smscode", BEARER, key="two words") as nobody:
        assert error("UNAUTHORIZED", nobody, "GET", "/balance") == 401
    assert "two words" not in {wallet.account for wallet in still.wallets()}


def test_revoked_token_is_refused(customer: Customer) -> None:
    """A token that was good is UNAUTHORIZED once it is revoked."""
    assert customer.get("/balance").status == 200
    customer.sandbox.revoke_key(customer.key, dialect="smscode")
    assert error("UNAUTHORIZED", customer, "GET", "/balance") == 401


@pytest.mark.parametrize("body", [b"no json", b"[]", {"product_id": "42"}, {"product": 42}])
def test_unreadable_order_is_refused(customer: Customer, body: object) -> None:
    """An order that is no JSON object with an integer product_id gets the envelope and 400."""
    assert error("INVALID_REQUEST", customer, "POST", "/orders", body) == 400


@pytest.mark.parametrize("order", ["ord_0", "ord_abc", "1", "ord_" + "9" * 5000, "ord_٣"])
def test_strange_ids_name_no_order(customer: Customer, order: str) -> None:
    """Whatever is no id of this account's is ORDER_NOT_FOUND."""
    assert error("ORDER_NOT_FOUND", customer, "GET", f"/orders/{order}") == 404
