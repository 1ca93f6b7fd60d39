"""``pytest-otp offers``: what providers would sell now, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp import values
from pytest_otp.cli import accounts
from pytest_otp.errors import OtpError, SettingsError

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe ``pytest-otp offers --service SLUG [--provider A,B] [--country US,GB] [--live]``."""
    parser = subparsers.add_parser(
        "offers",
        help="show prices and stock",
        description="Show what providers would sell for a service, in the order in which a "
        "lease would try it. Nothing is bought. Exit code 1 where nothing is for sale.",
    )
    accounts.add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line an offer."""
    names = accounts.provider_names(args)
    if args.service is None:
        raise SettingsError("offers are for a service; name one with --service, as in 'telegram'")
    service = accounts.parsed(values.service, "--service", args.service)
    countries = accounts.parsed(values.countries, "--country", args.country)
    found = 0
    with accounts.opened(args) as opened:
        for name in names:
            for country in countries:
                try:
                    provider, _ = opened.provider(name)
                    offers = opened.ask(provider.offers(service, country))
                except OtpError as error:
                    print(f"{name:<12}  {country}  {error}")
                    continue
                found += len(offers)
                for offer in offers:
                    price = offer.price or "price told only after the purchase"
                    stock = "stock not told" if offer.stock is None else f"{offer.stock} in stock"
                    product = f"  product {offer.product}" if offer.product else ""
                    print(f"{name:<12}  {country}  {service}  {price}  {stock}{product}")
                if not offers:
                    print(f"{name:<12}  {country}  {service}  nothing for sale")
    return 0 if found else 1
