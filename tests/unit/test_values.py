"""Each kind of setting: what is read from a text, and the sentence for what is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp import values
from pytest_otp.models import Money

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.names, "a, b ,c", ("a", "b", "c")),
        (values.providers, "sandbox", ("sandbox",)),
        (values.service, "any", "any"),
        (values.service, "7-eleven_x", "7-eleven_x"),
        (values.countries, "us, Gb", ("US", "GB")),
        (values.price, "0.25 usd", Money(Decimal("0.25"), "USD")),
        (values.seconds, "9.5", 9.5),
        (values.port, "0", 0),
        (values.port, "65535", 65535),
        (values.url, "http://127.0.0.1:8025", "http://127.0.0.1:8025"),
        (values.url, "https://sandbox.example/otp/", "https://sandbox.example/otp"),
        (values.url, "http://[::1]:8025/", "http://[::1]:8025"),
        (values.ledger, "spent/ledger.sqlite3", Path("spent/ledger.sqlite3")),
        (
            values.ledger,
            "postgresql://ci:a%40b@[::1]:5432/otp",
            "postgresql://ci:a%40b@[::1]:5432/otp",
        ),
        (values.ledger, "postgres:///otp?host=/run/pg", "postgres:///otp?host=/run/pg"),
        (values.switch, "ON", True),
        (values.switch, "0", False),
        (values.ledger, "~/ledger.sqlite3", Path.home() / "ledger.sqlite3"),
        (values.seconds, "1e-05", 0.00001),
        (values.wait, "0", 0.0),
        (values.wait, "0.00", 0.0),
        (values.wait, "90.5", 90.5),
        (values.permission, "allow", True),
        (values.permission, "refuse", False),
        (
            values.hosts,
            "Staging.example.com, *.test.example",
            ("staging.example.com", "*.test.example"),
        ),
        (values.hosts, "localhost", ("localhost",)),
        (values.budgets, "", {}),
        (
            values.budgets,
            "tag:signup = 0.50 USD\n\n test=0.20 USD \nday = 5 usd",
            {
                "tag:signup": Money.parse("0.50 USD"),
                "test": Money.parse("0.20 USD"),
                "day": Money.parse("5 USD"),
            },
        ),
        (values.rates, "", {}),
        (
            values.rates,
            "usd:IDR = 16200\nEUR : USD = 1.08",
            {("USD", "IDR"): Decimal(16200), ("EUR", "USD"): Decimal("1.08")},
        ),
    ],
)
def test_right_text_is_read(read: Callable[[str], object], text: str, value: object) -> None:
    """Case and spaces that carry no meaning do not matter."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (values.names, "", "single commas"),
        (values.names, "a,,b", "single commas"),
        (values.names, "a,b,", "single commas"),
        (values.providers, "sandbxo", "the providers are sandbox"),
        (values.providers, "sandbox,sandbox", "named twice"),
        (values.service, "Telegram", "lower case"),
        (values.service, "", "slug"),
        (values.service, "what's app", "slug"),
        (values.service, "telegram\n", "slug"),
        (values.countries, "USA", "ISO 3166-1 alpha-2"),
        (values.countries, "uk", "the United Kingdom is GB"),
        (values.countries, "US,us", "'US' is named twice"),
        (values.countries, "ß", "ISO 3166-1 alpha-2"),
        (values.price, "1_0 USD", "is not money"),
        (values.price, "0 USD", "above zero"),
        (values.price, "-1 USD", "above zero"),
        (values.price, "0.25", "as in '2.00 USD'"),
        (values.seconds, "0", "above zero"),
        (values.seconds, "-5", "above zero"),
        (values.seconds, "nan", "above zero"),
        (values.seconds, "inf", "above zero"),
        (values.seconds, "2 min", "a number of seconds"),
        (values.seconds, "1_0", "a number of seconds"),
        (values.seconds, "\u0661\u0660", "a number of seconds"),
        (values.seconds, "1e308", "a year at most"),
        (values.port, "65536", "0 (any free one) to 65535"),
        (values.port, "-1", "0 (any free one) to 65535"),
        (values.port, "٨٠", "0 (any free one) to 65535"),
        (values.url, "127.0.0.1:8025", "http://127.0.0.1:8025"),
        (values.url, "ftp://127.0.0.1", "no"),
        (values.url, "http://", "is not an http URL"),
        (values.url, "http://127.0.0.1:99999", "is not an http URL"),
        (values.url, "http://127.0.0.1:0", "is not an http URL"),
        (values.url, "http://[::1", "is not an http URL"),
        (values.url, "http://a b/", "is not an http URL"),
        (values.url, "http://127.0.0.1:8025\n", "is not an http URL"),
        (values.url, "http://127.0.0.1:8025/?inbox", "is not an http URL"),
        (values.url, "http://127.0.0.1:8025/#inbox", "is not an http URL"),
        (values.url, "http://me:secret@127.0.0.1:8025", "is not an http URL"),
        (values.ledger, "~nobody-of-this-name/ledger", "a home folder that is not known"),
        (values.ledger, "sqlite:///ledger.sqlite3", "write a path"),
        (values.ledger, "postgresql://ci:a@b@db/otp", "write %40 for @"),
        (values.ledger, "postgresql://ci:secret", "postgresql://ci@db.example.com/otp"),
        (values.switch, "maybe", "neither on nor off"),
        (values.switch, "", "neither on nor off"),
        (values.wait, "-1", "seconds"),
        (values.wait, "inf", "a year at most"),
        (values.permission, "yes", "'allow' nor 'refuse'"),
        (values.hosts, "https://staging.example.com", "write names only"),
        (values.hosts, "staging.example.com:8000", "write names only"),
        (values.hosts, "*", "write names only"),
        (values.hosts, "a,,b", "single commas"),
        (values.budgets, "signup = 0.50 USD", "'tag:NAME', 'test' or 'day'"),
        (values.budgets, "test 0.50 USD", "of the form 'key = value'"),
        (values.budgets, "test =", "of the form 'key = value'"),
        (values.budgets, "test = free", "is not money"),
        (values.budgets, "test = 0 USD", "above zero"),
        (values.budgets, "test = 1 USD\ntest = 2 USD", "'test' is given twice"),
        (values.rates, "USD = 16200", "two ISO 4217 currencies"),
        (values.rates, "USD:XYZ = 1", "two ISO 4217 currencies"),
        (values.rates, "USD:IDR = much", "a rate above zero"),
        (values.rates, "USD:IDR = -1", "a rate above zero"),
        (values.rates, "USD:IDR = inf", "a rate above zero"),
        (values.rates, "USD:IDR = 1e999999", "a rate above zero"),
        (values.rates, "USD:IDR = 16_200", "a rate above zero"),
        (values.rates, "USD:IDR = 1\nUSD:IDR = 2", "'USD:IDR' is given already"),
        (values.rates, "USD:IDR = 1\nIDR:USD = 2", "'IDR:USD' is given already"),
        (values.rates, "USD:USD = 2", "name the rate of two currencies once"),
    ],
)
def test_wrong_text_is_told_what_would_be_right(
    read: Callable[[str], object], text: str, sentence: str
) -> None:
    """One sentence without a line break."""
    with pytest.raises(ValueError, match=r"\A.+\Z") as raised:
        read(text)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("read", [values.service, values.switch, values.port, values.url])
def test_sentence_shows_the_text(read: Callable[[str], object]) -> None:
    """Quoted, so that a stray space is seen."""
    with pytest.raises(ValueError, match="' wrong one '"):
        read(" wrong one ")
