"""The kinds of settings, each read from one text.

A kind's function returns the value or raises ``ValueError`` with one sentence: what is wrong with
the text and what would be right. What only one kind needs is imported when one is read.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pytest_otp.redact import DATABASE_URL, mask_ledger, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from pytest_otp.models import Money
    from pytest_otp.options import Option


def read(option: Option, text: str) -> object:
    """What an option's text says.

    Raises:
        ValueError: one sentence, what is wrong with the text and what would be right.
    """
    return globals()[option.kind](text) if option.kind else text


def shown(option: Option, text: str) -> str:
    """How an option's text is repeated in an error: on one line, and no password in it."""
    told = mask_ledger(text) if option.kind == "ledger" else text
    return " | ".join(map(visible, told.split("\n")))


# A year. Nobody waits longer, and a schedule of polls until the end of time is never computed.
LONGEST_S: Final = 366 * 86_400.0


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    items = tuple(item.strip() for item in text.split(","))
    if not all(items):
        raise ValueError(f"a name is missing in {text!r}; separate names by single commas")
    return items


def providers(text: str) -> tuple[str, ...]:
    """Ids of registered providers, each once."""
    from pytest_otp import providers as registry  # noqa: PLC0415 - see above

    given = names(text)
    for name in given:
        if name not in registry.OURS and name not in registry.names():
            raise ValueError(
                f"{name!r} is no provider; the providers are " + ", ".join(registry.names())
            )
        if given.count(name) > 1:
            raise ValueError(f"{name!r} is named twice; name each provider once")
    return given


def service(text: str) -> str:
    """A service's slug."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text):
        raise ValueError(
            f"{text!r} is not a service; write its slug in lower case, as in 'telegram'"
        )
    return text


def countries(text: str) -> tuple[str, ...]:
    """ISO 3166-1 alpha-2 codes, in any case, each once."""
    from pytest_otp.iso import COUNTRIES  # noqa: PLC0415 - see above

    # Not of letters such as "ß", whose upper case is "SS": South Sudan.
    codes = tuple(code.upper() if code.isascii() else code for code in names(text))
    for code in codes:
        if code not in COUNTRIES:
            hint = "; the United Kingdom is GB" if code == "UK" else ""
            raise ValueError(f"{code!r} is no ISO 3166-1 alpha-2 code, as US or GB are{hint}")
        if codes.count(code) > 1:
            raise ValueError(f"{code!r} is named twice; name each country once")
    return codes


def price(text: str) -> Money:
    """An amount of money above zero."""
    from pytest_otp.models import Money  # noqa: PLC0415 - see above

    money = Money.parse(text)
    if money.amount <= 0:
        raise ValueError(f"{text!r} is not a price; write an amount above zero, as in '0.25 USD'")
    return money


def seconds(text: str) -> float:
    """A duration above zero."""
    seconds = _number(text)
    if not 0 < seconds <= LONGEST_S:
        raise ValueError(
            f"{text!r} is not a number of seconds above zero, as 120 is, and a year at most"
        )
    return seconds


def _number(text: str) -> float:
    """A number as JSON would write it; Python reads more, and 1_0 is a slip, not ten."""
    try:
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def port(text: str) -> int:
    """A TCP port; 0 means any free one."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError(f"{text!r} is not a port; write 0 (any free one) to 65535")
    return int(text)


