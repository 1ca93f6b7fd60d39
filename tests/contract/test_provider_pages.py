"""The providers' pages say what is: every endpoint, and the function that speaks it."""

from __future__ import annotations

import inspect
import re
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp import providers
from pytest_otp.core.effects import Send
from pytest_otp.models import Activation, Offer
from tests.contract.endpoints import DOCUMENTS, ENDPOINTS

if TYPE_CHECKING:
    import httpx

    from pytest_otp.core.effects import Flow

PAGES = Path(__file__).parents[2] / "docs" / "providers"
# Documented, and spoken by no function: by a transport, and by the carrier.
ELSEWHERE = {"POST /oauth/token", "POST /api/webhooks/whatsapp/status"}
ROW = re.compile(r"^\| `((?:GET|POST|PATCH|DELETE) \S+)` \| (.+) \|$", re.MULTILINE)
# By the names of the functions' parameters.
SAMPLES: dict[str, object] = {
    "offer": Offer("", "telegram", "US", None, product="42"),
    "activation": Activation("act-1", "+16505550101"),
    "activation_id": "act-1",
    "idempotency_key": "73b7c1de-5a0f-4c6e-9a51-0d2f3e4a5ff2",
    "service": "telegram",
    "country": "US",
    "known": 0,
    "wait_s": 0.0,
    "months": 1,
    "template": 1,
    "to": "+16505550101",
    "text": "Hello",
    "subscription": 7001,
    "auto_renew": True,
    "name": "Production key",
    "api_key": 2,
}


def table(provider: str) -> dict[str, list[str]]:
    """The endpoints of a page and the functions named beside them."""
    text = (PAGES / f"{provider}.md").read_text(encoding="utf-8")
    return {endpoint: re.findall(r"`([\w.]+)`", cell) for endpoint, cell in ROW.findall(text)}


def first_request(flow: Flow[Any]) -> httpx.Request:
    """What a flow sends first."""
    effect = flow.send(None)
    while not isinstance(effect, Send):
        effect = flow.send(0.0)
    flow.close()
    return effect.request


@pytest.mark.parametrize("provider", DOCUMENTS)
def test_a_page_lists_every_documented_endpoint(provider: str) -> None:
    """And none that is not documented."""
    documented = {f"{each.method} {each.path}" for each in ENDPOINTS if each.provider == provider}
    assert set(table(provider)) == documented


@pytest.mark.parametrize(
    ("provider", "endpoint"),
    [(each.provider, f"{each.method} {each.path}") for each in ENDPOINTS],
)
def test_the_functions_beside_an_endpoint_speak_it(provider: str, endpoint: str) -> None:
    """Each sends a request there."""
    functions = table(provider)[endpoint]
    assert bool(functions) is (endpoint not in ELSEWHERE)
    client = providers.create(provider, "http://127.0.0.1:1/base")
    method, _, path = endpoint.partition(" ")
    there = re.compile("/base" + re.sub(r"\{\w+\}", "[^/]+", path))
    for name in functions:
        function = attrgetter(name)(client)
        wanted = inspect.signature(function).parameters
        arguments = {each: SAMPLES[each] for each in wanted if each in SAMPLES}
        request = first_request(function(**arguments))
        assert request.method == method
        assert there.fullmatch(request.url.path)


@pytest.mark.parametrize("provider", DOCUMENTS)
def test_a_page_names_the_variables_and_the_address(provider: str) -> None:
    """Whoever sets a live run up needs no other page."""
    text = (PAGES / f"{provider}.md").read_text(encoding="utf-8")
    for variable in (*providers.key_variables(provider), providers.base_url_variable(provider)):
        assert f"`{variable}`" in text
    assert (providers.default_base_url(provider) or "publishes no base URL") in text


@pytest.mark.parametrize("provider", DOCUMENTS)
def test_a_page_tells_the_pace_and_the_capabilities(provider: str) -> None:
    """As the code has them."""
    text = (PAGES / f"{provider}.md").read_text(encoding="utf-8")
    capabilities = providers.create(provider, "http://127.0.0.1:1").capabilities
    rate, interval_s = capabilities.read_rate, capabilities.read_interval_s
    if interval_s:
        assert f"at most every {interval_s:.0f} seconds" in text
    if rate is not None:
        assert re.search(rf"\b{rate.limit} (?:reads|requests) a (?:second|minute)", text)
    assert "[pacing](../pacing.md)" in text

    def cell(row: str) -> str:
        found = re.search(rf"^\| {row} \| (\w+)", text, re.MULTILINE)
        assert found
        return found[1]

    yes = {True: "yes", False: "no"}
    assert cell("cancel for a refund") == yes[capabilities.cancels]
    assert cell("price before the purchase") == yes[capabilities.prices_first]
    assert cell("purchase repeated under its key") == yes[capabilities.idempotent]
    assert cell("purchases can be listed") == yes[capabilities.lists_purchases]
    assert "## Not stated by the provider" in text
