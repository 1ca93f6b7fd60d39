"""A process with a ledger, which does what it is told: a line in, a line out.

``ToldProcess`` starts one and talks to it; the rest of this file is what runs there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.errors import BudgetExceeded
from tests.contract.leasing import bought, claim, intended

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.ledger import Ledger

# Beyond any test: whoever waits for more than this is left over from a test that failed.
PATIENCE_S: Final = 120
# The root goes to the end, so that the sources in it do not hide an installed wheel.
_LAUNCH: Final = """
import sys
sys.path.append(sys.argv.pop(1))
from tests.contract.ledger_process import main
main(*sys.argv[1:])
"""


class ToldProcess:
    """The process, seen from the test."""

    def __init__(self, where: Path | str, owner: str) -> None:
        root = Path(__file__).parents[2]
        self.owner = owner
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _LAUNCH, root, str(where), owner],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        """Say what to do."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Wait for the answer."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the process ended with {self._process.wait()}"
        return line.strip()

    def ask(self, line: str) -> str:
        """Say what to do and wait until it is done."""
        self.tell(line)
        return self.answer()

    def kill(self) -> None:
        """End it with SIGKILL; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


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
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE_S)
        signal.pause()
        os._exit(0)
    return str(child)


def sweep(ledger: Ledger) -> str:
    """Hold the orphans until the next line is read."""
    with ledger.orphans() as rows:
        say(" ".join(row.lease_id for row in rows))
        sys.stdin.readline()
    return "swept"


VERBS: dict[str, Callable[[Ledger], str]] = {
    verb.__name__: verb for verb in (hold, race, fork, sweep)
}


def say(line: str) -> None:
    """Answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(where: str, owner: str) -> None:
    """Open the ledger and obey until the end of the input."""
    signal.alarm(PATIENCE_S)
    ledger = stores.open(where if "://" in where else Path(where), Owner(owner, "run"))
    say("ready")
    for line in iter(sys.stdin.readline, ""):
        say(VERBS[line.strip()](ledger))
    ledger.close()
