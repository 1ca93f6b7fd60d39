"""The provider accounts that a subcommand looks at: rehearsed in a sandbox of its own, or real."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pytest_otp import values
from pytest_otp.cli import ledgers
from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.provider import Provider

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--provider``, ``--country``, ``--service``, ``--live``, ``--env-file``."""
    parser.add_argument("--provider", metavar="A,B", default="sandbox", help="default: sandbox")
    parser.add_argument("--service", metavar="SLUG", help="what the number is for")
    parser.add_argument("--country", metavar="US,GB", default="US", help="default: US")
    parser.add_argument(
        "--live", action="store_true", help="ask the real services; nothing is bought"
    )
    parser.add_argument("--env-file", metavar="PATH", help="environment variables; default: .env")


def parsed(read: Callable[[str], T], flag: str, text: str) -> T:
    """A flag's value.

    Raises:
        SettingsError: it is wrong; the text names the flag.
    """
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{flag} {text}: {error}") from None


def provider_names(args: argparse.Namespace) -> tuple[str, ...]:
    """The providers asked for."""
    names = parsed(values.providers, "--provider", args.provider)
    if args.live and "sandbox" in names:
        raise SettingsError("--live needs real providers; name them with --provider")
    return names


class Accounts:
    """Asks providers, and buys nothing."""

    def __init__(self, args: argparse.Namespace, sandbox_url: str | None) -> None:
        from pytest_otp.connections import Connections  # noqa: PLC0415 - heavy: only when it runs

        self._sandbox_url = sandbox_url
        self._connections = Connections(ledgers.environment(args), live=args.live)

    def provider(self, name: str) -> tuple[Provider, str]:
        """The provider's client, and where it is spoken to.

        Raises:
            SettingsError: a real one has no key or no address.
        """
        return self._connections.provider(name, self._sandbox_url, "command-line")

    def ask(self, flow: Flow[T]) -> T:
        """Run a flow that records nothing."""
        return self._connections.reader().run(flow)

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Accounts]:
    """The accounts; a rehearsal starts a sandbox for as long as this is entered."""
    from pytest_otp.sandbox.server import start  # noqa: PLC0415 - heavy: only when it runs

    sandbox = None if args.live else start()
    accounts = Accounts(args, sandbox.url if sandbox else None)
    try:
        yield accounts
    finally:
        accounts.close()
        if sandbox is not None:
            sandbox.stop()
