"""Adds keys to requests, below every logger and every error text.

A key is bound to a base URL and joins only requests below it, so it cannot reach another host;
redirects are not followed. Proxies come from the environment for real services and never for
loopback, where a proxy could only be in the way.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import httpx

from pytest_otp.drivers import bodies
from pytest_otp.drivers.oauth import TokenSource, signed
from pytest_otp.providers.access import Header, OAuthClient

if TYPE_CHECKING:
    from pytest_otp.providers.access import Credential


class Keyring:
    """The keys by the URL that they are for. One keyring serves every transport of a process."""

    def __init__(self, *credentials: Credential) -> None:
        self._keys: dict[str, Header | TokenSource] = {}
        for credential in credentials:
            self.add(credential)

    def __repr__(self) -> str:
        return f"Keyring({sorted(self._keys)})"

    def add(self, credential: Credential) -> None:
        """Take an account's keys in; those that are there for the same URL are replaced."""
        for url, key in credential.keys.items():
            known = TokenSource(key) if isinstance(key, OAuthClient) else key
            self._keys[str(httpx.URL(url)).rstrip("/")] = known

    def key_for(self, url: httpx.URL) -> Header | TokenSource | None:
        """The key for the longest URL that ``url`` lies at or below."""
        asked = str(url)
        below = [base for base in self._keys if asked == base or asked.startswith(_under(base))]
        return self._keys[max(below, key=len)] if below else None


def _under(base: str) -> tuple[str, str]:
    return f"{base}/", f"{base}?"


class CredentialTransport(httpx.BaseTransport):
    """Signs each request on its way to the wire."""

    def __init__(self, keyring: Keyring, wire: httpx.BaseTransport) -> None:
        self._keyring = keyring
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a signed copy."""
        match self._keyring.key_for(request.url):
            case None:
                return self._wire.handle_request(request)
            case Header() as key:
                return self._wire.handle_request(signed(request, key))
            case TokenSource() as source:
                return self._exchange(source, request)

    def _exchange(self, source: TokenSource, request: httpx.Request) -> httpx.Response:
        steps = source.exchange(request, blocking=True)
        resume = partial(steps.send, None)
        while True:
            try:
                step = resume()
            except StopIteration as done:
                response: httpx.Response = done.value
                return response
            try:
                match step:
                    case httpx.Request():
                        resume = partial(steps.send, self._wire.handle_request(step))
                    case httpx.Response():
                        resume = partial(steps.send, bodies.read(step, time.monotonic))
                    case Future():
                        resume = partial(steps.send, step.result())
            except BaseException as error:  # noqa: BLE001 - the steps clean up, Ctrl-C included
                resume = partial(steps.throw, error)

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
        match self._keyring.key_for(request.url):
            case None:
                return await self._wire.handle_async_request(request)
            case Header() as key:
                return await self._wire.handle_async_request(signed(request, key))
            case TokenSource() as source:
                return await self._exchange(source, request)

    async def _exchange(self, source: TokenSource, request: httpx.Request) -> httpx.Response:
        steps = source.exchange(request, blocking=False)
        resume = partial(steps.send, None)
        while True:
            try:
                step = resume()
            except StopIteration as done:
                response: httpx.Response = done.value
                return response
            try:
                match step:
                    case httpx.Request():
                        answer = await self._wire.handle_async_request(step)
                        resume = partial(steps.send, answer)
                    case httpx.Response():
                        resume = partial(steps.send, await bodies.aread(step, time.monotonic))
                    case Future():
                        resume = partial(steps.send, await asyncio.wrap_future(step))
            except BaseException as error:  # noqa: BLE001 - the steps clean up, a cancelled task too
                resume = partial(steps.throw, error)

    async def aclose(self) -> None:
        """Close the wire."""
        await self._wire.aclose()


def unverified_context() -> ssl.SSLContext:
    """A context that trusts nobody, for runs that only speak http to loopback.

    Loading the system's certificates takes longer than a whole sandbox test.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
