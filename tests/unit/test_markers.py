"""The marker's keywords, and how they go over the settings and over each other."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from inspect import signature

import pytest

from pytest_otp.errors import SettingsError
from pytest_otp.leasing import LeaseFactory
from pytest_otp.markers import KEYWORDS, LeaseOptions
from pytest_otp.models import Money
from pytest_otp.settings import Settings

ANY = LeaseOptions.of(Settings(service="any", timeout_s=30))


def test_settings_hold_where_no_marker_says_otherwise() -> None:
    """Every field comes from them, but for the tags, which only markers give."""
    settings = Settings(
        providers=("dogesms",),
        service="telegram",
        countries=("GB", "US"),
        max_price=Money.parse("0.25 USD"),
        timeout_s=7,
    )
    assert LeaseOptions.of(settings) == LeaseOptions(
        providers=("dogesms",),
        service="telegram",
        countries=("GB", "US"),
        max_price=Money.parse("0.25 USD"),
        timeout_s=7,
        tags=(),
    )


@pytest.mark.parametrize(
    ("keyword", "given", "field", "value"),
    [
        ("service", "telegram", "service", "telegram"),
        ("country", "gb", "countries", ("GB",)),
        ("country", "gb,us", "countries", ("GB", "US")),
        ("country", ["GB", "US"], "countries", ("GB", "US")),
        ("provider", ("dogesms", "smscode"), "providers", ("dogesms", "smscode")),
        ("max_price", "0.25 USD", "max_price", Money.parse("0.25 USD")),
        ("max_price", Money(Decimal("0.0001"), "USD"), "max_price", Money.parse("0.0001 USD")),
        ("timeout", 5, "timeout_s", 5.0),
        ("timeout", 0.5, "timeout_s", 0.5),
        ("timeout", "5", "timeout_s", 5.0),
        ("tags", ["signup", "nightly"], "tags", ("signup", "nightly")),
        ("tags", (), "tags", ()),
    ],
)
def test_keyword_is_read_as_text_or_as_what_python_has_for_it(
    keyword: str, given: object, field: str, value: object
) -> None:
    """One meaning in each spelling."""
    assert getattr(ANY.override({keyword: given}), field) == value


def test_the_nearest_wins_and_tags_add_up() -> None:
    """Module, class, function: each goes over the one before, and no tag is lost or doubled."""
    module = ANY.override({"country": "SE", "timeout": 5, "tags": ["slow", "signup"]})
    function = module.override({"country": "GB", "tags": ["signup", "nightly"]})
    assert (function.countries, function.timeout_s) == (("GB",), 5.0)
    assert sorted(function.tags) == ["nightly", "signup", "slow"]


def test_none_says_nothing() -> None:
    """A keyword may be computed: ``country=os.environ.get(...)``."""
    assert ANY.override(dict.fromkeys(KEYWORDS)) == ANY


@pytest.mark.parametrize(
    ("provider", "service"),
    [("dogesms", None), (["sandbox", "dogesms"], None), ("sandbox", "any")],
)
def test_any_service_is_the_sandboxs_word(provider: str | list[str], service: str | None) -> None:
    """A test that goes to another provider must name its service."""
    assert ANY.override({"provider": provider}).service == service
    assert ANY.override({"provider": provider, "service": "telegram"}).service == "telegram"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"contry": "US"}, "'contry' is not a keyword; the keywords are service, country"),
        ({"country": "ZZ"}, "country='ZZ': 'ZZ' is no ISO 3166-1"),
        ({"country": []}, r"country=\[\]: a name is missing in ''; separate"),
        ({"country": 44}, "country=44"),
        (
            {"country": [44]},
            r"country=\[44\]: write it as a text, as in 'GB', or several in a list",
        ),
        ({"country": ["US", "US"]}, r"country=\['US', 'US'\]: 'US' is named twice"),
        ({"max_price": 0.25}, "max_price=0.25: '0.25' is not money"),
        (
            {"max_price": Decimal("0.25")},
            r"max_price=Decimal\('0.25'\): write it as a text, as in '0.25 USD', or as Money",
        ),
        ({"timeout": True}, "timeout=True: write it as a number of seconds"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"tags": "signup"}, r"tags='signup' is not a list of texts, as in \['signup'\]"),
        ({"tags": [1]}, r"tags=\[1\] is not a list of texts"),
        (
            {"tags": ["sign up"]},
            r"tags=\['sign up'\]: 'sign up' is no tag; write it without blanks",
        ),
        ({"tags": [""]}, r"tags=\[''\]: '' is no tag"),
        ({"tags": ["a\x1b"]}, r"tags=\['a\\x1b'\]: 'a\\x1b' is no tag"),
        ({"service": b"telegram"}, "service=b'telegram': write it as a text"),
    ],
)
def test_wrong_keyword_is_one_sentence(given: dict[str, object], sentence: str) -> None:
    """Which shows it and says what would be right."""
    with pytest.raises(SettingsError, match=rf"^{sentence}.*$"):
        ANY.override(given)


def test_marker_and_factory_take_the_same_keywords() -> None:
    """What one can say the other can say."""
    assert set(signature(LeaseFactory.__call__).parameters) - {"self"} == set(KEYWORDS)
    assert set(KEYWORDS.values()) <= {field.name for field in fields(LeaseOptions)}
