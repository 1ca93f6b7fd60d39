"""What becomes of one exchange: an answer, a refusal, an error, or nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.core.pacing import Quota, Window
from pytest_otp.errors import (
    NotSupported,
    OutOfStock,
    ProviderProtocolError,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.providers import protocol
from tests.unit.providers.stage import NOW, Stage, ok

if TYPE_CHECKING:
    from pytest_otp.core.effects import Flow
    from pytest_otp.core.pacing import Pace
    from pytest_otp.errors import ProviderError, ProviderRefused
    from pytest_otp.providers.answer import Answer

URL = "https://api.example/v1/orders"


def ask(
    *,
    purchase: bool = False,
    bodiless: bool = False,
    pace: Pace | None = None,
    patience_s: float = 5,
) -> Flow[Answer]:
    """A purchase, or a read."""
    return protocol.send(
        httpx.Request("POST" if purchase else "GET", URL),
        provider="acme",
        operation="buy" if purchase else "read",
        repeatable=not purchase,
        purchase=purchase,
        bodiless=bodiless,
        pace=pace,
        patience_s=patience_s,
    )


def test_a_json_object_is_the_answer() -> None:
    """Numbers are exact, and whether the request may be repeated is said on it."""
    stage = Stage(httpx.Response(200, content=b'{"price": 0.10}'))
    answer = stage.play(ask())
    assert str(answer.money("price", "USD").amount) == "0.10"
    assert stage.sends[0].repeatable
    assert stage.sends[0].patience_s == 5


def test_a_bare_list_is_read_like_one_in_an_envelope() -> None:
    """Documents are at odds with their own examples about it."""
    assert len(Stage(ok([{}, {}])).play(ask()).objects("data")) == 2


NEVER_LEFT = [
    httpx.ConnectError("[Errno 111] Connection refused"),
    httpx.ConnectTimeout(""),
    httpx.PoolTimeout(""),
]
LOST = [
    httpx.ReadTimeout(""),
    httpx.ReadError(""),
    httpx.WriteError(""),
    httpx.RemoteProtocolError("Server disconnected"),
]


@pytest.mark.parametrize("error", [*NEVER_LEFT, *LOST], ids=lambda e: type(e).__name__)
def test_a_read_without_an_answer_may_be_asked_again(error: Exception) -> None:
    """Whatever the transport says, a read that failed is only unavailable."""
    with pytest.raises(ProviderUnavailable) as caught:
        Stage(error).play(ask())
    assert type(error).__name__ in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("error", NEVER_LEFT, ids=lambda e: type(e).__name__)
def test_a_purchase_that_never_left_bought_nothing(error: Exception) -> None:
    """A refused connection is no doubt."""
    with pytest.raises(ProviderUnavailable):
        Stage(error).play(ask(purchase=True))


@pytest.mark.parametrize("error", LOST, ids=lambda e: type(e).__name__)
def test_a_purchase_whose_answer_is_lost_is_unknown(error: Exception) -> None:
    """It may have been charged."""
    with pytest.raises(PurchaseUnknown):
        Stage(error).play(ask(purchase=True))


HTML = httpx.Response(200, html="<html><h1>It works 4829!</h1></html>")
UNREADABLE = {
    "html": HTML,
    "empty": httpx.Response(200),
    "cut": httpx.Response(200, content=b'{"id": "a'),
    "scalar": httpx.Response(200, json=7),
    "not utf-8": httpx.Response(200, content=b'{"id": "\xff"}'),
    "too deep": httpx.Response(200, content=b"[" * 200_000),
    "a long number": httpx.Response(200, content=b'{"id": ' + b"9" * 5000 + b"}"),
}


@pytest.mark.parametrize("response", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_is_no_json_object_is_refused(response: httpx.Response) -> None:
    """The error names provider, operation and status, and shows no digit of the body."""
    with pytest.raises(ProviderProtocolError, match=r"acme: read \(HTTP 200\)") as caught:
        Stage(response).play(ask())
    assert "4829" not in str(caught.value)
    with pytest.raises(PurchaseUnknown):
        Stage(response).play(ask(purchase=True))


def test_an_empty_body_may_be_success_where_the_document_shows_none() -> None:
    """Empty, but not a page of something in between."""
    assert Stage(httpx.Response(204)).play(ask(bodiless=True)).document == {}
    with pytest.raises(ProviderProtocolError):
        Stage(HTML).play(ask(bodiless=True))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Nobody did what was asked, and the key stays here."""
    response = httpx.Response(status, headers={"Location": "https://evil.example/"})
    for purchase in (False, True):
        with pytest.raises(ProviderProtocolError, match="redirect"):
            Stage(response).play(ask(purchase=purchase))


