"""``pytest-otp sweep``: collect refunds that are owed, and finish what dead runs began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp.cli import ledgers

if TYPE_CHECKING:
    import argparse

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
    """Sweep once, or until nothing is left."""
    from pytest_otp.redact import mask_number  # noqa: PLC0415 - only when it runs
    from pytest_otp.sweep import sweep  # noqa: PLC0415 - heavy: only when it runs

    with ledgers.opened(args) as ledger:
        if args.dry_run:
            with ledger.orphans() as rows:
                for row in rows:
                    print(f"{row.lease_id}  {row.state}  {row.provider}  {row.test}")
                print(f"would take up {len(rows)} leases")
            return 0
        wait_s = _PATIENCE_S if args.wait else 0.0
        swept = sweep(ledger, ledgers.environment(args), own=False, wait_s=wait_s)
    for each in swept:
        number = mask_number(each.row.number) if each.row.number else "no number"
        why = f" ({each.obstacle})" if each.obstacle else ""
        print(f"{each.row.lease_id}  {number}  {each.row.state} -> {each.state}{why}")
    left = sum(not each.state.closed for each in swept)
    print(f"settled {len(swept) - left}, left {left}")
    return 1 if left else 0
