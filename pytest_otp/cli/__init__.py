"""The command `pytest-otp`.

Each subcommand is one file beside this one, with `add_parser(subparsers)`, which sets `run(args)`
that returns the exit code. Only the file of the subcommand that is asked for is imported; a call
for help, or a wrong name, imports them all.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from pytest_otp.errors import OtpError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    "demo",
    "sandbox",
    "doctor",
    "offers",
    "leases",
    "sweep",
    "extract",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Args:
        argv: the words after `pytest-otp`; by default those of this process.

    Returns:
        The exit code: the subcommand's own, 1 after an error of the kit, 130 after Ctrl-C, 141
        where nobody reads the output any more.

    Raises:
        SystemExit: 2 for words that are no subcommand or option, 0 after `--help` or `--version`.
    """
    words = sys.argv[1:] if argv is None else argv
    args = _parser(words).parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The dots of a masked number are in few old encodings.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        exit_code: int = args.run(args)
        if sys.stdout is not None:  # it is after `>&-`
            sys.stdout.flush()
    except OtpError as error:
        print(f"pytest-otp: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough.
        _forget_output()
        return 141
    except OSError as error:
        print(f"pytest-otp: {error}", file=sys.stderr)
        if error.errno == errno.ENOSPC:
            _forget_output()
        return 1
    return exit_code


def _forget_output() -> None:
    """What is still buffered goes nowhere; Python would complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pytest-otp", description="Phone verification in pytest.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    asked = COMMANDS if not words or words[0] not in COMMANDS else (words[0],)
    if asked is COMMANDS:
        from importlib import metadata  # noqa: PLC0415 - slow import

        version = f"pytest-otp {metadata.version('pytest-otp')}"
        parser.add_argument("--version", action="version", version=version)
    for command in asked:
        import_module(f"{__name__}.{command}").add_parser(subparsers)
    return parser
