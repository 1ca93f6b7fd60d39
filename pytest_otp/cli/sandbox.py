"""`pytest-otp sandbox`: the sandbox in the foreground, for a look around or for another process."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_otp.sandbox.server import RunningSandbox


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe `pytest-otp sandbox [--port PORT] [--seed SEED]`."""
    parser = subparsers.add_parser(
        "sandbox",
        help="run the sandbox until Ctrl-C",
        description="Run the sandbox on 127.0.0.1 until Ctrl-C or SIGTERM.",
    )
    parser.add_argument(
        "--port", type=_port, default=8025, help="0 takes a free one; default: 8025"
    )
    parser.add_argument(
        "--seed", type=_seed, help="of numbers, delays and faults: repeats an earlier sandbox"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal says stop."""
    from pytest_otp.sandbox.server import serve  # noqa: PLC0415 - heavy: only when it is to run

    serve(args.port, seed=args.seed, announce=_announce)
    return 0


def _announce(sandbox: RunningSandbox) -> None:
    print(f"Sandbox  {sandbox.url}")
    print(f"Gateway  {sandbox.url}/gateway/plain")
    print(f"Inbox    {sandbox.url}/")
    print(f"Seed     {sandbox.seed}")
    print(f"Use it   pytest --otp-sandbox-url {sandbox.url}", flush=True)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no TCP port: give a number from 0 to 65535")


def _seed(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**32:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number below 2**32")
