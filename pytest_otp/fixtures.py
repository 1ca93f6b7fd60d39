"""The fixtures that tests ask for. Nothing heavy is imported until one of them is set up."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Protocol

import pytest

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Message, Money
    from pytest_otp.phone import Extractor, Phone
    from pytest_otp.run import Run
    from pytest_otp.runtime import Runtime
    from pytest_otp.sandbox.handle import Sandbox
    from pytest_otp.settings import Settings

RUN: Final = pytest.StashKey["Run"]()


def run_of(config: pytest.Config) -> Run:
    """What this process knows of its run, made when it is first asked for.

    Raises:
        pytest.UsageError: a setting is wrong.
    """
    if RUN not in config.stash:
        from pytest_otp.run import Run  # noqa: PLC0415 - only runs that need it

        config.stash[RUN] = Run(config)
    return config.stash[RUN]


class LeaseFactory(Protocol):
    """The type of ``otp_lease``: call it for each phone that the test needs."""

    def __call__(
        self,
        *,
        service: str | None = None,
        country: str | Sequence[str] | None = None,
        provider: str | Sequence[str] | None = None,
        max_price: str | Money | None = None,
        tags: Sequence[str] | None = None,
        timeout: float | None = None,
        reuse: bool | None = None,
    ) -> Phone:
        """Lease a number; what is not given comes from markers and settings."""
        ...


@pytest.fixture(scope="session")
def otp_settings(pytestconfig: pytest.Config) -> Settings:
    """The resolved settings; override it in a conftest and return a changed copy."""
    return run_of(pytestconfig).settings


@pytest.fixture(scope="session")
def otp_sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """The sandbox: its gateways' URLs for the application under test, and control over it."""
    from pytest_otp.sandbox.handle import Sandbox  # noqa: PLC0415 - only runs that lease

    url = run_of(pytestconfig).sandbox_url()
    if url is None:
        pytest.skip("otp_sandbox: this run is live, and has no sandbox")
    sandbox = Sandbox(url)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def _otp_runtime(pytestconfig: pytest.Config, otp_settings: Settings) -> Iterator[Runtime]:
    __tracebackhide__ = True
    from pytest_otp import consent, targets  # noqa: PLC0415 - only runs that lease
    from pytest_otp.runtime import Runtime  # noqa: PLC0415 - only runs that lease

    run = run_of(pytestconfig)
    run.check_override(otp_settings)
    if otp_settings.live:
        # Again: collection sees neither ``request.getfixturevalue`` nor an overridden fixture.
        consent.check(otp_settings)
    runtime = Runtime(otp_settings, run.sandbox_url(), run.ledger)
    with ExitStack() as held:
        if otp_settings.live:
            held.enter_context(targets.declared(otp_settings.targets))
        if otp_settings.mask_screenshots:
            from pytest_otp.browser import masking  # noqa: PLC0415 - only runs that ask for it

            held.enter_context(masking.switched_on())
        yield runtime
    runtime.close()


@pytest.fixture
def otp_lease(
    request: pytest.FixtureRequest, otp_settings: Settings, _otp_runtime: Runtime
) -> Iterator[LeaseFactory]:
    """Leases numbers for this test: ``otp_lease(country="GB")``. All are closed in teardown."""
    from pytest_otp.markers import lease_options  # noqa: PLC0415 - only runs that lease
    from pytest_otp.stopping import OrderlyStop  # noqa: PLC0415 - only runs that lease

    options = lease_options(request.node, otp_settings)
    leases: list[Lease] = []
    stop = OrderlyStop()

    def lease(**given: object) -> Phone:
        __tracebackhide__ = True
        asked = options.override(given)
        return _otp_runtime.lease(asked, request.node.nodeid, leases, _hook_of(request.node))

    with stop.installed():
        yield lease
        with stop.shielded():
            _otp_runtime.settle(leases)


def _hook_of(item: pytest.Item) -> Extractor:
    """The hook as this test sees it: a conftest decides for the tests beside and below it."""
    hook = item.ihook.pytest_otp_extract_code

    def extract(message: Message, pattern: re.Pattern[str] | None) -> str | None:
        __tracebackhide__ = True
        found: str | None = hook(message=message, pattern=pattern)
        return found

    return extract


@pytest.fixture
def otp_phone(otp_lease: LeaseFactory) -> Phone:
    """A phone of this test's own, leased as its markers and the settings say."""
    return otp_lease()
