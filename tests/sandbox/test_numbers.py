"""The numbers that the sandbox hands out."""

from __future__ import annotations

import re
from pathlib import Path

import phonenumbers
import pytest

from pytest_otp.sandbox.catalogue import COUNTRIES
from pytest_otp.sandbox.numbers import PLANS, NumberPool

DOC = Path(__file__).parents[2] / "docs" / "sandbox-numbers.md"


def sample(country: str) -> list[str]:
    """Numbers spread over the whole range, its first and last among them."""
    plan = PLANS[country]
    step = max(1, plan.capacity // 500)
    places = {*range(0, plan.capacity, step), plan.capacity - 1}
    return [plan.number(place) for place in places]


@pytest.mark.parametrize("country", [c for c, plan in PLANS.items() if plan.reserved])
def test_reserved_numbers_are_valid(country: str) -> None:
    """A number from a reserved range is a valid number of its country by libphonenumber."""
    for number in sample(country):
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.region_code_for_number(parsed) == country, number


@pytest.mark.parametrize("country", [c for c, plan in PLANS.items() if not plan.reserved])
def test_other_numbers_have_the_shape_and_belong_to_nobody(country: str) -> None:
    """Elsewhere a number has a possible length and is not valid, so nobody can have it."""
    code = phonenumbers.country_code_for_region(country)
    for number in sample(country):
        parsed = phonenumbers.parse(number)
        assert parsed.country_code == code, number
        assert phonenumbers.is_possible_number(parsed), number
        assert not phonenumbers.is_valid_number(parsed), number


@pytest.mark.parametrize("country", PLANS)
def test_numbers_are_e164_as_written(country: str) -> None:
    """Parsing and formatting gives the same digits: no trunk prefix is swallowed."""
    for number in sample(country):
        formatted = phonenumbers.format_number(
            phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164
        )
        assert formatted == number


@pytest.mark.parametrize(
    ("country", "kind"),
    [
        ("AU", phonenumbers.PhoneNumberType.MOBILE),
        ("CA", phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE),
        ("DE", phonenumbers.PhoneNumberType.MOBILE),
        ("FR", phonenumbers.PhoneNumberType.FIXED_LINE),
        ("GB", phonenumbers.PhoneNumberType.FIXED_LINE),
        ("SE", phonenumbers.PhoneNumberType.MOBILE),
        ("US", phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE),
    ],
)
def test_valid_numbers_have_the_type_that_the_doc_says(country: str, kind: int) -> None:
    """Mobile where the regulator's range allows it."""
    parsed = map(phonenumbers.parse, sample(country))
    assert {phonenumbers.number_type(number) for number in parsed} == {kind}


def test_the_doc_says_which_rule_each_country_follows() -> None:
    """The table in the docs is the table in the code."""
    rows = re.findall(r"^\| ([A-Z]{2}) \| (.*) \|$", DOC.read_text("utf-8"), re.MULTILINE)
    expected = [
        (country, f"{p.shown} | {p.capacity:,} | {'yes' if p.reserved else 'no'} | {p.rule}")
        for country, p in sorted(PLANS.items())
    ]
    assert rows == expected


def test_every_country_for_sale_has_numbers() -> None:
    """Catalogue and number plans list the same countries."""
    assert PLANS.keys() == COUNTRIES.keys()


def test_thousands_of_us_numbers_can_be_held_at_once() -> None:
    """Five thousand concurrent US leases get five thousand numbers."""
    pool = NumberPool(1)
    assert len({pool.take("US") for _ in range(5000)}) == 5000


def test_no_number_is_held_twice_and_the_pool_can_be_emptied() -> None:
    """Every number of a country is handed out exactly once, then there is none."""
    pool = NumberPool(1)
    taken = [pool.take("SE") for _ in range(95)]
    assert len(set(taken)) == PLANS["SE"].capacity == 95
    assert pool.free("SE") == 0
    with pytest.raises(IndexError):
        pool.take("SE")


def test_a_returned_number_comes_after_all_others() -> None:
    """Numbers are reused only when no unused one is left, and the longest returned first."""
    pool = NumberPool(1)
    first, second = pool.take("AU"), pool.take("AU")
    pool.give_back("AU", first)
    pool.give_back("AU", second)
    unused = [pool.take("AU") for _ in range(28)]
    assert not {first, second} & set(unused)
    assert [pool.take("AU"), pool.take("AU")] == [first, second]


def test_the_seed_decides_the_order() -> None:
    """The same seed gives the same numbers; another seed gives others."""
    one, same, other = NumberPool(1), NumberPool(1), NumberPool(2)
    numbers = [one.take("GB") for _ in range(50)]
    assert numbers == [same.take("GB") for _ in range(50)]
    assert numbers != [other.take("GB") for _ in range(50)]


def test_there_is_no_number_past_the_end() -> None:
    """A place that the range does not have is an error, not some other number."""
    with pytest.raises(IndexError):
        PLANS["GB"].number(3000)
