"""Scripted misbehaviour, as clients feel it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.datastructures import Headers

from pytest_otp.errors import SandboxError
from pytest_otp.sandbox.faults import FaultScript
from pytest_otp.sandbox.fields import BadRequest

if TYPE_CHECKING:
    from pytest_otp.sandbox.handle import Sandbox

BUY: dict[str, Any] = {
    "json": {"service": "telegram", "country": "US"},
    "headers": {"Idempotency-Key": "k"},
}


def held(sandbox: Sandbox, key: str) -> str:
    """What the account's purchases hold; nothing if it never came to the provider."""
    return next((str(w.held) for w in sandbox.wallets() if w.account == key), "no account")


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_lost_before_the_operation(
    sandbox: Sandbox, client: httpx.Client, key: str, *, reset: bool
) -> None:
    """The client gets a transport error, and nothing was bought."""
    sandbox.fault(path="/sandbox/activations", drop="before", reset=reset)
    with pytest.raises(httpx.ReadError if reset else httpx.RemoteProtocolError):
        client.post("/sandbox/activations", **BUY)
    assert held(sandbox, key) == "no account"


def test_a_big_request_is_read_before_its_connection_is_lost(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    """The client is past writing, so that it sees the loss where it waits for the answer."""
    sandbox.fault(drop="before")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/sandbox/activations", content=b"x" * 1_000_000)


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_lost_after_the_operation(
    sandbox: Sandbox, client: httpx.Client, key: str, *, reset: bool
) -> None:
    """The client gets the same error, and the purchase stands: the answer was lost."""
    sandbox.fault(method="post", drop="after", reset=reset, times=1)
    with pytest.raises(httpx.ReadError if reset else httpx.RemoteProtocolError):
        client.post("/sandbox/activations", **BUY)
    assert held(sandbox, key) == "0.15 USD"
    assert client.post("/sandbox/activations", **BUY).status_code == 200


def test_a_connection_lost_within_the_answer(sandbox: Sandbox, client: httpx.Client) -> None:
    """Half of the body arrives."""
    sandbox.fault(drop="during")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get("/sandbox/balance")


def test_an_answer_may_be_held_back(sandbox: Sandbox, client: httpx.Client, key: str) -> None:
    """The purchase is done at once; its answer comes when the sandbox's clock gets there."""
    sandbox.fault(method="POST", delay_s=3600)
    with ThreadPoolExecutor(1) as thread:
        purchase = thread.submit(client.post, "/sandbox/activations", **BUY)
        deadline = time.monotonic() + 20
        while held(sandbox, key) != "0.15 USD" and time.monotonic() < deadline:
            pass
        assert not purchase.done()
        sandbox.advance(3600)
        assert purchase.result().status_code == 201


def test_a_client_may_give_up_on_an_answer(sandbox: Sandbox, client: httpx.Client) -> None:
    """An answer that is held back longer than the client waits is a read timeout."""
    sandbox.fault(delay_s=3600)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/sandbox/balance", timeout=httpx.Timeout(20, read=0.05))


def test_a_short_delay_only_delays(sandbox: Sandbox, client: httpx.Client) -> None:
    """The real answer comes, later."""
    sandbox.fault(delay_s=0.01)
    assert client.get("/sandbox/balance").json()["held"] == "0.00"


def test_a_status_replaces_the_operation(sandbox: Sandbox, client: httpx.Client, key: str) -> None:
    """Status, headers and body are as scripted, and nothing was bought."""
    sandbox.fault(
        status=429,
        retry_after_s=7,
        headers={"X-RateLimit-Remaining": "0"},
        body={"error": {"code": "rate_limited"}},
    )
    response = client.post("/sandbox/activations", **BUY)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"error": {"code": "rate_limited"}}
    assert held(sandbox, key) == "no account"


def test_a_text_is_sent_as_it_is(sandbox: Sandbox, client: httpx.Client) -> None:
    """A proxy's HTML where JSON is due can be played too."""
    sandbox.fault(status=502, body="<h1>Bad Gateway", headers={"Content-Type": "text/html"})
    response = client.get("/sandbox/balance")
    assert (response.status_code, response.text) == (502, "<h1>Bad Gateway")
    assert response.headers["Content-Type"] == "text/html"


