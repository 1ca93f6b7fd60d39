"""Each kind of setting, read from one text.

A function returns the value or raises ``ValueError`` with one sentence: what is wrong with the
text and what would be right.
"""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

from pytest_otp import providers as registry
from pytest_otp.iso import COUNTRIES
from pytest_otp.models import Money


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    items = tuple(item.strip() for item in text.split(","))
    if not all(items):
        raise ValueError(f"{text!r} is not a list; separate names by single commas, as in 'a,b'")
    return items


def providers(text: str) -> tuple[str, ...]:
    """Ids of registered providers, each once."""
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
    codes = tuple(code.upper() for code in names(text))
    for code in codes:
        if code not in COUNTRIES:
            hint = "; the United Kingdom is GB" if code == "UK" else ""
            raise ValueError(f"{code!r} is no ISO 3166-1 alpha-2 code, as US or GB are{hint}")
        if codes.count(code) > 1:
            raise ValueError(f"{code!r} is named twice; name each country once")
    return codes


def price(text: str) -> Money:
    """An amount of money above zero."""
    money = Money.parse(text)
    if money.amount <= 0:
        raise ValueError(f"{text!r} is not a price; write an amount above zero, as in '0.25 USD'")
    return money


def seconds(text: str) -> float:
    """A finite duration above zero."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ValueError(f"{text!r} is not a number of seconds above zero, as 120 is")
    return seconds


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
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{text!r} is not an http URL, as http://127.0.0.1:8025 is")
    return text.rstrip("/")


def switch(text: str) -> bool:
    """On or off, in the usual spellings."""
    known = {"1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError(f"{text!r} is neither on nor off; write one of {', '.join(known)}")
    return known[text.lower()]
