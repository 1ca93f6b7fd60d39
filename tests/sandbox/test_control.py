"""The control API, over HTTP: what `Sandbox` does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.server import RunningSandbox

SMS = {"to": "+12025550123", "text": "x", "from": "A"}


@pytest.fixture
def control(running: RunningSandbox) -> Iterator[httpx.Client]:
    """A client of the control API."""
    with httpx.Client(base_url=f"{running.url}/_sandbox/", trust_env=False) as client:
        yield client
        client.delete("market")
        client.delete("faults")


def test_health_tells_what_this_is(control: httpx.Client) -> None:
    """A client can tell a sandbox from anything else, and learns the seed."""
    health = control.get("health").json()
    assert (health["sandbox"], health["seed"]) == ("pytest-otp", 1)
    assert "sandbox" in health["dialects"]


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("POST", "messages", {"to": "+12025550123", "text": "x"}, "the field 'from' is missing"),
        ("POST", "messages", {"to": "123", "text": "x", "from": "A"}, "must be a number in E.164"),
        ("POST", "clock", {"advance_s": -1}, "'advance_s' must be a number of seconds, 0 or more"),
        ("POST", "clock", {"advance_s": 10**400}, "and ten years at most, not 1000"),
        ("POST", "messages", {**SMS, "delay_s": 1e300}, "ten years at most"),
        ("PUT", "carrier", {"median_s": 1e-9, "p95_s": 1}, "1000 times median_s at most"),
        ("POST", "market", {"stock": 0, "country": "UK"}, "no country 'UK'; there are AU, BR"),
        ("POST", "market", {"stock": 0, "service": "tinder"}, "no service 'tinder'; there are any"),
        ("POST", "market", {"price": "-1 USD"}, "a price must be 0 or more, not -1.00 USD"),
        ("POST", "clock", {"advance": 1}, "unknown field 'advance'; the fields are advance_s"),
        ("PUT", "carrier", {"median_s": 4, "p95_s": 2}, "p95_s must be median_s or more"),
        ("PUT", "carrier", {"median_s": 0, "p95_s": 2}, "a median_s of 0 has no spread"),
        ("POST", "faults", {"script": {}}, "the field 'script' must be a list"),
        ("POST", "faults", {"script": [], "seed": 1.5}, "the field 'seed' must be a whole number"),
        ("POST", "market", {"country": "US"}, "name what changes: stock, price, cancel_hold_s"),
        ("POST", "market", {"stock": -1}, "the field 'stock' must be a whole number, 0 or more"),
        ("POST", "market", {"stock": 1, "dialect": "x"}, "no dialect 'x'; there are sandbox"),
        ("PUT", "wallet", {"account": "a", "available": 5}, "must be money, such as"),
        ("PUT", "wallet", {"account": "a", "available": "5 EUR"}, "must be 0 USD or more, not"),
        ("PUT", "wallet", {"account": "a", "available": "-1 USD"}, "must be 0 USD or more, not"),
        ("POST", "keys/revoke", {"account": "a", "dialect": "x"}, "no dialect 'x'"),
        ("GET", "wallet", None, "name the account: ?account=<key>"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence(
    control: httpx.Client, method: str, path: str, body: object, sentence: str
) -> None:
    """400, with a sentence that names the field and what would be right."""
    response = control.request(method, path, json=body)
    assert response.status_code == 400
    assert sentence in response.json()["error"]


def test_the_clock_is_moved_and_told(control: httpx.Client) -> None:
    """Advancing tells the new moment; so does reading."""
    before = control.get("clock").json()
    after = control.post("clock", json={"advance_s": 60}).json()
    assert after["advanced_s"] == before["advanced_s"] + 60
    assert after["now"] > before["now"]


def test_the_carrier_tells_its_latency(control: httpx.Client) -> None:
    """Median and percentile, as they were set."""
    latency = {"median_s": 4.0, "p95_s": 12.0}
    assert control.put("carrier", json=latency).json() == latency
    assert control.get("carrier").json() == latency
    assert control.put("carrier", json={"median_s": 0}).json() == {"median_s": 0, "p95_s": 0}


def test_the_script_is_told_with_its_seed(control: httpx.Client) -> None:
    """Whoever reads the faults can repeat them."""
    script = [{"path": "/sandbox/*", "status": 500, "probability": 0.5}]
    told = control.post("faults", json={"script": script, "seed": 42}).json()
    assert told["seed"] == 42
    assert control.get("faults").json() == told
    (fault,) = told["script"]
    assert {name: fault[name] for name in script[0]} == script[0]
    assert (fault["hits"], fault["times"]) == (0, None)


def test_the_terms_in_force_are_told(control: httpx.Client) -> None:
    """Oldest first, each with where it holds and what it sets."""
    rules: list[dict[str, Any]] = [
        {"service": "telegram", "country": "US", "account": "mine", "product": 0, "stock": 3},
        {"dialect": "sandbox", "price": "0.25 USD"},
        {"cancel_hold_s": 60},
    ]
    for rule in rules:
        control.post("market", json=rule)
    told = control.get("market").json()["rules"]
    assert [{k: v for k, v in rule.items() if v is not None} for rule in told] == rules
    control.delete("market?account=mine")
    assert len(control.get("market").json()["rules"]) == 2
