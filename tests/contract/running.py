"""Runs a provider's flow over real HTTP, with either driver."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar, cast

import httpx

from pytest_otp.drivers.asynchronous import AsyncDriver
from pytest_otp.drivers.blocking import BlockingDriver
from pytest_otp.drivers.clock import Clock
from pytest_otp.drivers.credentials import (
    AsyncCredentialTransport,
    CredentialTransport,
    unverified_context,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.effects import Flow
    from pytest_otp.drivers.credentials import Keyring
    from pytest_otp.ledger import Ledger

T = TypeVar("T")

TIMEOUT = httpx.Timeout(10.0)
# A provider's flow records nothing.
NO_LEDGER = cast("Ledger", None)


def run_blocking(
    flow: Flow[T], keyring: Keyring, timeout: httpx.Timeout = TIMEOUT, clock: Clock | None = None
) -> T:
    """Run in this thread."""
    wire = httpx.HTTPTransport(verify=unverified_context())
    with httpx.Client(transport=CredentialTransport(keyring, wire), timeout=timeout) as client:
        return BlockingDriver(client, NO_LEDGER, clock or Clock()).run(flow)


def run_asyncio(
    flow: Flow[T], keyring: Keyring, timeout: httpx.Timeout = TIMEOUT, clock: Clock | None = None
) -> T:
    """Run in an event loop of its own."""

    async def main() -> T:
        wire = httpx.AsyncHTTPTransport(verify=unverified_context())
        transport = AsyncCredentialTransport(keyring, wire)
        async with httpx.AsyncClient(transport=transport, timeout=timeout) as client:
            return await AsyncDriver(client, NO_LEDGER, clock or Clock()).run(flow)

    return asyncio.run(main())


RUNNERS: dict[str, Callable[..., object]] = {"blocking": run_blocking, "asyncio": run_asyncio}
