"""Every country has a name."""

from __future__ import annotations

from pytest_otp.iso import COUNTRIES
from pytest_otp.providers.countries import NAMES


def test_every_country_has_a_name_of_its_own() -> None:
    """All of ISO 3166-1, none twice."""
    assert NAMES.keys() == COUNTRIES
    assert len(set(NAMES.values())) == len(NAMES)
