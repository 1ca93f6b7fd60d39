"""Lease, SMS, code, close: with the kit, and the same requests from a bare httpx client."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import httpx
import pytest

from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pytest_otp import LeaseFactory, Phone, Sandbox

    Span = Callable[[str], AbstractContextManager[None]]


class Bare:
    """Two clients, as the kit has two: one for the account, one for the sandbox itself.

    Nothing is recorded, extracted or settled.
    """

    def __init__(self, account: httpx.Client, control: httpx.Client) -> None:
        self._account = account
        self._control = control

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[Self]:
        """The clients of a sandbox."""
        key = {"Authorization": "Bearer bare"}
        with (
            httpx.Client(base_url=f"{url}/sandbox", headers=key, trust_env=False) as account,
            httpx.Client(base_url=f"{url}/_sandbox", trust_env=False) as control,
        ):
            yield cls(account, control)

    def lease(self) -> dict[str, Any]:
        """Ask what is for sale, and buy it."""
        wish = {"service": "any", "country": "US"}
        assert self._account.get("/offers", params=wish).json()["offers"]
        key = {"Idempotency-Key": str(uuid4())}
        bought = self._account.post("/activations", json=wish, headers=key)
        activation: dict[str, Any] = bought.json()
        return activation

    def deliver(self, number: str, text: str) -> None:
        """Send an SMS."""
        sms = {"to": number, "text": text, "from": "Sandbox", "delay_s": 0.0}
        assert self._control.post("/messages", json=sms).is_success

    def text(self, activation: dict[str, Any]) -> str:
        """Wait for the SMS."""
        wait = {"after": "0", "wait": "30.000"}
        read = self._account.get(f"/activations/{activation['id']}", params=wait)
        return str(read.json()["messages"][0]["text"])


@pytest.fixture(scope="session")
def bare() -> Iterator[Bare]:
    """The clients of a sandbox of this run's own."""
    with start() as running, Bare.at(running.url) as bare:
        yield bare


@pytest.fixture
def activation(bare: Bare) -> dict[str, Any]:
    """A number of this test's own."""
    return bare.lease()


def test_kit(otp_phone: Phone, otp_sandbox: Sandbox, n: int) -> None:
    """A test as users write them."""
    otp_sandbox.deliver(otp_phone.number, f"Your code is {n:06}")
    assert otp_phone.wait_for_code() == f"{n:06}"


def test_bare(bare: Bare, activation: dict[str, Any], n: int) -> None:
    """Its twin."""
    bare.deliver(activation["number"], f"Your code is {n:06}")
    assert bare.text(activation).endswith(f"{n:06}")


def test_calls(otp_lease: LeaseFactory, otp_sandbox: Sandbox, span: Span, tests: int) -> None:
    """Both in turns, without pytest's own work around them."""
    with Bare.at(otp_sandbox.url) as bare:
        for n in range(tests):
            with span("kit"):
                phone = otp_lease()
                otp_sandbox.deliver(phone.number, f"Your code is {n:06}")
                assert phone.wait_for_code() == f"{n:06}"
                phone.finish()
            with span("bare"):
                activation = bare.lease()
                bare.deliver(activation["number"], f"Your code is {n:06}")
                assert bare.text(activation).endswith(f"{n:06}")
