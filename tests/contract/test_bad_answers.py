"""What clients make of servers that misbehave: one error of ours, no key shown, nothing twice.

Each case is a real loopback server and a real client, blocking and asyncio. A read is a balance
without patience for retries; the purchases are one that is never repeated (SMSCode) and one that
is repeated under its idempotency key (DogeSMS).
"""

from __future__ import annotations

import json
import logging
import socket
import traceback
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pytest_otp import providers
from pytest_otp.drivers import bodies, retrying
from pytest_otp.drivers.clock import Clock
from pytest_otp.drivers.credentials import Keyring
from pytest_otp.errors import (
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.models import Offer
from tests.contract.running import RUNNERS, TIMEOUT
from tests.contract.wire import WireServer, response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.wire import Conversation

    Behaviour = Callable[[Conversation, int], None]
    Run = Callable[..., object]

KEY = "k-never-shown"
VARIABLES = {"dogesms": "DOGESMS_API_KEY", "smscode": "SMSCODE_API_KEY"}
ORDER = {"order_id": "ord_abc123", "phone_number": "+628123456789", "status": "WAITING"}
BOUGHT = {"requestId": "act-123", "number": "+1 650 555 0101", "expiresAt": "2026-03-14T12:20:00Z"}
IDEMPOTENCY_KEY = "73b7c1de-5a0f-4c6e-9a51-0d2f3e4a5ff2"


def said(data: bytes) -> Behaviour:
    """Send these bytes and close."""
    return lambda conversation, _: conversation.send(data)


def answered(status: int, document: object, headers: dict[str, str] | None = None) -> Behaviour:
    """Send a proper response."""
    return said(response(status, json.dumps(document).encode(), headers))


def order(**changed: object) -> Behaviour:
    """SMSCode's answer to an order, with other fields."""
    return answered(200, {"success": True, "data": {**ORDER, **changed}})


def reset(conversation: Conversation, _: int) -> None:
    """End the connection in a reset."""
    conversation.reset()


def silent(conversation: Conversation, _: int) -> None:
    """Take the request and say nothing."""
    conversation.hear_nothing()


def twenty_megabytes(conversation: Conversation, _: int) -> None:
    """An answer that is honest about its size."""
    conversation.send(response(200, b"[" + b"0," * 10_000_000 + b"0]"))


def without_end(conversation: Conversation, _: int) -> None:
    """A body of any length, for as long as the client listens."""
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        conversation.send(b"2000\r\n" + b" " * 0x2000 + b"\r\n")


def dripping(conversation: Conversation, _: int) -> None:
    """A body that comes byte by byte, for as long as the client listens."""
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        conversation.send(b"1\r\n \r\n")


@dataclass(frozen=True)
class Case:
    """How a server behaves, and which errors a read and a purchase end in."""

    behave: Behaviour
    read: type[ProviderError]
    purchase: type[ProviderError]
    status: int | None = None


UNREADABLE = (ProviderProtocolError, PurchaseUnknown, 200)
NO_ANSWER = (ProviderUnavailable, PurchaseUnknown)

CASES = {
    "a page": Case(said(response(200, b"<html>Welcome</html>")), *UNREADABLE),
    "an empty body": Case(said(response(200, b"")), *UNREADABLE),
    "a wrong type": Case(answered(200, {"success": "yes"}), *UNREADABLE),
    "a missing field": Case(answered(200, {"success": True, "data": {}}), *UNREADABLE),
    "twenty megabytes": Case(twenty_megabytes, *UNREADABLE),
    "a body without end": Case(without_end, *UNREADABLE),
    "a dripping body": Case(dripping, *NO_ANSWER),
    "a truncated body": Case(said(response(200, b'{"success": true}')[:-3]), *NO_ANSWER),
    "half a header": Case(said(b"HTTP/1.1 200 OK\r\nContent-"), *NO_ANSWER),
    "no HTTP": Case(said(b"220 smtp.example ESMTP\r\n"), *NO_ANSWER),
    "nothing at all": Case(said(b""), *NO_ANSWER),
    "a reset": Case(reset, *NO_ANSWER),
    "silence": Case(silent, *NO_ANSWER),
    "a redirect": Case(
        said(response(302, b"", {"Location": "http://127.0.0.1:1/login"})),
        ProviderProtocolError,
        ProviderProtocolError,
        302,
    ),
    "a server error": Case(answered(502, {}), *NO_ANSWER, 502),
    "a rate limit": Case(answered(429, {}), ProviderUnavailable, ProviderUnavailable, 429),
    "a page of refusal": Case(
        said(response(403, b"<html>Blocked 482910</html>")),
        ProviderProtocolError,
        ProviderProtocolError,
        403,
    ),
    "a refusal that breaks off": Case(
        said(response(402, b'{"success": false, "error": {}}')[:-3]),
        ProviderProtocolError,
        ProviderProtocolError,
        402,
    ),
}


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Run:
    """Either driver."""
    return RUNNERS[request.param]


class HurriedClock(Clock):
    """Every look at it finds four seconds gone: a body's time is up without anybody waiting."""

    def __init__(self) -> None:
        self._now = count(1_700_000_000, 4)

    def now(self) -> float:
        """The time."""
        return float(next(self._now))


def client(name: str, url: str) -> tuple[Any, Keyring]:
    """A provider's client and its key."""
    credential = providers.credentials(name, {VARIABLES[name]: KEY}, url)
    assert credential is not None
    return providers.create(name, url), Keyring(credential)


def smscode(
    run: Run,
    url: str,
    operation: str,
    timeout: httpx.Timeout = TIMEOUT,
    clock: Clock | None = None,
) -> object:
    """Ask SMSCode for the balance or an order."""
    code, ring = client("smscode", url)
    offer = Offer("smscode", "telegram", "ID", None, product="42")
    flow = code.balance() if operation == "balance" else code.buy(offer, IDEMPOTENCY_KEY)
    return run(flow, ring, timeout, clock)


@pytest.mark.parametrize("operation", ["balance", "buy"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_bad_answer_is_one_of_our_errors(
    case: Case,
    operation: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It names provider, operation and status, shows no key, and was asked for once."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(retrying, "TRIES", 1)
    timeout = httpx.Timeout(10.0, read=0.3) if case.behave is silent else TIMEOUT
    clock = HurriedClock() if case.behave is dripping else None
    with WireServer(case.behave) as server, pytest.raises(ProviderError) as caught:
        smscode(run, server.url, operation, timeout, clock)
    error = caught.value
    assert type(error) is (case.read if operation == "balance" else case.purchase)
    assert (error.provider, error.operation, error.status) == ("smscode", operation, case.status)
    assert len(server.requests) == 1
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    logged = [str(vars(record)) for record in caplog.records]
    assert KEY not in "\n".join([*shown.format(), *logged, repr(error), str(vars(error))])


@pytest.mark.parametrize(
    ("behave", "field"),
    [
        (order(phone_number="soon"), "phone_number"),
        (order(phone_number=None), "phone_number"),
        (order(order_id=None), "order_id"),
        (order(expires_at="in five minutes"), "expires_at"),
    ],
)
def test_a_purchase_that_cannot_be_read_is_unknown(behave: Behaviour, field: str, run: Run) -> None:
    """Something was bought: it is neither forgotten nor bought again."""
    with WireServer(behave) as server, pytest.raises(PurchaseUnknown, match=f"'{field}'"):
        smscode(run, server.url, "buy")
    assert len(server.requests) == 1


def test_a_price_that_is_no_number_is_refused(run: Run) -> None:
    """Before anything is bought at it."""
    product = {"id": 42, "price": "cheap", "stock": 1}
    with WireServer(answered(200, {"success": True, "data": [product]})) as server:
        code, ring = client("smscode", server.url)
        with pytest.raises(ProviderProtocolError, match="'price'"):
            run(code.offers("telegram", "ID"), ring)


def test_an_unknown_word_for_a_state_is_refused(run: Run) -> None:
    """Nobody guesses whether more messages can come."""
    with WireServer(order(status="PAUSED")) as server:
        code, ring = client("smscode", server.url)
        number = run(code.buy(Offer("smscode", "t", "ID", None, product="42"), "k"), ring)
        with pytest.raises(ProviderProtocolError, match="'status' is 'PAUSED'"):
            run(code.read(number, known=0, wait_s=0), ring)


def test_an_unknown_error_code_passes_through(run: Run) -> None:
    """In the provider's own spelling."""
    refusal = {"success": False, "error": {"code": "Maintenance_7", "message": "Come back."}}
    with WireServer(answered(400, refusal)) as server, pytest.raises(ProviderError) as caught:
        smscode(run, server.url, "buy")
    assert caught.value.code == "provider_refused"
    assert vars(caught.value)["provider_code"] == "Maintenance_7"


# -- never connected -----------------------------------------------------------------------------


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def unbought(run: Run, url: str, cause: str, timeout: httpx.Timeout = TIMEOUT) -> None:
    """Both operations say that nobody was reached: nothing was bought."""
    for operation in ("balance", "buy"):
        with pytest.raises(ProviderUnavailable, match=cause) as caught:
            smscode(run, url, operation, timeout)
        assert KEY not in str(caught.value)


@pytest.fixture
def _tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the retries of a read."""
    monkeypatch.setattr(retrying, "TRIES", 1)


@pytest.mark.usefixtures("_tried_once")
def test_a_refused_connection_bought_nothing(run: Run) -> None:
    """There is no doubt about it."""
    unbought(run, f"http://127.0.0.1:{closed_port()}", "ConnectError")


@pytest.mark.usefixtures("_tried_once")
def test_a_name_that_is_not_known_bought_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name does not resolve."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    unbought(run, "https://api.example", "ConnectError")


@pytest.mark.usefixtures("_tried_once")
def test_a_server_without_tls_bought_nothing(run: Run) -> None:
    """The handshake fails before the request is sent."""
    with WireServer(said(b"")) as server:
        unbought(run, server.url.replace("http:", "https:"), "ConnectError")
    assert all("Authorization" not in sent.headers for sent in server.requests)


@pytest.mark.usefixtures("_tried_once")
def test_a_server_that_does_not_accept_bought_nothing(run: Run) -> None:
    """The time is up before the request leaves."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)  # noqa: FBT003 - its only way to be called
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        unbought(run, url, "ConnectTimeout", httpx.Timeout(10.0, connect=0.2))


# -- asked again ---------------------------------------------------------------------------------


def dogesms(run: Run, url: str) -> object:
    """Buy at DogeSMS, where a purchase may be repeated."""
    doge, ring = client("dogesms", url)
    return run(doge.buy(Offer("dogesms", "telegram", "US", None), IDEMPOTENCY_KEY), ring)


def test_a_lost_answer_is_asked_for_again_under_the_same_key(run: Run) -> None:
    """The second answer is the first purchase's."""

    def behave(conversation: Conversation, index: int) -> None:
        if index == 0:
            conversation.reset()
        else:
            conversation.send(response(200, json.dumps(BOUGHT).encode()))

    with WireServer(behave) as server:
        assert vars_of(dogesms(run, server.url))["number"] == "+16505550101"
    assert [sent.headers["Idempotency-Key"] for sent in server.requests] == [IDEMPOTENCY_KEY] * 2
    assert len({sent.body for sent in server.requests}) == 1


def test_a_doubt_outlives_its_repetitions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset, then a 429: the first try may have been charged."""
    monkeypatch.setattr(retrying, "TRIES", 2)

    def behave(conversation: Conversation, index: int) -> None:
        if index == 0:
            conversation.reset()
        else:
            conversation.send(response(429, b"{}"))

    with WireServer(behave) as server, pytest.raises(PurchaseUnknown):
        dogesms(run, server.url)
    assert len(server.requests) == 2


def test_an_impatient_body_is_bounded() -> None:
    """What a page of results needs is far below; what fills a memory is far above."""
    assert 100_000 < bodies.LIMIT < 10_000_000


def vars_of(outcome: object) -> dict[str, object]:
    """The fields of a frozen result."""
    return {name: getattr(outcome, name) for name in ("id", "number")}
