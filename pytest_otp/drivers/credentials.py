"""Adds keys to requests, below every logger and every error text.

A key is bound to a base URL and joins only requests below it, so it cannot reach another host;
redirects are not followed. Proxies come from the environment for real services and never for
loopback, where a proxy could only be in the way.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping


class Keyring:
    """Headers that carry credentials, by the base URL that they are for."""

    def __init__(self) -> None:
        self._headers: dict[str, dict[str, str]] = {}

    def add(self, base_url: str, headers: Mapping[str, str]) -> None:
        """Bind headers to a base URL."""
        self._headers[base_url.rstrip("/") + "/"] = dict(headers)

    def __repr__(self) -> str:
        return f"Keyring({sorted(self._headers)})"

    def sign(self, request: httpx.Request) -> httpx.Request:
        """A copy of the request with the credentials for its URL; without any, the request."""
        url = str(request.url)
        for base, added in self._headers.items():
            if url.startswith(base):
                # A copy: the request that the flow, an exception and a log record hold has no key.
                return httpx.Request(
                    request.method,
                    request.url,
                    headers=[*request.headers.raw, *_raw(added)],
                    stream=request.stream,
                    extensions=request.extensions,
                )
        return request


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


class CredentialTransport(httpx.BaseTransport):
    """Signs each request on its way to the wire."""

    def __init__(self, keyring: Keyring, wire: httpx.BaseTransport) -> None:
        self._keyring = keyring
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a signed copy."""
        return self._wire.handle_request(self._keyring.sign(request))

    def close(self) -> None:
        """Close the wire."""
        self._wire.close()


class AsyncCredentialTransport(httpx.AsyncBaseTransport):
    """Signs each request on its way to the wire."""

    def __init__(self, keyring: Keyring, wire: httpx.AsyncBaseTransport) -> None:
        self._keyring = keyring
        self._wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a signed copy."""
        return await self._wire.handle_async_request(self._keyring.sign(request))

    async def aclose(self) -> None:
        """Close the wire."""
        await self._wire.aclose()


def unverified_context() -> ssl.SSLContext:
    """A context that trusts nobody, for runs that only speak http to loopback.

    Loading the system's certificates takes longer than a whole sandbox test.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
