"""Ways to providers: their clients, their keys and the HTTP connections that they share.

One HTTP client per process, kept alive over all leases. A run that is not live talks http to
loopback only, so it neither loads the system's certificates nor looks for a proxy.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx

from pytest_otp import providers
from pytest_otp.drivers.asynchronous import AsyncDriver
from pytest_otp.drivers.blocking import BlockingDriver
from pytest_otp.drivers.clock import Clock
from pytest_otp.drivers.credentials import (
    AsyncCredentialTransport,
    CredentialTransport,
    Keyring,
    unverified_context,
)
from pytest_otp.errors import LedgerError, SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from pytest_otp.core.pacing import Poll
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.states import Event
    from pytest_otp.ledger import Ledger

# Beyond httpx's five seconds: a provider's purchase may take its suppliers a while.
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# A waiting lease holds a connection where its provider long-polls, and there may be a thousand.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


def real_base_url(name: str, environment: Mapping[str, str]) -> str:
    """Where the provider's real service is.

    Raises:
        SettingsError: it has no public address and the environment names none.
    """
    variable = providers.base_url_variable(name)
    found = environment.get(variable) or providers.default_base_url(name)
    if not found:
        raise SettingsError(
            f"{name} has no public address; set {variable} to the one you were told"
        )
    return found.rstrip("/")


class _NoLedger:
    def record(self, event: Event | Poll, at: float) -> None:
        raise LedgerError(f"{type(event).__name__} at {at} has no ledger to go to")


class Connections:
    """Providers and drivers for one account at each of them.

    Args:
        environment: where real keys are looked up.
        live: the real services may be spoken to.
    """

    def __init__(self, environment: Mapping[str, str], *, live: bool) -> None:
        self.clock = Clock()
        self._environment = environment
        self._keyring = Keyring()
        self._proxy = getproxies().get("https") if live else None
        self._tls = httpx.create_ssl_context() if live else unverified_context()
        self._client = httpx.Client(
            transport=self._transport(None),
            mounts={"https://": self._transport(self._proxy)} if self._proxy else None,
            timeout=_TIMEOUT,
        )
        self._async_clients: dict[asyncio.AbstractEventLoop, tuple[httpx.AsyncClient, int]] = {}

    def provider(self, name: str, sandbox_url: str | None, account: str) -> tuple[Provider, str]:
        """The provider and its base URL: the sandbox's, or the real one where there is none.

        Raises:
            SettingsError: the real one has no key or no address.
        """
        if sandbox_url is None:
            base_url = real_base_url(name, self._environment)
            return self.real(name, base_url), base_url
        base_url = f"{sandbox_url}/{name}"
        return self.rehearsal(name, base_url, account), base_url

    def rehearsal(self, name: str, base_url: str, account: str) -> Provider:
        """The provider as the sandbox speaks it, with an account of that name."""
        self.speak_as(account, name, base_url)
        return providers.create(name, base_url)

    def speak_as(self, account: str, name: str, base_url: str) -> None:
        """Have the requests below this URL come from that account of the sandbox."""
        self._keyring.add(providers.rehearsal_credentials(name, account, base_url))

    def real(self, name: str, base_url: str) -> Provider:
        """The provider's real service.

        Raises:
            SettingsError: there is no key for it.
        """
        credential = providers.credentials(name, self._environment, base_url)
        if credential is None:
            raise SettingsError(providers.missing_key(name))
        self._keyring.add(credential)
        return providers.create(name, base_url)

    def driver(self, ledger: Ledger) -> BlockingDriver:
        """A driver for any thread."""
        return BlockingDriver(self._client, ledger, self.clock)

    def reader(self) -> BlockingDriver:
        """A driver for flows that only ask; one that recorded something would be a mistake."""
        return BlockingDriver(self._client, _NoLedger(), self.clock)

    @asynccontextmanager
    async def async_driver(self, ledger: Ledger) -> AsyncIterator[AsyncDriver]:
        """A driver for the running event loop; all that wait there share one client.

        A loop may end with its test, and connections cannot outlive their loop: so the client
        is closed when the last wait on this loop is over.
        """
        loop = asyncio.get_running_loop()
        client, users = self._async_clients.get(loop) or (self._async_client(), 0)
        self._async_clients[loop] = client, users + 1
        try:
            yield AsyncDriver(client, ledger, self.clock)
        finally:
            client, users = self._async_clients[loop]
            if users > 1:
                self._async_clients[loop] = client, users - 1
            else:
                del self._async_clients[loop]
                await client.aclose()

    def answers(self, url: str) -> bool:
        """Whether anything at all listens at this URL."""
        try:
            self._client.get(url, timeout=5.0)
        except httpx.TransportError:
            return False
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _transport(self, proxy: str | None) -> CredentialTransport:
        wire = httpx.HTTPTransport(verify=self._tls, limits=_LIMITS, proxy=proxy)
        return CredentialTransport(self._keyring, wire)

    def _async_transport(self, proxy: str | None) -> AsyncCredentialTransport:
        wire = httpx.AsyncHTTPTransport(verify=self._tls, limits=_LIMITS, proxy=proxy)
        return AsyncCredentialTransport(self._keyring, wire)

    def _async_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._async_transport(None),
            mounts={"https://": self._async_transport(self._proxy)} if self._proxy else None,
            timeout=_TIMEOUT,
        )
