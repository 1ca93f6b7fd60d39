"""Lease, SMS, code, close: with the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp import LeaseFactory, Phone, Sandbox


def test_code(otp_phone: Phone, otp_sandbox: Sandbox, n: int) -> None:
    """A test as users write them."""
    otp_sandbox.deliver(otp_phone.number, f"Your code is {100_000 + n}")
    assert otp_phone.wait_for_code() == str(100_000 + n)


def test_calls(otp_lease: LeaseFactory, otp_sandbox: Sandbox, rounds: Iterator[int]) -> None:
    """The same without pytest's own work around it."""
    for n in rounds:
        phone = otp_lease()
        otp_sandbox.deliver(phone.number, f"Your code is {100_000 + n}")
        assert phone.wait_for_code() == str(100_000 + n)
        phone.finish()
