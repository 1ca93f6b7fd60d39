"""What ``otp_lease`` hands out: a factory of phones, whose leases end with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_otp.markers import lease_options
from pytest_otp.stopping import OrderlyStop

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    import pytest

    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Message, Money
    from pytest_otp.phone import Extractor, Phone
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
        return runtime.lease(options.override(given), test.nodeid, leases, _hook_of(test))

    with stop.installed():
        yield lease
        with stop.shielded():
            runtime.settle(leases)


def _hook_of(item: pytest.Item) -> Extractor:
    """The hook as this test sees it: a conftest decides for the tests beside and below it."""
    hook = item.ihook.pytest_otp_extract_code

    def extract(message: Message, pattern: re.Pattern[str] | None) -> str | None:
        __tracebackhide__ = True
        found: str | None = hook(message=message, pattern=pattern)
        return found

    return extract
