"""A process of a CI matrix: it leases numbers by a ledger that it shares with other machines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.errors import BudgetExceeded
from pytest_otp.markers import LeaseOptions
from pytest_otp.models import Money
from pytest_otp.runtime import Runtime
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.settings import Settings
from pytest_otp.sweep import sweep
from tests.contract.told import obey

if TYPE_CHECKING:
    from pytest_otp.core.lease import Lease
    from pytest_otp.phone import Phone

DAY = Money.parse("1.00 USD")


class Shard:
    """One process of a run on one host."""

    def __init__(self, where: str, host: str, worker: str, sandbox_url: str) -> None:
        self.ledger = stores.open(where, Owner(f"{host}-{worker}-{uuid4().hex}", host, worker))
        self._settings = Settings(service="any", ledger=where, budgets={"day": DAY})
        self._runtime = Runtime(self._settings, sandbox_url, self.ledger)
        self._sandbox = Sandbox(sandbox_url)
        self._phones: list[Phone] = []
        self._leases: list[Lease] = []

    def owner(self) -> str:
        """Who this is."""
        return self.ledger.owner.id

    def lease(self) -> str:
        """Buy one number."""
        options = LeaseOptions.of(self._settings)
        self._phones.append(self._runtime.lease(options, "test_shard.py::test", self._leases))
        return "1"

    def race(self) -> str:
        """Buy until the day's budget refuses."""
        count = 0
        while True:
            try:
                self.lease()
            except BudgetExceeded:
                return str(count)
            count += 1

    def sweep(self) -> str:
        """Finish what dead processes began."""
        return str(len(sweep(self.ledger, {}, own=False)))

    def spend(self) -> str:
        """Receive a code on the first number and give the others back."""
        phone = self._phones[0]
        self._sandbox.deliver(phone.number, "Your code is 123456")
        code = phone.wait_for_code()
        self._runtime.settle(self._leases)
        return code

    def close(self) -> None:
        """Let go of everything."""
        self._sandbox.close()
        self._runtime.close()
        self.ledger.close()


def main(where: str, host: str, worker: str, sandbox_url: str) -> None:
    """Obey as one process of a host."""
    shard = Shard(where, host, worker, sandbox_url)
    verbs = (Shard.owner, Shard.lease, Shard.race, Shard.sweep, Shard.spend)
    obey({verb.__name__: partial(verb, shard) for verb in verbs})
    shard.close()
