"""What one lease is asked with: the run's settings under the test's markers and arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from pytest_otp import values
from pytest_otp.errors import OtpError, SettingsError
from pytest_otp.models import Money
from pytest_otp.options import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_otp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseOptions:
    """The settings of one lease: those of the run under the test's markers and arguments."""

    providers: tuple[str, ...]
    service: str | None
    countries: tuple[str, ...]
    max_price: Money | None
    timeout_s: float
    tags: tuple[str, ...] = ()
    reuse: bool = False

    @classmethod
    def of(cls, settings: Settings) -> LeaseOptions:
        """What holds where no marker says otherwise."""
        return cls(
            providers=settings.providers,
            service=settings.service,
            countries=settings.countries,
            max_price=settings.max_price,
            timeout_s=settings.timeout_s,
        )

    def without_service(self, test: str) -> str:
        """The sentence for a lease that names no service where its provider needs one."""
        return (
            f"{test}: no service is named, and {self.providers[0]} needs one; "
            "name it with --otp-service or @pytest.mark.otp(service=...)"
        )

    def override(self, given: Mapping[str, object]) -> LeaseOptions:
        """A copy in which each value given (not None) replaces ours; tags add up.

        Args:
            given: keywords of the marker ``otp`` or of ``otp_lease``.

        Raises:
            SettingsError: a keyword is unknown, or its value is wrong.
        """
        __tracebackhide__ = True
        changes: dict[str, Any] = {}
        for keyword, value in given.items():
            if keyword not in KEYWORDS:
                raise SettingsError(
                    f"{keyword!r} is not a keyword; the keywords are {', '.join(KEYWORDS)}"
                )
            if value is not None:
                changes[KEYWORDS[keyword]] = _argument(keyword, value)
        changes["tags"] = tuple(dict.fromkeys([*changes.get("tags", ()), *self.tags]))
        if "providers" in changes and self.service == "any" and "service" not in changes:
            changes["service"] = "any" if changes["providers"] == ("sandbox",) else None
        return replace(self, **changes)


# Keyword of the marker -> field of LeaseOptions.
KEYWORDS: Final = {
    "service": "service",
    "country": "countries",
    "provider": "providers",
    "max_price": "max_price",
    "timeout": "timeout_s",
    "tags": "tags",
    "reuse": "reuse",
}


_WRITTEN: Final = {
    "service": "a text, as in 'telegram'",
    "country": "a text, as in 'GB', or several in a list",
    "provider": "a text, as in 'sandbox', or several in a list",
    "max_price": "a text, as in '0.25 USD', or as Money",
    "timeout": "a number of seconds",
}


def _argument(keyword: str, value: object) -> object:
    """A keyword's value, as a text or as what Python has for it."""
    __tracebackhide__ = True
    if keyword == "tags":
        if isinstance(value, str) or not _texts(value):
            raise SettingsError(f"tags={value!r} is not a list of texts, as in ['signup']")
        tags = tuple(cast("Sequence[str]", value))
        # As in otp_budgets, which could not name any other.
        if wrong := [tag for tag in tags if not re.fullmatch(r"\S+", tag) or not tag.isprintable()]:
            raise SettingsError(f"tags={value!r}: {wrong[0]!r} is no tag; write it without blanks")
        return tags
    if keyword == "reuse":
        if not isinstance(value, bool):
            raise SettingsError(f"reuse={value!r} is neither True nor False")
        return value
    text: object = value
    if keyword in {"country", "provider"} and _texts(value):
        text = ",".join(cast("Sequence[str]", value))
    if not isinstance(text, str | Money | int | float) or isinstance(text, bool):
        raise SettingsError(f"{keyword}={value!r}: write it as {_WRITTEN[keyword]}")
    try:
        return values.read(BY_NAME[keyword], str(text))
    except ValueError as error:
        raise SettingsError(f"{keyword}={value!r}: {error}") from None


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def checked_options(items: Sequence[pytest.Item], settings: Settings) -> list[LeaseOptions]:
    """What each test that leases would lease with; others only ask for the sandbox, say.

    Raises:
        pytest.UsageError: a marker is wrong, or a test names no service where one is needed.
    """
    found = []
    for item in items:
        wanted, fixtures = lease_options(item, settings), getattr(item, "fixturenames", ())
        if wanted.service is None and "otp_phone" in fixtures:
            raise pytest.UsageError(wanted.without_service(item.nodeid))
        if not {"otp_phone", "otp_lease"}.isdisjoint(fixtures):
            found.append(wanted)
    return found


def lease_options(item: pytest.Item, settings: Settings) -> LeaseOptions:
    """The settings under the item's markers: module, class and function merge, the nearest wins.

    Raises:
        pytest.UsageError: a marker has an unknown keyword or a wrong value.
    """
    options = LeaseOptions.of(settings)
    for marker in reversed(list(item.iter_markers("otp"))):
        if marker.args:
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.otp: {marker.args[0]!r} stands without a keyword; "
                f"the keywords are {', '.join(KEYWORDS)}"
            )
        try:
            options = options.override(marker.kwargs)
        except OtpError as error:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.otp: {error}") from None
    return options