def test_see_other_after_a_purchase_is_unknown() -> None:
    """303 is what a server says once it did what a POST asked (RFC 9110, section 15.4.4)."""
    with pytest.raises(PurchaseUnknown):
        Stage(httpx.Response(303)).play(ask(purchase=True))
    with pytest.raises(ProviderProtocolError):
        Stage(httpx.Response(303)).play(ask())


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_leaves_a_purchase_unknown(status: int) -> None:
    """The server may have charged before it failed."""
    with pytest.raises(ProviderUnavailable):
        Stage(ok({}, status)).play(ask())
    with pytest.raises(PurchaseUnknown):
        Stage(ok({}, status)).play(ask(purchase=True))


def test_too_many_requests_says_when_to_come_back() -> None:
    """A purchase that is turned away bought nothing."""
    for purchase in (False, True):
        with pytest.raises(ProviderUnavailable) as caught:
            Stage(ok({}, 429, {"Retry-After": "17"})).play(ask(purchase=purchase))
        assert caught.value.retry_after_s == 17


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("told", "seconds"),
    [("17", 17), (format_datetime(datetime.fromtimestamp(NOW + 42, UTC), usegmt=True), 42)],
)
def test_when_to_come_back_is_told_by_seconds_or_a_date(
    status: int, told: str, seconds: float
) -> None:
    """RFC 9110, section 10.2.3: with any status, and in either form."""
    with pytest.raises(ProviderUnavailable) as caught:
        Stage(ok({}, status, {"Retry-After": told})).play(ask())
    assert caught.value.retry_after_s == seconds


def test_a_page_instead_of_a_refusal_is_no_refusal() -> None:
    """A 404 from a proxy does not say that there is no such number."""
    with pytest.raises(ProviderProtocolError):
        Stage(httpx.Response(404, html="<h1>404</h1>")).play(ask())


def test_a_status_alone_is_a_refusal() -> None:
    """Many APIs refuse without a word."""
    assert Stage(httpx.Response(404)).play(ask()).status == 404
    assert Stage(httpx.Response(401, html="<h1>401</h1>")).play(ask()).status == 401


def refused(document: object, status: int = 409) -> ProviderRefused:
    """The error for a refusal with this body."""
    answer = Stage(ok(document, status)).play(ask())
    return protocol.refusal(OutOfStock, answer, "nothing is left")


@pytest.mark.parametrize(
    ("document", "code", "text"),
    [
        ({"error": {"code": "SOLD_OUT", "message": "Sorry."}}, "SOLD_OUT", "Sorry. (SOLD_OUT)"),
        ({"error": "sold_out"}, "sold_out", "sold_out"),
        ({"error": "All sold out"}, None, "All sold out"),
        ({"message": "All sold out"}, None, "All sold out"),
        ({"code": 17, "message": "All sold out"}, "17", "All sold out (••)"),
        ({"status": "cancelled"}, None, "nothing is left"),
    ],
)
def test_a_refusal_is_told_in_the_providers_words(
    document: object, code: str | None, text: str
) -> None:
    """Its code passes through unchanged; its sentence is masked."""
    error = refused(document)
    assert error.provider_code == code
    assert error.message == text


def test_a_refusal_cannot_upset_a_terminal() -> None:
    """Control characters and numbers of a hostile provider do not reach the text."""
    error = refused({"message": "\x1b[2J call +15551234567\u202e now " + "x" * 500})
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert not any(c.isdigit() for c in error.message)
    assert len(error.message) < 250


def test_words_of_a_refusal_can_be_looked_for() -> None:
    """Where one status has two meanings, only the words tell."""
    error = refused({"error": {"code": "LOW_BALANCE", "message": "Top up."}})
    assert protocol.mentions(error, "balance")
    assert not protocol.mentions(error, "stock")


def test_a_rate_limit_is_waited_for() -> None:
    """The next request leaves when the limit allows it."""
    pace = Window(1, 2.0)
    stage = Stage(ok({}), ok({}))
    stage.play(ask(pace=pace))
    stage.play(ask(pace=pace))
    assert stage.now == NOW + 2


def test_a_rate_limit_beyond_the_patience_is_told() -> None:
    """Nothing leaves, and the error says when to come back."""
    pace = Quota(60.0)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 42)}
    stage = Stage(ok({}, 200, headers))
    stage.play(ask(pace=pace))
    with pytest.raises(ProviderUnavailable, match="42 s") as caught:
        stage.play(ask(pace=pace, purchase=True))
    assert caught.value.retry_after_s == 42
    assert len(stage.requests) == 1


def test_a_rate_limit_is_learned_from_a_refusal_too() -> None:
    """The 429 itself carries the reset."""
    pace = Quota(60.0)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 3)}
    stage = Stage(ok({}, 429, headers), ok({}))
    with pytest.raises(ProviderUnavailable):
        stage.play(ask(pace=pace))
    stage.play(ask(pace=pace))
    assert stage.now == NOW + 3


def test_an_operation_that_does_not_exist_says_so() -> None:
    """It is a flow like its siblings and raises when it is run."""
    flow: Flow[ProviderError] = protocol.unsupported("acme has no cancel")
    with pytest.raises(NotSupported, match="acme has no cancel"):
        Stage().play(flow)
