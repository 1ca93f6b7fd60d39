"""The fixtures that tests ask for. Nothing heavy is imported until one of them is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from pytest_otp.leasing import LeaseFactory
    from pytest_otp.phone import Phone
    from pytest_otp.run import Run
    from pytest_otp.runtime import Runtime
    from pytest_otp.sandbox.handle import Sandbox
    from pytest_otp.settings import Settings

RUN: Final[pytest.StashKey[Run]] = pytest.StashKey()


def run_of(config: pytest.Config) -> Run:
    """What this process knows of its run, made when it is first asked for.

    Raises:
        pytest.UsageError: a setting is wrong.
    """
    if RUN not in config.stash:
        from pytest_otp import run, run_hooks  # noqa: PLC0415 - only runs that need it

        config.stash[RUN] = run.Run(config)
        config.pluginmanager.register(run_hooks)
    return config.stash[RUN]


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
    from pytest_otp.runtime import opened  # noqa: PLC0415 - only runs that lease

    yield from opened(run_of(pytestconfig), otp_settings)


@pytest.fixture
def otp_lease(
    request: pytest.FixtureRequest, otp_settings: Settings, _otp_runtime: Runtime
) -> Iterator[LeaseFactory]:
    """Leases numbers for this test: ``otp_lease(country="GB")``. All are closed in teardown."""
    from pytest_otp.leasing import leasing  # noqa: PLC0415 - only runs that lease

    yield from leasing(request.node, otp_settings, _otp_runtime)


@pytest.fixture
def otp_phone(otp_lease: LeaseFactory) -> Phone:
    """A phone of this test's own, leased as its markers and the settings say."""
    __tracebackhide__ = True
    return otp_lease()
