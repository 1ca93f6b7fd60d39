"""``pytest-otp leases``: what the ledger holds, one line a lease."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pytest_otp.cli import ledgers

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe ``pytest-otp leases [--open]``."""
    parser = subparsers.add_parser(
        "leases",
        help="list the leases of the ledger",
        description="List the leases of the ledger, oldest first; numbers are masked.",
    )
    parser.add_argument("--open", action="store_true", help="only those that are not settled")
    ledgers.add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the lines."""
    from pytest_otp.redact import mask_number  # noqa: PLC0415 - only when it runs

    with ledgers.opened(args) as ledger:
        rows = ledger.rows(open_only=args.open)
    for row in rows:
        at = f"{datetime.fromtimestamp(row.created_at, UTC):%Y-%m-%d %H:%M:%S}Z"
        number = mask_number(row.number) if row.number else "-"
        price = row.charged or row.asked or "-"
        print(f"{at}  {row.state:<11}  {row.provider:<12}  {number:<14}  {price}  {row.test}")
    return 0
