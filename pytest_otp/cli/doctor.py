"""``pytest-otp doctor``: what is wrong before a run finds out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp import providers, values
from pytest_otp.cli import accounts, ledgers
from pytest_otp.errors import LedgerError, OtpError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_otp.cli.accounts import Accounts


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe ``pytest-otp doctor [--provider A,B] [--service SLUG] [--live]``."""
    parser = subparsers.add_parser(
        "doctor",
        help="check keys, balances, stock and the ledger",
        description="Check that the providers can be reached with the keys that are set, that "
        "there is money and stock, and what the ledger has left open. Nothing is bought. "
        "Exit code 1 where something is wrong.",
    )
    accounts.add_arguments(parser)
    ledgers.add_ledger(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line a fact; what is wrong is marked."""
    names = accounts.provider_names(args)
    service = args.service and accounts.parsed(values.service, "--service", args.service)
    countries = accounts.parsed(values.countries, "--country", args.country)
    wrong = 0
    with accounts.opened(args) as opened:
        for name in names:
            for good, fact in _provider(opened, name, service, countries, live=args.live):
                print(f"{'ok   ' if good else 'WRONG'}  {name}: {fact}")
                wrong += not good
    for good, fact in _ledger(args):
        print(f"{'ok   ' if good else 'WRONG'}  ledger: {fact}")
        wrong += not good
    return 1 if wrong else 0


def _provider(
    opened: Accounts, name: str, service: str | None, countries: tuple[str, ...], *, live: bool
) -> Iterator[tuple[bool, str]]:
    """Address, key, balance, and stock of a service; ends at the first thing that is wrong."""
    try:
        provider, base_url = opened.provider(name)
        yield True, f"{'real service' if live else 'rehearsal'} at {base_url}"
        if live:
            yield True, f"a key is set ({' or '.join(providers.key_variables(name))})"
        balance = opened.ask(provider.balance())
        held = f", {balance.held} held" if balance.held else ""
        yield balance.available.amount > 0, f"{balance.available} available{held}"
        for country in countries if service else ():
            offers = opened.ask(provider.offers(service or "", country))
            prices = sorted(str(offer.price) for offer in offers if offer.price)
            yield (
                bool(offers),
                f"{service} in {country}: "
                + (f"from {prices[0]}" if prices else "sold" if offers else "nothing for sale"),
            )
    except OtpError as error:
        yield False, str(error).removeprefix(f"{name}: ").removeprefix(f"{name} ")


def _ledger(args: argparse.Namespace) -> Iterator[tuple[bool, str]]:
    where = ledgers.named(args)
    if ledgers.is_missing(where):
        yield args.ledger is None, f"there is none at {where}"
        return
    try:
        with ledgers.opened(args) as ledger:
            left = ledger.rows(open_only=True)
    except LedgerError as error:
        yield False, str(error)
        return
    yield (
        not left,
        f"{len(left)} {'lease is' if len(left) == 1 else 'leases are'} open"
        + ("; pytest-otp sweep settles those of runs that ended" if left else ""),
    )