def test_a_fault_strikes_only_where_and_as_often_as_it_says(
    sandbox: Sandbox, client: httpx.Client, key: str
) -> None:
    """Method, path, account and count narrow it; the hits are counted."""
    sandbox.fault(method="GET", path="/sandbox/off*", account=key, times=2, status=500)
    stranger = {"Authorization": "Bearer stranger"}
    assert client.get("/sandbox/balance").status_code == 200
    assert client.get("/sandbox/offers", headers=stranger).status_code == 200
    assert [client.get("/sandbox/offers").status_code for _ in range(3)] == [500, 500, 200]
    assert sandbox.fault_hits() == [2]


def test_gateways_can_fail_and_control_cannot(sandbox: Sandbox) -> None:
    """A fault on everything strikes the application's gateway; a test can still end it."""
    sandbox.fault(status=503)
    sms = {"to": "+12025550123", "text": "code", "from": "Acme"}
    url = f"{sandbox.gateway_url()}/messages"
    assert httpx.post(url, json=sms, trust_env=False).status_code == 503
    assert httpx.get(sandbox.inbox_url, trust_env=False).status_code == 200
    sandbox.clear_faults()
    assert httpx.post(url, json=sms, trust_env=False).status_code == 202


def test_faults_are_cleared_for_one_account_or_for_all(sandbox: Sandbox) -> None:
    """Tests that share a sandbox end only their own faults."""
    sandbox.fault(account="mine", status=500)
    sandbox.fault(account="yours", status=500)
    sandbox.clear_faults("mine")
    assert len(sandbox.fault_hits()) == 1
    sandbox.clear_faults()
    assert sandbox.fault_hits() == []


def strikes(script: FaultScript, count: int = 40) -> list[bool]:
    """Which of so many like requests were struck."""
    return [script.find("GET", "/x", Headers({})) is not None for _ in range(count)]


def test_chance_is_repeated_by_the_seed() -> None:
    """The same seed strikes the same requests, about as many as the probability says."""
    fault = {"probability": 0.5, "status": 500}
    one, same, other = FaultScript(1), FaultScript(2), FaultScript(3)
    one.extend([fault])
    same.extend([fault], seed=1)
    other.extend([fault])
    struck = strikes(one)
    assert struck == strikes(same)
    assert struck != strikes(other)
    assert 10 < sum(struck) < 30


def test_a_key_in_a_header_of_its_own_counts() -> None:
    """Providers that take `X-API-Key` are struck by account too."""
    script = FaultScript(1)
    script.extend([{"account": "mine", "status": 500}])
    assert script.find("GET", "/x", Headers({"X-API-Key": "mine"}))
    assert not script.find("GET", "/x", Headers({"X-API-Key": "yours"}))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({}, "a fault needs a status, a delay_s or a drop"),
        ({"status": 99}, "the field 'status' must be an HTTP status from 200 to 599, not 99"),
        ({"drop": "now"}, 'the field \'drop\' must be "before", "during" or "after", not'),
        ({"drop": "after", "status": 500}, "either drops the connection or answers"),
        ({"drop": "after", "body": "x"}, "headers, body and retry_after_s need a status"),
        ({"status": 500, "headers": {"A": 1}}, "'headers' must be an object of HTTP headers"),
        ({"status": 500, "headers": {"A b": "x"}}, "must be an object of HTTP headers"),
        ({"status": 500, "headers": {"A": "x\r\nB: y"}}, "must be an object of HTTP headers"),
        ({"status": 500, "headers": {"A": "\u2603"}}, "must be an object of HTTP headers"),
        ({"status": 204, "body": "x"}, "an answer with the status 204 or 304 has no body"),
        ({"status": 500, "probability": 2}, "must be a number from 0 to 1, not 2"),
        ({"status": 500, "chance": 1}, "unknown field 'chance'; the fields are method, path"),
        ("fault", "the body must be a JSON object"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: object, sentence: str) -> None:
    """One sentence, and none of the script is in force."""
    script = FaultScript(1)
    with pytest.raises(BadRequest) as refused:
        script.extend([{"status": 500}, fault])
    assert sentence in str(refused.value)
    assert script.faults == []


def test_the_handle_passes_the_refusal_on(sandbox: Sandbox) -> None:
    """A test that scripts nonsense learns so in its own line."""
    with pytest.raises(SandboxError, match=r"refused POST faults: a fault needs a status"):
        sandbox.fault(times=1)
