"""What ``otp_lease`` hands out: a factory of phones, whose leases end with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_otp.markers import lease_options
from pytest_otp.stopping import OrderlyStop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Money
    from pytest_otp.phone import Phone
    from pytest_otp.runtime import Runtime
    from pytest_otp.settings import Settings


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


def leasing(test: pytest.Item, settings: Settings, runtime: Runtime) -> Iterator[LeaseFactory]:
    """The life of the fixture ``otp_lease``: the factory, and in teardown the end of its leases.

    Raises:
        pytest.UsageError: a marker of the test is wrong.
    """
    options = lease_options(test, settings)
    leases: list[Lease] = []
    stop = OrderlyStop()

    def lease(**given: object) -> Phone:
        __tracebackhide__ = True
        return runtime.lease(options.override(given), test.nodeid, leases)

    with stop.installed():
        yield lease
        with stop.shielded():
            runtime.settle(leases)
