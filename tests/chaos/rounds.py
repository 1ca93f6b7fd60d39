"""One round: runs that are killed, the sweep, and the comparison."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from tests.chaos import processes, suite
from tests.chaos.books import Books, Verdict, compare
from tests.chaos.plan import KEYLESS

if TYPE_CHECKING:
    from pytest_otp.sandbox.handle import Sandbox
    from tests.chaos.plan import Plan, RunPlan

_LEDGER: Final = ".pytest_otp/ledger.sqlite3"
_BUDGETS: Final = {"smscode": "5000000 IDR"}


def play(plan: Plan, sandbox: Sandbox) -> Verdict:
    """Play a round in processes of its own, beside what earlier rounds left in the sandbox."""
    verdict = Verdict()
    outputs: list[str] = []
    sold = len(sandbox.activations())
    opened = len(sandbox.wallets())
    with tempfile.TemporaryDirectory(prefix="otp-chaos-") as name:
        folder = Path(name)
        try:
            outputs += [_run(plan.provider, run, folder, sandbox, verdict) for run in plan.runs]
            _sweep(plan, folder, sandbox, verdict)
        except processes.Stuck as stuck:
            verdict.differences.append(str(stuck))
        books = _books(plan, folder, sandbox, sold, opened)
    found = compare(books)
    verdict.differences += found.differences
    verdict.counts += found.counts
    if verdict.differences:
        verdict.differences += [f"output of the run:\n{output}" for output in outputs]
        verdict.differences += [
            f"{row.owner.account}  {row.test}  {row.activation_id}  {books.events[row.lease_id]}"
            for row in books.rows
        ]
    return verdict


def _run(provider: str, plan: RunPlan, folder: Path, sandbox: Sandbox, verdict: Verdict) -> str:
    """One pytest process, from its start to the end of its last worker."""
    suite.write(folder, plan.kinds)
    for old in folder.glob("*.pid"):
        old.unlink()
    sandbox.set_cancel_hold(plan.hold_s)
    sandbox.set_latency(plan.latency_s)
    sandbox.clear_faults()
    for fault in plan.faults:
        sandbox.fault(**fault)
    sold = len(sandbox.activations())
    run = processes.PytestRun(
        folder,
        [
            f"--otp-sandbox-url={sandbox.url}",
            f"--otp-provider={provider}",
            "--otp-service=any",
            f"--otp-budget={_BUDGETS.get(provider, '500 USD')}",
            *(["-p", "xdist", f"-n{plan.workers}"] if plan.workers else []),
        ],
    )
    stopped = run.stop(plan.stop, lambda: len(sandbox.activations()) - sold)
    verdict.counts["runs"] += 1
    verdict.counts[f"{plan.stop.signal.name} to {plan.stop.target}" if stopped else "ended"] += 1
    verdict.counts["faults struck"] += sum(sandbox.fault_hits())
    return run.output()


def _sweep(plan: Plan, folder: Path, sandbox: Sandbox, verdict: Verdict) -> None:
    """All is well again and time has passed: what is left must be settled by one command."""
    sandbox.clear_faults()
    sandbox.advance(plan.advance_s)
    if not (folder / _LEDGER).exists():
        return
    sold = len(sandbox.activations())

    def age() -> None:
        # A purchase that never arrived is made by asking again under its key; then its hold runs.
        nonlocal sold
        if len(sandbox.activations()) > sold:
            sold = len(sandbox.activations())
            sandbox.advance(plan.advance_s)

    code, output = processes.sweep(folder, age)
    if code != 0:
        verdict.differences.append(f"the sweep ended with {code}:\n{output}")


def _books(plan: Plan, folder: Path, sandbox: Sandbox, sold: int, opened: int) -> Books:
    # A run that was stopped before its first lease has none: then this one is empty.
    with closing(SqliteLedger(folder / _LEDGER, Owner("auditor"))) as ledger:
        rows, budgets = ledger.rows(), ledger.budgets()
        events = {row.lease_id: [name for name, _ in ledger.events(row.lease_id)] for row in rows}
    return Books(
        rows=rows,
        events=events,
        budgets=budgets,
        activations=sandbox.activations()[sold:],
        wallets=sandbox.wallets()[opened:],
        keyless=plan.provider in KEYLESS,
    )
