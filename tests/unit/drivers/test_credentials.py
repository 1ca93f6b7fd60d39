"""Keys join the requests that they are for, and are seen by nobody on the way."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.drivers.credentials import (
    AsyncCredentialTransport,
    CredentialTransport,
    Keyring,
)
from pytest_otp.providers.access import Credential, Header

if TYPE_CHECKING:
    from collections.abc import Callable

API = "https://api.example/v1"
KEYS = {
    API: Header("X-API-Key", "k-short"),
    f"{API}/admin": Header("Authorization", "Bearer k-long"),
}


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the keys that came."""
    return httpx.Response(
        200,
        json=[request.headers.get(name) for name in ("X-API-Key", "Authorization")],
    )


def blocking(ring: Keyring, url: str) -> list[str | None]:
    """The keys that a blocking client's request has on the wire."""
    transport = CredentialTransport(ring, httpx.MockTransport(echo))
    with httpx.Client(transport=transport) as client:
        keys: list[str | None] = client.get(url).json()
        return keys


def asynchronous(ring: Keyring, url: str) -> list[str | None]:
    """The keys that an asyncio client's request has on the wire."""

    async def main() -> list[str | None]:
        transport = AsyncCredentialTransport(ring, httpx.MockTransport(echo))
        async with httpx.AsyncClient(transport=transport) as client:
            keys: list[str | None] = (await client.get(url)).json()
            return keys

    return asyncio.run(main())


@pytest.mark.parametrize("sent", [blocking, asynchronous])
@pytest.mark.parametrize(
    ("url", "keys"),
    [
        (API, ["k-short", None]),
        (f"{API}?a=b", ["k-short", None]),
        (f"{API}/orders/1", ["k-short", None]),
        ("https://API.EXAMPLE:443/v1/orders", ["k-short", None]),
        (f"{API}/admin", [None, "Bearer k-long"]),
        (f"{API}/admin/2?x", [None, "Bearer k-long"]),
        (f"{API}/administrators", ["k-short", None]),
        ("https://api.example/v10", [None, None]),
        ("https://api.example/", [None, None]),
        ("http://api.example/v1/orders", [None, None]),
        ("https://api.example.evil/v1/orders", [None, None]),
        ("https://api.example@evil.example/v1/orders", [None, "Basic YXBpLmV4YW1wbGU6"]),
        ("https://evil.example/https://api.example/v1", [None, None]),
        (f"{API}/../v2/orders", [None, None]),
    ],
)
def test_a_key_joins_the_requests_below_its_url_and_no_others(
    sent: Callable[[Keyring, str], list[str | None]], url: str, keys: list[str | None]
) -> None:
    """The longest URL decides between two; another host, scheme or path gets none."""
    assert sent(Keyring(Credential(KEYS)), url) == keys


def test_a_key_is_replaced_by_a_later_one_for_the_same_url() -> None:
    """However the base URL is written."""
    ring = Keyring(Credential({API: Header("X-API-Key", "k-old")}))
    ring.add(Credential({"https://API.example:443/v1/": Header("X-API-Key", "k-new")}))
    assert blocking(ring, f"{API}/orders") == ["k-new", None]


def test_the_request_that_a_flow_holds_has_no_key() -> None:
    """Exceptions and log records hold it too."""
    request = httpx.Request("GET", f"{API}/orders")
    transport = CredentialTransport(
        Keyring(Credential(KEYS)), httpx.MockTransport(lambda _: httpx.Response(200))
    )
    with httpx.Client(transport=transport) as client:
        response = client.send(request)
    assert "X-API-Key" not in request.headers
    assert response.request is request


def test_a_key_is_in_no_log_record_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Not at DEBUG, not in a traceback with its locals: the wire is the real one."""
    caplog.set_level(logging.DEBUG)
    ring = Keyring(Credential({"http://127.0.0.1:1": Header("X-API-Key", "k-4711")}))
    transport = CredentialTransport(ring, httpx.HTTPTransport())
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError) as caught:
        client.get("http://127.0.0.1:1/orders")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "k-4711" not in "".join(shown.format())
    assert caplog.records
    assert not any("k-4711" in f"{vars(each)}" for each in caplog.records)
    assert "k-4711" not in repr(ring)
