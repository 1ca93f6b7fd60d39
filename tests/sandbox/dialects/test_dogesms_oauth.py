"""DogeSMS's OAuth2 client credentials over HTTP."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.sandbox.dialects.customer import Customer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox
    from tests.sandbox.dialects.customer import Reply

WHATSAPP = {"serviceCode": "whatsapp", "countryCode": "US"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(still: Sandbox) -> Iterator[Customer]:
    """Somebody with an OAuth2 client, who has no token yet."""
    with Customer(still, "dogesms", {}) as client:
        yield client


def ask_token(client: Customer, form: str, headers: dict[str, str] | None = None) -> Reply:
    """The token endpoint's answer."""
    return client.ask("POST", "/oauth2/token", form.encode(), headers={**FORM, **(headers or {})})


def bearer(client: Customer) -> dict[str, str]:
    """The header with a new token."""
    form = f"grant_type=client_credentials&client_id={client.key}&client_secret=s"
    return {"Authorization": f"Bearer {ask_token(client, form).body['access_token']}"}


def test_token_is_had_by_basic_or_body(client: Customer) -> None:
    """Both ways of RFC 6749 to name the client give a token for the same account."""
    by_body = bearer(client)
    pair = base64.b64encode(f"{client.key}:secret".encode()).decode()
    answer = ask_token(client, "grant_type=client_credentials", {"Authorization": f"Basic {pair}"})
    by_basic = {"Authorization": f"Bearer {answer.body['access_token']}"}
    assert by_basic != by_body
    write_headers = {**by_body, "Idempotency-Key": str(uuid4())}
    bought = client.ask("POST", "/api/control/activations", WHATSAPP, headers=write_headers)
    path = f"/api/control/activations/{bought.body['requestId']}"
    assert client.ask("GET", path, headers=by_basic).status == 200
    assert str(client.wallet.held) == "0.35 USD"


def test_token_lives_two_hours(client: Customer) -> None:
    """It is good until its last second and then gets 401, as an unknown one does."""
    token = bearer(client)
    client.sandbox.advance(7199)
    assert client.ask("GET", "/api/control/balance", headers=token).status == 200
    client.sandbox.advance(1)
    assert client.ask("GET", "/api/control/balance", headers=token).status == 401
    unknown = {"Authorization": "Bearer unknown"}
    assert client.ask("GET", "/api/control/balance", headers=unknown).status == 401


def test_revoked_client_has_no_token(client: Customer) -> None:
    """A revoked client gets no new token, and its old ones are worth nothing."""
    token = bearer(client)
    client.sandbox.revoke_key(client.key, dialect="dogesms")
    assert client.ask("GET", "/api/control/balance", headers=token).status == 401
    form = f"grant_type=client_credentials&client_id={client.key}&client_secret=s"
    answer = ask_token(client, form)
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("form", "basic", "error"),
    [
        ("grant_type=password&client_id=a&client_secret=b", None, "unsupported_grant_type"),
        ("client_id=a&client_secret=b", None, "unsupported_grant_type"),
        ("grant_type=client_credentials&client_id=a", None, "invalid_client"),
        ("grant_type=client_credentials", b"no-colon", "invalid_client"),
        ("grant_type=client_credentials", b"\xff:\xff", "invalid_client"),
        ("grant_type=client_credentials&grant_type=password", None, "invalid_request"),
        ("x", None, "unsupported_grant_type"),
    ],
)
def test_wrong_token_requests_are_refused(
    client: Customer, form: str, basic: bytes | None, error: str
) -> None:
    """Each mistake has the error that RFC 6749 names for it."""
    headers = {"Authorization": f"Basic {base64.b64encode(basic).decode()}"} if basic else {}
    answer = ask_token(client, form, headers)
    assert answer.body["error"] == error
    assert answer.status == (401 if error == "invalid_client" else 400)


def test_token_request_must_be_a_form(client: Customer) -> None:
    """RFC 6749 has no JSON, and a form is text."""
    answers = [
        client.post("/oauth/token", {"grant_type": "client_credentials"}),
        client.ask("POST", "/oauth/token", b"grant_type=\xff", headers=FORM),
    ]
    assert {(each.status, each.body["error"]) for each in answers} == {(400, "invalid_request")}
