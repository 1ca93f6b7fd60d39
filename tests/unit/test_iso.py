"""The two code lists, compared with others that know them."""

from __future__ import annotations

from phonenumbers import SUPPORTED_REGIONS

from pytest_otp.iso import COUNTRIES, CURRENCIES


def test_number_of_countries() -> None:
    """ISO 3166-1 assigns 249 codes of two capitals."""
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)


def test_every_country_with_telephones_is_there() -> None:
    """All that libphonenumber knows, but for Ascension, Tristan da Cunha and Kosovo.

    Those three have codes that ISO reserves or leaves to its users and does not assign.
    """
    assert set(SUPPORTED_REGIONS) - COUNTRIES == {"AC", "TA", "XK"}


def test_currencies_have_their_digits() -> None:
    """Three capitals, and the minor units that ISO 4217 gives."""
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    digits = {code: CURRENCIES[code] for code in ("USD", "EUR", "IDR", "NGN", "JPY", "UGX", "KWD")}
    assert digits == {"USD": 2, "EUR": 2, "IDR": 2, "NGN": 2, "JPY": 0, "UGX": 0, "KWD": 3}


def test_what_is_no_money_is_no_currency() -> None:
    """Metals, funds, tests and currencies that are no more are left out."""
    assert CURRENCIES.keys().isdisjoint({"XAU", "XXX", "XTS", "CLF", "DEM", "HRK", "ZWL"})
