"""What one process of a run holds open: the ledger, the providers, one HTTP client, the sandbox.

Everything heavy of the kit is imported from here on, when the first test asks for a phone.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import httpx

from pytest_otp import providers
from pytest_otp.core import lifecycle
from pytest_otp.core.lifecycle import Wish
from pytest_otp.drivers.asynchronous import AsyncDriver
from pytest_otp.drivers.blocking import BlockingDriver
from pytest_otp.drivers.clock import Clock
from pytest_otp.drivers.credentials import (
    AsyncCredentialTransport,
    CredentialTransport,
    Keyring,
    unverified_context,
)
from pytest_otp.errors import SettingsError
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.phone import Phone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lifecycle import Lease
    from pytest_otp.core.provider import Provider
    from pytest_otp.settings import LeaseOptions, Settings

T = TypeVar("T")

# Beyond httpx's five seconds: a provider's purchase may take its suppliers a while.
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# A waiting lease holds a connection where its provider long-polls, and there may be a thousand.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


class Runtime:
    """Leases numbers and runs flows for one process of a run.

    Args:
        settings: resolved.
        sandbox_url: of the sandbox that rehearsals talk to.
        run: id of the run, the same in every xdist worker.
        worker: the xdist worker, or ``main``.

    Raises:
        LedgerError: the ledger cannot be used.
    """

    def __init__(self, settings: Settings, sandbox_url: str, *, run: str, worker: str) -> None:
        self._settings = settings
        self._sandbox_url = sandbox_url
        self._account = f"{run}-{worker}"
        self._providers: dict[str, Provider] = {}
        self._keyring = Keyring()
        self._clock = Clock()
        self._tls = unverified_context()
        self._ledger = SqliteLedger(settings.ledger, run=run, worker=worker, durable=settings.live)
        self._client = httpx.Client(
            transport=CredentialTransport(
                self._keyring, httpx.HTTPTransport(verify=self._tls, limits=_LIMITS)
            ),
            timeout=_TIMEOUT,
        )
        self._driver = BlockingDriver(self._client, self._ledger, self._clock)
        self._async_clients: dict[asyncio.AbstractEventLoop, tuple[httpx.AsyncClient, int]] = {}

    @property
    def account(self) -> str:
        """The sandbox's account of this process; each worker of each run has its own."""
        return self._account

    def run(self, flow: Flow[T]) -> T:
        """Run a flow in this thread."""
        __tracebackhide__ = True
        return self._driver.run(flow)

    @asynccontextmanager
    async def async_driver(self) -> AsyncIterator[AsyncDriver]:
        """A driver for the running event loop; all that wait there share one client.

        A loop may end with its test, and connections cannot outlive their loop: so the client
        is closed when the last wait on this loop is over.
        """
        loop = asyncio.get_running_loop()
        client, users = self._async_clients.get(loop) or (self._async_client(), 0)
        self._async_clients[loop] = client, users + 1
        try:
            yield AsyncDriver(client, self._ledger, self._clock)
        finally:
            client, users = self._async_clients[loop]
            if users > 1:
                self._async_clients[loop] = client, users - 1
            else:
                del self._async_clients[loop]
                await client.aclose()

    def _async_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=AsyncCredentialTransport(
                self._keyring, httpx.AsyncHTTPTransport(verify=self._tls, limits=_LIMITS)
            ),
            timeout=_TIMEOUT,
        )

    def lease(self, options: LeaseOptions, test: str, leases: list[Lease]) -> Phone:
        """Buy a number.

        Args:
            options: what the test asks for.
            test: its node id.
            leases: receives every lease that is begun, for ``close``.

        Raises:
            SettingsError: no service was named and the provider needs one.
            NumberUnavailable: nobody sells one as asked.
            ProviderError: the provider failed or refused.
        """
        __tracebackhide__ = True
        if options.service is None:
            raise SettingsError(
                f"{test}: no service is named, and {options.providers[0]} needs one; "
                "name it with --otp-service or @pytest.mark.otp(service=...)"
            )
        wish = Wish(
            service=options.service,
            countries=options.countries,
            max_price=options.max_price,
            test=test,
            tags=options.tags,
        )
        sellers = [self._provider(name) for name in options.providers]
        lease = self.run(lifecycle.acquire(wish, sellers, _new_id, leases))
        return Phone(lease, self, options.timeout_s)

    def settle(self, leases: list[Lease]) -> None:
        """Close the leases, newest first."""
        for lease in reversed(leases):
            self.run(lifecycle.close(lease))

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            base_url = f"{self._sandbox_url}/{name}"
            self._keyring.add(providers.rehearsal_credentials(name, self._account, base_url))
            self._providers[name] = providers.create(name, base_url)
        return self._providers[name]

    def close(self) -> None:
        """Let go of the connections and the ledger."""
        self._client.close()
        self._ledger.close()


def _new_id() -> str:
    return str(uuid4())
