"""What every request of a provider has in common."""

from __future__ import annotations

import pytest

from pytest_otp.core.pacing import Window
from pytest_otp.errors import ProviderRefused
from pytest_otp.providers.api import Api
from pytest_otp.providers.protocol import refusal
from tests.unit.providers.stage import NOW, Stage, body, ok


def api(**paces: Window) -> Api:
    """An API that refuses plainly."""
    return Api(
        "acme",
        "https://api.example/v1/",
        lambda answer: refusal(ProviderRefused, answer, "it refused"),
        **paces,
    )


def test_a_request_is_below_the_base_url() -> None:
    """With its query and body, and wishing for JSON."""
    stage = Stage(ok({}))
    stage.play(api().ask("buy", "POST", "/buy", params={"a": "b c"}, json={"x": 1}))
    (request,) = stage.requests
    assert str(request.url) == "https://api.example/v1/buy?a=b+c"
    assert body(request) == {"x": 1}
    assert request.headers["Accept"] == "application/json"


@pytest.mark.parametrize("wild", ["a/../b", "a?b=c", "a#b", "a b", "ä", "a%2fb"])
def test_an_id_cannot_change_the_path(wild: str) -> None:
    """Ids are the provider's texts, and it may be hostile or broken."""
    stage = Stage(ok({}))
    stage.play(api().ask("read", "GET", "/orders/{}/sms", wild))
    raw = stage.requests[0].url.raw_path.decode()
    assert raw.startswith("/v1/orders/")
    assert raw.endswith("/sms")
    assert raw.count("/") == 4
    assert "?" not in raw


def test_only_reads_are_repeatable_unless_said_otherwise() -> None:
    """Nobody decides at the call site that a purchase may be repeated."""
    stage = Stage(*[ok({}) for _ in range(3)])
    stage.play(api().ask("read", "GET", "/a"))
    stage.play(api().ask("buy", "POST", "/a"))
    stage.play(api().ask("cancel", "DELETE", "/a", repeatable=True))
    assert [send.repeatable for send in stage.sends] == [True, False, True]


def test_reads_and_writes_have_a_pace_each() -> None:
    """A burst of purchases does not slow the polling down."""
    stage = Stage(*[ok({}) for _ in range(3)])
    paced = api(reads=Window(1), writes=Window(1))
    stage.play(paced.ask("read", "GET", "/a"))
    stage.play(paced.ask("buy", "POST", "/a"))
    assert stage.now == NOW
    stage.play(paced.ask("read", "GET", "/a"))
    assert stage.now == NOW + 1


def test_a_refusal_is_raised() -> None:
    """Whatever is 4xx is what the provider makes of it."""
    with pytest.raises(ProviderRefused, match="no such thing"):
        Stage(ok({"message": "no such thing"}, 418)).play(api().ask("read", "GET", "/a"))