def url(text: str) -> str:
    """An http or https URL, without the slash at its end."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        # A path is for a proxy; nothing else could be put before the sandbox's own paths.
        usable = usable and not re.search(r"[\s?#@\\]", text)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{text!r} is not an http URL, as http://127.0.0.1:8025 is")
    return text.rstrip("/")


def ledger(text: str) -> Path | str:
    """A path, or the URL of a PostgreSQL database."""
    if not text.strip():
        raise ValueError("a ledger needs a place; write a path, or a URL as 'postgresql://…'")
    if "://" not in text:
        try:
            # Of "--otp-ledger=~/…" the shell expands nothing.
            return Path(text).expanduser()
        except RuntimeError:
            raise ValueError(f"{text!r} begins with a home folder that is not known") from None
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError(
            "a ledger is a file or a PostgreSQL database; write a path, or a URL as in "
            "'postgresql://ci@db.example.com/otp'"
        )
    if not re.fullmatch(DATABASE_URL, text):
        raise ValueError(
            "this is not a URL as 'postgresql://ci@db.example.com/otp' is; in user and password "
            "write %40 for @, %2F for /, %3A for :, %3F for ? and %23 for #"
        )
    return text


def switch(text: str) -> bool:
    """On or off, in the usual spellings."""
    known = {"1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError(f"{text!r} is neither on nor off; write one of {', '.join(known)}")
    return known[text.lower()]


def wait(text: str) -> float:
    """A duration, zero included."""
    seconds = _number(text)
    if not 0 <= seconds <= LONGEST_S:
        raise ValueError(
            f"{text!r} is not a number of seconds, as 0 and 30 are, and a year at most"
        )
    return seconds


def permission(text: str) -> bool:
    """``allow`` or ``refuse``."""
    if text not in {"allow", "refuse"}:
        raise ValueError(f"{text!r} is neither 'allow' nor 'refuse'")
    return text == "allow"


def fault_policy(text: str) -> str:
    """``error``, ``skip`` or ``xfail``."""
    if text not in {"error", "skip", "xfail"}:
        raise ValueError(f"{text!r} is none of 'error', 'skip' and 'xfail'")
    return text


def hosts(text: str) -> tuple[str, ...]:
    """Host names, each perhaps with ``*.`` for all below it."""
    for host in names(text):
        if not re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*", host.lower()):
            raise ValueError(
                f"{host!r} is not a host; write names only, as in 'staging.example.com' or "
                "'*.staging.example.com'"
            )
    return tuple(host.lower() for host in names(text))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """The lines ``key = value`` of a text."""
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not (key and equals and value):
            raise ValueError(f"{line!r} is not of the form 'key = value'")
        yield key, value


def budgets(text: str) -> dict[str, Money]:
    """Lines such as ``tag:signup = 0.50 USD``, ``test = 0.20 USD`` and ``day = 5 USD``."""
    limits: dict[str, Money] = {}
    for key, value in _entries(text):
        if key not in {"test", "day"} and not re.fullmatch(r"tag:\S+", key):
            raise ValueError(
                f"{key!r} is no budget; write 'tag:NAME', 'test' or 'day' before the ="
            )
        if key in limits:
            raise ValueError(f"{key!r} is given twice; name each budget once")
        limits[key] = price(value)
    return limits


def rates(text: str) -> dict[tuple[str, str], Decimal]:
    """Lines such as ``USD:IDR = 16200``: one US dollar is that many rupiah."""
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415 - see above

    from pytest_otp.iso import CURRENCIES  # noqa: PLC0415 - see above

    found: dict[tuple[str, str], Decimal] = {}
    for key, value in _entries(text):
        pair = tuple(code.strip().upper() for code in key.split(":"))
        if len(pair) != 2 or not set(pair) <= set(CURRENCIES):
            raise ValueError(f"{key!r} is not two ISO 4217 currencies, as in 'USD:IDR'")
        if pair[0] == pair[1] or found.keys() & {pair, pair[::-1]}:
            raise ValueError(f"{key!r} is given already; name the rate of two currencies once")
        try:
            rate = Decimal(value) if value.isascii() and "_" not in value else Decimal(0)
        except InvalidOperation:
            rate = Decimal(0)
        # Beyond this it is a slip of the keyboard, and sums that it makes are no money.
        if not (rate.is_finite() and Decimal("1e-9") <= rate <= Decimal("1e9")):
            raise ValueError(f"{value!r} is not a rate above zero, as in 'USD:IDR = 16200'")
        found[pair[0], pair[1]] = rate
    return found
