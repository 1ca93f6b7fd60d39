"""Lease, SMS, code, close: the same requests from a bare client, nothing recorded or settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Bare:
    """Two clients, as the kit has two: one for the account, one for the sandbox itself."""

    account: httpx.Client
    control: httpx.Client

    def lease(self) -> dict[str, Any]:
        """Ask what is for sale, and buy it."""
        wish = {"service": "any", "country": "US"}
        assert self.account.get("/offers", params=wish).json()["offers"]
        key = {"Idempotency-Key": str(uuid4())}
        activation: dict[str, Any] = self.account.post(
            "/activations", json=wish, headers=key
        ).json()
        return activation

    def deliver(self, number: str, text: str) -> None:
        """Send an SMS."""
        sms = {"to": number, "text": text, "from": "Sandbox", "delay_s": 0.0}
        assert self.control.post("/messages", json=sms).is_success

    def text(self, activation: dict[str, Any]) -> str:
        """Wait for the SMS."""
        wait = {"after": "0", "wait": "30.000"}
        read = self.account.get(f"/activations/{activation['id']}", params=wait)
        return str(read.json()["messages"][0]["text"])


@pytest.fixture(scope="session")
def bare() -> Iterator[Bare]:
    """A sandbox of this run's own, and its clients."""
    with (
        start() as running,
        httpx.Client(
            base_url=f"{running.url}/sandbox",
            headers={"Authorization": "Bearer bare"},
            trust_env=False,
        ) as account,
        httpx.Client(base_url=f"{running.url}/_sandbox", trust_env=False) as control,
    ):
        yield Bare(account, control)


@pytest.fixture
def activation(bare: Bare) -> dict[str, Any]:
    """A number of this test's own."""
    return bare.lease()


def test_code(bare: Bare, activation: dict[str, Any], n: int) -> None:
    """The twin of the kit's test."""
    bare.deliver(activation["number"], f"Your code is {100_000 + n}")
    assert bare.text(activation).endswith(str(100_000 + n))


def test_calls(bare: Bare, rounds: Iterator[int]) -> None:
    """The same without pytest's own work around it."""
    for n in rounds:
        activation = bare.lease()
        bare.deliver(activation["number"], f"Your code is {100_000 + n}")
        assert bare.text(activation).endswith(str(100_000 + n))
