"""What the ledger costs: leases a second of 1, 4 and 16 processes, after 100 and 100,000 others.

Run with `python benchmarks/ledger.py`, with a PostgreSQL database's URL to measure that too; the
database must be an empty one. A lease is three transactions: the intent with its claims on two
budgets that all processes share, the purchase, the refund. Aim: no process fails, and the cost of
a transaction does not grow with the history.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_otp import ledger as stores
from pytest_otp.core.budget import Budget, Claim
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import Intended, NumberBought, Refunded
from pytest_otp.models import Activation, Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from pytest_otp.core.states import Event
    from pytest_otp.ledger import Ledger

PRICE = Money.parse("0.10 USD")
PLENTY = Money.parse("1000000 USD")
CLAIMS = tuple(Claim(Budget(key, key, PLENTY), PRICE) for key in ("run:benchmark", "day"))
SPAWN = multiprocessing.get_context("spawn")


def life(lease_id: str) -> Iterator[Event]:
    """Buy a number and give it back."""
    yield Intended(
        lease_id=lease_id,
        provider="dogesms",
        base_url="http://127.0.0.1:8025/dogesms",
        service="telegram",
        country="US",
        idempotency_key=lease_id,
        asked=PRICE,
        test="tests/test_sign_up.py::test_sign_up[chromium]",
        tags=("signup",),
        claims=CLAIMS,
    )
    activation = Activation(id=str(uuid4()), number="+12025550123", price=PRICE)
    yield NumberBought(lease_id=lease_id, activation=activation)
    yield Refunded(lease_id=lease_id)


def lease_for(
    seconds: float, where: Path | str, start: Barrier, results: Queue[list[float]]
) -> None:
    """As one process: lease without a pause, and tell how long each transaction took."""
    took = []
    with closing(stores.open(where, Owner(uuid4().hex, "benchmark"))) as ledger:
        start.wait()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in life(str(uuid4())):
                began = time.perf_counter()
                ledger.record(event, time.time())
                took.append(time.perf_counter() - began)
    results.put(took)


def measure(where: Path | str, processes: int, seconds: float) -> None:
    """Print one row."""
    start, results = SPAWN.Barrier(processes), SPAWN.Queue()
    crowd = [
        SPAWN.Process(target=lease_for, args=(seconds, where, start, results))
        for _ in range(processes)
    ]
    for process in crowd:
        process.start()
    took = [each for _ in crowd for each in results.get(timeout=600)]
    for process in crowd:
        process.join()
    assert all(process.exitcode == 0 for process in crowd), "a process failed"
    rate = len(took) / 3 / seconds
    worst = quantiles(took, n=100)[98]
    print(
        f"  {processes:9} {rate:10.0f} {1e3 * median(took):11.2f}"
        f" {1e3 * worst:10.1f} {1e3 * max(took):9.0f}",
        flush=True,
    )


def fill(ledger: Ledger, leases: int) -> None:
    """A history: copies of one lease, under ids that are as scattered as real ones."""
    template = str(uuid4())
    for event in life(template):
        ledger.record(event, 1.0)
    run = ledger._run  # type: ignore[attr-defined]  # noqa: SLF001 - a hundred times as fast
    columns = {
        "lease": "state, owner, run, test, provider, base_url, service, country, tags, asked,"
        " asked_currency, charged, refunded, charged_currency, activation_id, number,"
        " created_at, changed_at",
        "event": "name, at, body",
        "claim": "budget, amount",
    }

    def copy() -> None:
        for _ in range(leases - 1):
            lease_id = str(uuid4())
            for table, names in columns.items():
                run(
                    f"INSERT INTO {table} (lease_id, {names})"  # noqa: S608 - constants of ours
                    f" SELECT ?, {names} FROM {table} WHERE lease_id = ?",
                    lease_id,
                    template,
                )

    ledger._transact(copy)  # type: ignore[attr-defined]  # noqa: SLF001 - likewise


def open_cost(where: Path | str) -> float:
    """Seconds to open the ledger and to look for leases of dead owners."""
    began = time.perf_counter()
    with closing(stores.open(where, Owner(uuid4().hex))) as ledger, ledger.orphans() as rows:
        assert rows == []
        return time.perf_counter() - began


def report(where: Path | str, histories: list[int], seconds: float) -> None:
    """Print a block for one ledger that grows."""
    there = 0
    for history in histories:
        with closing(stores.open(where, Owner(uuid4().hex, "history"))) as ledger:
            fill(ledger, history - there)
        there = history
        opening = median(open_cost(where) for _ in range(5))
        print(f"after {history} leases; opening and looking for orphans {1e3 * opening:.1f} ms")
        print("  processes   leases/s   median ms     p99 ms    max ms")
        for processes in (1, 4, 16):
            measure(where, processes, seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("postgres", nargs="?", help="URL of an empty database")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each row")
    parser.add_argument("--histories", type=int, nargs="+", default=[100, 100_000])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite (one file)")
        report(Path(folder, "ledger.sqlite3"), args.histories, args.seconds)
    if args.postgres:
        print("PostgreSQL")
        report(args.postgres, args.histories, args.seconds)


if __name__ == "__main__":
    main()
