"""What one process of a run holds open: the ledger, the providers and the connections.

Everything heavy of the kit is imported from here on, when the first test asks for a phone.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from pytest_otp import consent, targets
from pytest_otp.connections import Connections
from pytest_otp.core import buying, lifecycle
from pytest_otp.core.budget import Limits, Rates
from pytest_otp.core.lease import Wish
from pytest_otp.errors import NotSupported, OtpError, SettingsError
from pytest_otp.phone import Phone
from pytest_otp.providers import sandbox as providers_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.core.provider import Provider
    from pytest_otp.ledger import Ledger
    from pytest_otp.markers import LeaseOptions
    from pytest_otp.phone import Extractor
    from pytest_otp.run import Run
    from pytest_otp.settings import Settings

T = TypeVar("T")

_NOT_ASYNCIO: Final = (
    "the async waits are for asyncio, and this task is run by something else; under trio write "
    "await trio.to_thread.run_sync(otp_phone.wait_for_code); under anyio the fixture anyio_backend "
    "may return 'asyncio'"
)


class Runtime:
    """Leases numbers and runs flows for one process of a run.

    Args:
        settings: resolved.
        sandbox_url: of the sandbox that rehearsals talk to; None in a live run.
        ledger: opened, and closed by whoever opened it.
    """

    def __init__(self, settings: Settings, sandbox_url: str | None, ledger: Ledger) -> None:
        self._settings = settings
        self._sandbox_url = sandbox_url
        self._ledger = ledger
        self._connections = Connections(settings.environment, live=settings.live)
        self._driver = self._connections.driver(ledger)
        self._providers: dict[str, Provider] = {}
        self._leases: list[Lease] = []
        self._addresses: dict[str, str] = {}
        self._limits = Limits(
            scope=ledger.owner.run,
            run=settings.budget,
            test=settings.budgets.get("test"),
            day=settings.budgets.get("day"),
            tags={
                key.removeprefix("tag:"): limit
                for key, limit in settings.budgets.items()
                if key.startswith("tag:")
            },
            rates=Rates(settings.rates),
            unpriced=settings.unpriced,
        )

    @property
    def account(self) -> str:
        """The sandbox's account of this process; each worker of each run has its own."""
        return self._ledger.owner.account

    def run(self, flow: Flow[T]) -> T:
        """Run a flow in this thread."""
        __tracebackhide__ = True
        try:
            return self._driver.run(flow)
        except OtpError as error:
            # The test's own line is what its author looks for; ours are none of his business.
            raise error.with_traceback(None)  # noqa: B904 - it is the same error

    async def run_async(self, flow: Flow[T]) -> T:
        """Run a flow in this asyncio task.

        Raises:
            NotSupported: another library than asyncio runs this task.
        """
        __tracebackhide__ = True
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise NotSupported(_NOT_ASYNCIO) from None
        try:
            async with self._connections.async_driver(self._ledger) as driver:
                return await driver.run(flow)
        except OtpError as error:
            raise error.with_traceback(None)  # noqa: B904 - it is the same error

    def lease(
        self,
        options: LeaseOptions,
        test: str,
        leases: list[Lease],
        extract: Extractor | None = None,
    ) -> Phone:
        """Buy a number.

        Args:
            options: what the test asks for.
            test: its node id.
            leases: receives every lease that is begun, for ``settle``.
            extract: the project's own way to a code, if it has one.

        Raises:
            SettingsError: no service was named and the provider needs one.
            NumberUnavailable: nobody sells one as asked.
            BudgetExceeded: no budget has room for it.
            ProviderError: the provider failed or refused.
        """
        __tracebackhide__ = True
        if options.service is None:
            raise SettingsError(options.without_service(test))
        sellers = [self._provider(name) for name in options.providers]
        wish = Wish(
            service=options.service,
            countries=options.countries,
            max_price=options.max_price,
            test=test,
            tags=options.tags,
            reuse=options.reuse,
            limits=self._limits,
            addresses=self._addresses,
        )
        lease = self.run(buying.acquire(wish, sellers, _new_id, leases))
        offer = lease.offer
        lease.account = self._account_at(offer.provider)
        if not lease.provider.capabilities.long_poll_s:
            # Else nothing is planned by them: the provider answers when a message comes.
            lease.arrivals = self._ledger.arrivals(offer.provider, offer.service, offer.country)
        self._leases.append(lease)
        return Phone(lease, self, options.timeout_s, extract)

    def _account_at(self, provider: str) -> str:
        """What shares a provider's rate limit: a sandbox's account of ours, or the real one."""
        address = self._addresses[provider]
        return address if self._settings.live else f"{address} {self.account}"

    def settle(self, leases: list[Lease]) -> None:
        """Close the leases, newest first; one that fails keeps none of the others from it."""
        self._leases = [each for each in self._leases if each not in leases]
        with ExitStack() as closing:
            for lease in leases:
                closing.callback(self.run, lifecycle.close(lease))

    @property
    def leases(self) -> list[Lease]:
        """The numbers that tests of this process hold now."""
        return list(self._leases)

    def strays_since(self, began: float) -> Callable[[], Flow[Sequence[str]]] | None:
        """A flow for the numbers, held by nobody, that messages went to; None in a live run."""
        if self._sandbox_url is None:
            return None
        return partial(providers_sandbox.strays, self._sandbox_url, began)

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            provider, base_url = self._connections.provider(name, self._sandbox_url, self.account)
            self._providers[name], self._addresses[name] = provider, base_url
        return self._providers[name]

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()


def _new_id() -> str:
    return str(uuid4())


def opened(run: Run, settings: Settings) -> Iterator[Runtime]:
    """The life of the runtime of a session, as a fixture.

    Args:
        run: whose ledger and sandbox it uses.
        settings: of the run, as the project may have changed them.

    Raises:
        pytest.UsageError: the settings change what is in use already, or there is no sandbox.
        SettingsError: consent to a live run is missing.
        LedgerError: the ledger cannot be used.
    """
    __tracebackhide__ = True
    run.check_override(settings)
    if settings.live:
        # Again: collection sees neither ``request.getfixturevalue`` nor an overridden fixture.
        consent.check(settings)
    runtime = Runtime(settings, run.sandbox_url(), run.ledger)
    with ExitStack() as held:
        if settings.live:
            held.enter_context(targets.declared(settings.targets))
        if settings.mask_screenshots:
            from pytest_otp.browser import masking  # noqa: PLC0415 - only runs that ask for it

            held.enter_context(masking.switched_on())
        yield runtime
    runtime.close()
