"""A process that owns leases, for tests of who lives and who is dead."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.errors import BudgetExceeded
from tests.contract.leasing import bought, claim, intended
from tests.contract.told import PATIENCE_S, obey, say

if TYPE_CHECKING:
    from pytest_otp.ledger import Ledger


def hold(ledger: Ledger) -> str:
    """Buy a number and keep it."""
    lease_id = str(uuid4())
    ledger.record(intended(lease_id), 1.0)
    ledger.record(bought(lease_id), 2.0)
    return lease_id


def race(ledger: Ledger) -> str:
    """Buy until the budget of five numbers refuses."""
    count = 0
    while True:
        lease_id = str(uuid4())
        try:
            ledger.record(intended(lease_id, claim("day:2023-11-14", "5.00 USD")), 1.0)
        except BudgetExceeded:
            return str(count)
        count += 1
        ledger.record(bought(lease_id), 2.0)


def fork(_ledger: Ledger) -> str:
    """Leave a child behind that has inherited all that this process holds open."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"!")
        signal.alarm(PATIENCE_S)
        signal.pause()
        os._exit(0)
    os.read(reader, 1)  # until then the child has not let go of anything
    return str(child)


def sweep(ledger: Ledger) -> str:
    """Hold the orphans until the next line is read."""
    with ledger.orphans() as rows:
        say(" ".join(row.lease_id for row in rows))
        sys.stdin.readline()
    return "swept"


def main(where: str, owner: str) -> None:
    """Open the ledger and obey."""
    ledger = stores.open(where if "://" in where else Path(where), Owner(owner, "run"))
    obey({verb.__name__: partial(verb, ledger) for verb in (hold, race, fork, sweep)})
    ledger.close()
