"""What a transport error says about the request."""

from __future__ import annotations

import httpx
import pytest

from pytest_otp.core.effects import never_left


@pytest.mark.parametrize(
    "kind",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol],
)
def test_request_that_reached_nobody(kind: type[httpx.TransportError]) -> None:
    """No connection, no effect: a purchase that ended so bought nothing."""
    assert never_left(kind("no"))


@pytest.mark.parametrize(
    "kind",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.ProxyError,
    ],
)
def test_request_that_may_have_been_served(kind: type[httpx.TransportError]) -> None:
    """Once a byte may have left, nobody knows: a lost purchase is no failed one."""
    assert not never_left(kind("no"))


def test_interruption_proves_nothing() -> None:
    """Ctrl-C can strike after the request left."""
    assert not never_left(KeyboardInterrupt())
