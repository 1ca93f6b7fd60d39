"""SMSGang's two kinds of credential over HTTP: what the transcripts cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.dialects.customer import Customer
from tests.sandbox.dialects.smsgang_customer import API, AUTH, declined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox


@pytest.fixture
def customer(still: Sandbox) -> Iterator[Customer]:
    """Somebody with a key of their own, whose account has a token of the same name."""
    with Customer(still, "smsgang", AUTH) as customer:
        yield customer


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
