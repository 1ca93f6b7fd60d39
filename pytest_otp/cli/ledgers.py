"""The ledger that a subcommand works on: named on the command line, or as a run would find it.

A subcommand runs outside pytest, so it does not know the ini file: it takes ``--ledger``, then
``PYTEST_OTP_LEDGER`` (the environment or ``.env``), then the default place below this folder.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_otp import environment as variables
from pytest_otp import values
from pytest_otp.errors import LedgerError, SettingsError
from pytest_otp.options import BY_NAME

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from pytest_otp.ledger import Ledger


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--ledger`` and ``--env-file``."""
    add_ledger(parser)
    parser.add_argument("--env-file", metavar="PATH", help="environment variables; default: .env")


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """``--ledger``."""
    option = BY_NAME["ledger"]
    parser.add_argument(
        "--ledger",
        metavar="PATH|URL",
        help=f"default: {option.environment}, else {option.default} in this folder; "
        f"pytest's ini file, and so {option.ini}, is not read",
    )


def environment(args: argparse.Namespace) -> Mapping[str, str]:
    """``os.environ`` over the file.

    Raises:
        SettingsError: the file that was named is not there, or what it says cannot be read.
    """
    named: str | None = args.env_file
    path = Path(".env" if named is None else named)
    return variables.read(path, f"--env-file {named}", flag="--env-file", needed=named is not None)


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Ledger]:
    """The ledger, which must exist.

    Raises:
        LedgerError: there is none, or it cannot be used.
        SettingsError: what names it is neither a path nor the URL of a database.
    """
    from pytest_otp import ledger as stores  # noqa: PLC0415 - only subcommands that need it
    from pytest_otp.core.rows import Owner  # noqa: PLC0415 - only subcommands that need it

    where = named(args)
    if is_missing(where):
        raise LedgerError(f"there is no ledger at {where}; name one with --ledger")
    ledger = stores.open(where, Owner(uuid4().hex, worker="sweep"))
    for notice in ledger.notices:
        print(f"pytest-otp: {notice}", file=sys.stderr)
    try:
        yield ledger
    finally:
        ledger.close()


def named(args: argparse.Namespace) -> Path | str:
    """Where the ledger is: the whole path of a file, or the URL of a database.

    Raises:
        SettingsError: what names it is neither.
    """
    option = BY_NAME["ledger"]
    said = {
        "--ledger": args.ledger,
        option.environment: environment(args).get(option.environment) or None,
        "": option.default,
    }
    source, text = next((name, text) for name, text in said.items() if text is not None)
    try:
        where = values.ledger(text)
    except ValueError as error:
        raise SettingsError(f"{source}={values.shown(option, text)}: {error}") from None
    return where.absolute() if isinstance(where, Path) else where


def is_missing(where: Path | str) -> bool:
    """Whether there is no such file; of a database that is found out when it is opened."""
    return isinstance(where, Path) and not where.is_file()
