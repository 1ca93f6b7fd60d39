"""What is for sale: services, countries and their prices in US dollars.

The prices are invented but of the usual size; each dialect sells at them in its own currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple


class Service(NamedTuple):
    """Something that verifies phone numbers. The slug `any` stands for a site of one's own."""

    name: str
    usd: Decimal


class Country(NamedTuple):
    """Where numbers are sold, and how much dearer than in the United States."""

    name: str
    factor: Decimal


SERVICES: Final[dict[str, Service]] = {
    "any": Service("Any other", Decimal("0.10")),
    "discord": Service("Discord", Decimal("0.08")),
    "facebook": Service("Facebook", Decimal("0.10")),
    "google": Service("Google", Decimal("0.12")),
    "instagram": Service("Instagram", Decimal("0.10")),
    "telegram": Service("Telegram", Decimal("0.15")),
    "whatsapp": Service("WhatsApp", Decimal("0.35")),
}

COUNTRIES: Final[dict[str, Country]] = {
    "AU": Country("Australia", Decimal("1.5")),
    "BR": Country("Brazil", Decimal("0.6")),
    "CA": Country("Canada", Decimal("1.0")),
    "DE": Country("Germany", Decimal("2.0")),
    "ES": Country("Spain", Decimal("1.3")),
    "FR": Country("France", Decimal("1.8")),
    "GB": Country("United Kingdom", Decimal("1.2")),
    "ID": Country("Indonesia", Decimal("0.4")),
    "IN": Country("India", Decimal("0.5")),
    "NL": Country("Netherlands", Decimal("1.4")),
    "RU": Country("Russia", Decimal("0.45")),
    "SE": Country("Sweden", Decimal("1.6")),
    "US": Country("United States", Decimal("1.0")),
}


# Under this name a number for a month has its terms; it is no service.
RENTAL: Final = "rental"
_RENTAL_USD: Final = Decimal("6.00")


def price_usd(service: str, country: str) -> Decimal:
    """The price in US dollars, exact and not yet rounded to cents; for `RENTAL`, of a month."""
    usd = _RENTAL_USD if service == RENTAL else SERVICES[service].usd
    return usd * COUNTRIES[country].factor
