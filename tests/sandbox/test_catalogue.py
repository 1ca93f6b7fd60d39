"""What is for sale."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_otp.iso import COUNTRIES as ISO_COUNTRIES
from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES, price_usd


def test_the_usual_services_and_countries_are_there() -> None:
    """Six well-known services, one for anything else, and more than ten countries by ISO code."""
    assert {"telegram", "whatsapp", "google", "discord", "facebook", "instagram", "any"} == set(
        SERVICES
    )
    assert len(COUNTRIES) > 10
    assert COUNTRIES.keys() <= ISO_COUNTRIES


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("country", COUNTRIES)
def test_prices_are_of_the_usual_size(service: str, country: str) -> None:
    """A number costs a few cents to less than a dollar, exactly."""
    price = price_usd(service, country)
    assert isinstance(price, Decimal)
    assert Decimal("0.02") < price < 1
