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
    parser.add_argument(
        "--ledger", metavar="PATH|URL", help="default: the one that a run here uses"
    )
    parser.add_argument("--env-file", metavar="PATH", help="environment variables; default: .env")


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

    where = _named(args)
    if isinstance(where, Path) and not where.is_file():
        raise LedgerError(f"there is no ledger at {where}; name one with --ledger")
    ledger = stores.open(where, Owner(uuid4().hex, worker="sweep"))
    for notice in ledger.notices:
        print(f"pytest-otp: {notice}", file=sys.stderr)
    try:
        yield ledger
    finally:
        ledger.close()


def _named(args: argparse.Namespace) -> Path | str:
    option = BY_NAME["ledger"]
    text = args.ledger or environment(args).get(option.environment) or option.default or ""
    try:
        where = values.ledger(text)
    except ValueError as error:
        raise SettingsError(f"--ledger={values.shown(option, text)}: {error}") from None
    return where.absolute() if isinstance(where, Path) else where
