"""From a country and a number as people write it to E.164."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

COUNTRIES = {
    "AU": "Australia",
    "AT": "Austria",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "FR": "France",
    "DE": "Germany",
    "IN": "India",
    "ID": "Indonesia",
    "IE": "Ireland",
    "IT": "Italy",
    "JP": "Japan",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NZ": "New Zealand",
    "PL": "Poland",
    "RU": "Russia",
    "ES": "Spain",
    "SE": "Sweden",
    "CH": "Switzerland",
    "GB": "United Kingdom",
    "US": "United States",
}

_WHY_NOT = {
    ValidationResult.TOO_SHORT: "is too short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    ValidationResult.TOO_LONG: "is too long",
}


class BadNumberError(ValueError):
    """No number that an SMS could reach; the text is for the visitor."""


def dial_code(country: str) -> str:
    """`"+44"` for `"GB"`."""
    return f"+{phonenumbers.country_code_for_region(country)}"


def to_e164(country: str, number: str) -> str:
    """`("GB", "07700 900123")` becomes `"+447700900123"`.

    Only the shape is judged: which numbers exist changes by the week, and the SMS proves it anyway.

    Raises:
        BadNumberError: the country is not offered, or the number cannot be one of that country.
    """
    name = COUNTRIES.get(country)
    if name is None:
        raise BadNumberError("Please choose a country from the list.")
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        raise BadNumberError("Please enter a phone number, in digits.") from None
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    if verdict != ValidationResult.IS_POSSIBLE:
        why = _WHY_NOT.get(verdict, "has the wrong length")
        raise BadNumberError(f"That number {why} for {name}.")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def readable(e164: str) -> str:
    """`"+44 7700 900123"` for `"+447700900123"`."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)
