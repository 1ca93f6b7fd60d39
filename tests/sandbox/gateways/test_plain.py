"""The plain gateway, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pytest_otp.sandbox.handle import Sandbox

SMS = {"to": "+12025550123", "text": "Your code is 123456", "from": "Acme"}


def post(sandbox: Sandbox, **request: object) -> httpx.Response:
    """As an application would."""
    return httpx.post(f"{sandbox.gateway_url()}/messages", trust_env=False, **request)  # type: ignore[arg-type] # passed on


def test_what_an_application_sends_reaches_the_lease(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    """From gateway over carrier and number to the provider's API: one causal chain."""
    wish = {"service": "any", "country": "SE"}
    activation = client.post(
        "/sandbox/activations", json=wish, headers={"Idempotency-Key": "k"}
    ).json()
    sent = post(sandbox, json={**SMS, "to": activation["number"]})
    assert sent.status_code == 202
    read = client.get(f"/sandbox/activations/{activation['id']}").json()
    (message,) = read["messages"]
    assert sent.json() == {
        "id": message["id"],
        "to": activation["number"],
        "status": "accepted",
    }
    assert (message["from"], message["text"]) == (SMS["from"], SMS["text"])


def test_a_number_that_nobody_holds_is_accepted_too(sandbox: Sandbox) -> None:
    """A gateway cannot know; the message is kept, so that a test can see who was texted."""
    stranger = "+12025550999"
    assert post(sandbox, json={**SMS, "to": stranger}).status_code == 202
    latest = sandbox.latest(stranger)
    assert latest
    assert (latest.text, latest.via, latest.activation) == (SMS["text"], "plain", None)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"content": b"to=1"}, "the body must be a JSON object; it is not JSON"),
        ({"content": b"\xff"}, "the body must be a JSON object; it is not JSON"),
        ({"content": b"[" * 100_000}, "the body must be a JSON object; it is not JSON"),
        ({"json": []}, "the body must be a JSON object"),
        (
            {"content": b'{"to": "+12025550123", "text": "\\ud83d", "from": "A"}'},
            "the body holds half of a surrogate pair, which is no character",
        ),
        (
            {"json": {"to": "+12025550123", "from": "A"}},
            "the field 'text' is missing; it must be a text that is not empty",
        ),
        (
            {"json": {**SMS, "to": "2025550123"}},
            "the field 'to' must be a number in E.164, such as +12025550123, not \"2025550123\"",
        ),
        (
            {"json": {**SMS, "body": "x"}},
            "unknown field 'body'; the fields are to, text, from",
        ),
    ],
)
def test_what_cannot_be_sent_gets_one_sentence(
    sandbox: Sandbox, request_: dict[str, object], sentence: str
) -> None:
    """No JSON, a missing or unknown field, a national number: 400 and what to change."""
    response = post(sandbox, **request_)
    assert (response.status_code, response.json()) == (400, {"error": sentence})
