"""``pytest-otp sweep``: collect refunds that are owed, and finish what dead runs began."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pytest_otp.cli import ledgers

if TYPE_CHECKING:
    import argparse

    from pytest_otp.sweep import Swept

# Longer than any provider's window: by then every debt is settled one way or the other.
_PATIENCE_S = 3600.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe ``pytest-otp sweep [--wait] [--dry-run]``."""
    parser = subparsers.add_parser(
        "sweep",
        help="collect what providers owe, and finish what dead runs began",
        description="Collect refunds that are owed and finish the leases of dead runs. "
        "Leases of runs that live are not touched. Exit code 1 while something is left.",
    )
    parser.add_argument("--wait", action="store_true", help="wait for refunds that are not due yet")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    ledgers.add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sweep once, or until nothing is left; each lease is told as soon as it is settled."""
    from pytest_otp.sweep import Waiting, sweeping  # noqa: PLC0415 - heavy: only when it runs

    with ledgers.opened(args) as ledger:
        if args.dry_run:
            with ledger.orphans() as rows:
                for row in rows:
                    print(f"{row.lease_id}  {row.state}  {row.provider}  {row.test}")
                print(f"would take up {len(rows)} {'lease' if len(rows) == 1 else 'leases'}")
            return 0
        wait_s = _PATIENCE_S if args.wait else 0.0
        settled = left = waits = 0
        for step in sweeping(ledger, ledgers.environment(args), own=False, wait_s=wait_s):
            if isinstance(step, Waiting):
                if step.leases != waits:
                    at = datetime.fromtimestamp(step.until).astimezone()
                    print(f"waiting for {step.leases}, the next at {at:%H:%M:%S}", flush=True)
                waits = step.leases
                continue
            print(_line(step), flush=True)
            settled += step.state.closed
            left += not step.state.closed
    print(f"settled {settled}, left {left}")
    return 1 if left else 0


def _line(swept: Swept) -> str:
    from pytest_otp.redact import mask_number  # noqa: PLC0415 - only when it runs

    number = mask_number(swept.row.number) if swept.row.number else "no number"
    why = f" ({swept.obstacle})" if swept.obstacle else ""
    return f"{swept.row.lease_id}  {number}  {swept.row.state} -> {swept.state}{why}"
