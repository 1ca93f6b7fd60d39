"""What a test holds of the sandbox."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp.errors import SandboxError, SandboxUnreachable
from pytest_otp.models import Money
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from pytest_otp.sandbox.server import RunningSandbox

NOBODY = "+12025550999"


def buy(client: httpx.Client, key: str = "k1") -> dict[str, Any]:
    """An activation, bought."""
    wish = {"service": "telegram", "country": "US"}
    response = client.post("/sandbox/activations", json=wish, headers={"Idempotency-Key": key})
    activation: dict[str, Any] = response.json()
    return activation


# Addresses


def test_it_knows_the_addresses(running: RunningSandbox) -> None:
    """A slash at the URL's end does not matter."""
    with Sandbox(f"{running.url}/") as sandbox:
        assert sandbox.url == running.url
        assert sandbox.seed == running.seed
        assert sandbox.inbox_url == f"{running.url}/"
        assert sandbox.gateway_url() == f"{running.url}/gateway/plain"
        assert sandbox.gateway_url("twilio") == f"{running.url}/gateway/twilio"


class _SomethingElse(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.server.body  # type: ignore[attr-defined] # set below
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture(
    params=[
        b"<h1>It works",
        b"[]",
        b"[" * 100_000,
        b'{"sandbox": "other"}',
        b'{"sandbox": "pytest-otp"}',
    ],
    ids=["page", "list", "deep", "other", "no-seed"],
)
def something_else(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that is no sandbox."""
    server = HTTPServer(("127.0.0.1", 0), _SomethingElse)
    server.body = request.param  # type: ignore[attr-defined] # for the handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_something_else_at_the_url_is_said(something_else: str) -> None:
    """A web server that is no sandbox is not mistaken for one."""
    with pytest.raises(SandboxUnreachable) as raised:
        Sandbox(something_else)
    assert str(raised.value) == (
        f"otp_sandbox_url = {something_else}: what answers there is no sandbox; "
        "start one with 'pytest-otp sandbox', or leave the setting out"
    )


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1", "127.0.0.1:80", "http://[x", "ftp://a", "http://a..b", "http://xn--a"],
)
def test_nothing_at_the_url_is_said(url: str) -> None:
    """A refused connection and a URL that is none are one sentence too."""
    with pytest.raises(SandboxUnreachable) as raised:
        Sandbox(url)
    assert str(raised.value).startswith(f"otp_sandbox_url = {url}: nothing answers there (")


def test_an_answer_without_a_word_why_is_said(running: RunningSandbox) -> None:
    """What an older sandbox does not know is an error of ours, and no riddle in JSON."""
    with (
        Sandbox(running.url) as sandbox,
        pytest.raises(SandboxError, match="refused GET no-such-thing: HTTP 404, and no word why"),
    ):
        sandbox._ask("GET", "no-such-thing")


def test_a_sandbox_that_went_away_is_said() -> None:
    """After the sandbox stopped, a call says so."""
    running = start()
    with Sandbox(running.url) as sandbox:
        running.stop()
        with pytest.raises(SandboxUnreachable, match="does not answer any more"):
            sandbox.wallets()


# Messages


def test_messages_can_be_sent_and_read(sandbox: Sandbox, client: httpx.Client) -> None:
    """All, those to one number, and the latest; each with who held the number."""
    activation = buy(client)
    first = sandbox.deliver(activation["number"], "one")
    second = sandbox.deliver(activation["number"], "two", "Acme")
    sandbox.deliver(NOBODY, "three")
    own = sandbox.messages(to=activation["number"])
    assert [(m.id, m.text, m.sender, m.via) for m in own] == [
        (first, "one", "Sandbox", "control"),
        (second, "two", "Acme", "control"),
    ]
    assert own[0].received_at <= own[1].received_at
    assert sandbox.latest(activation["number"]) == own[1]
    latest = sandbox.latest()
    assert latest
    assert (latest.text, latest.activation) == ("three", None)
    assert sandbox.messages()[-3:] == [*own, latest]
    assert sandbox.latest("+12025550998") is None


def test_a_message_can_be_under_way(sandbox: Sandbox, client: httpx.Client) -> None:
    """A delayed message, or one of a slow carrier, arrives when the clock gets there."""
    activation = buy(client)
    sandbox.deliver(activation["number"], "delayed", delay_s=30)
    sandbox.set_latency(60)
    sms = {"to": activation["number"], "text": "slow", "from": "Acme"}
    client.post("/gateway/plain/messages", json=sms)
    assert sandbox.latest(activation["number"]) is None
    sandbox.advance(60)
    texts = [message.text for message in sandbox.messages(activation["number"])]
    assert texts == ["delayed", "slow"]


def test_a_number_that_is_none_is_refused(sandbox: Sandbox) -> None:
    """The refusal says what a number looks like."""
    with pytest.raises(SandboxError, match=r"refused POST messages: the field 'to' must be"):
        sandbox.deliver("2025550123", "code")


# Time


def test_the_clock_goes_forward(sandbox: Sandbox) -> None:
    """An hour at once, for everybody."""
    before = sandbox.now()
    after = sandbox.advance(3600)
    assert timedelta(hours=1) <= after - before < timedelta(hours=2)


# Money


def test_the_books_tell_every_movement(sandbox: Sandbox, client: httpx.Client, key: str) -> None:
    """A purchase with a message is charged, one without is refunded."""
    kept, given_back = buy(client), buy(client, "k2")
    sandbox.deliver(kept["number"], "code")
    client.post(f"/sandbox/activations/{given_back['id']}/cancel")
    wallet = sandbox.wallet(key)
    assert (wallet.dialect, wallet.account) == ("sandbox", key)
    assert wallet.available == Money.parse("999.85 USD")
    assert wallet.held == Money.parse("0.00 USD")
    assert wallet.charged == Money.parse("0.15 USD")
    assert [line.kind for line in wallet.journal] == ["deposit", "hold", "hold", "charge", "refund"]
    assert wallet.journal[-1].amount == Money.parse("0.15 USD")
    assert wallet in sandbox.wallets()


def test_a_balance_can_be_set(sandbox: Sandbox, key: str) -> None:
    """Also before the account's first use."""
    assert sandbox.set_balance(key, "0.05 USD").available == Money.parse("0.05 USD")
    assert sandbox.set_balance(key, Money.parse("7 USD")).available == Money.parse("7 USD")
    assert [line.kind for line in sandbox.wallet(key).journal] == [
        "deposit",
        "withdrawal",
        "deposit",
    ]


def test_an_account_that_was_never_opened_is_said(sandbox: Sandbox) -> None:
    """A key that nobody used has no wallet."""
    with pytest.raises(SandboxError, match="no such account was opened"):
        sandbox.wallet("never used")


def test_every_sale_is_told(sandbox: Sandbox, client: httpx.Client, key: str) -> None:
    """The truth about what was bought, over all accounts or of one."""
    bought = buy(client)
    (sold,) = sandbox.activations(key)
    assert (sold.account, sold.number, sold.state) == (key, bought["number"], "pending")
    assert (sold.service, sold.country, sold.dialect) == ("telegram", "US", "sandbox")
    assert (sold.price, sold.refunded, sold.messages) == (Money.parse("0.15 USD"), False, 0)
    assert sold.idempotency_key == "k1"
    assert sold in sandbox.activations()


# Terms


def test_terms_can_be_changed_and_changed_back(
    sandbox: Sandbox, client: httpx.Client, key: str
) -> None:
    """Stock, price and cancel hold, for one account, and then as before."""

    def offer() -> dict[str, Any]:
        query = {"service": "telegram", "country": "US"}
        (found,) = client.get("/sandbox/offers", params=query).json()["offers"]
        return {"price": found["price"], "plenty": found["stock"] > 1}

    sandbox.set_stock(1, service="telegram", country="US", account=key, dialect="sandbox")
    sandbox.set_price("0.40 USD", account=key)
    sandbox.set_cancel_hold(60, account=key)
    assert offer() == {"price": "0.40", "plenty": False}
    assert buy(client)["cancel_not_before"]
    sandbox.reset_terms(key)
    assert offer() == {"price": "0.15", "plenty": True}
    assert buy(client, "k2")["cancel_not_before"] is None
