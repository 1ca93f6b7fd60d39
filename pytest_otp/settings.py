"""Every setting: one table of options, one order of precedence.

Order: flag, environment (a ``.env`` file fills in what the environment lacks), ini, default; a
marker goes before them all (``lease_options``). Secrets have no flag and no ini key. Only the
standard library is imported here, for this runs in every session of every project.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pytest_otp import values
from pytest_otp.errors import SettingsError
from pytest_otp.models import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pytest


# -- the table -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One setting and how users reach it.

    Attributes:
        name: flag ``--otp-name``, ini key ``otp_name``, environment ``PYTEST_OTP_NAME``.
        parse: makes the value of a text, or raises ``ValueError`` with one sentence.
        default: as a text; None where there is none.
        in_ini: false for what a committed file must not be able to switch on.
        takes_value: false for a bare switch.
    """

    name: str
    parse: Callable[[str], object]
    default: str | None
    help: str
    metavar: str | None = None
    in_ini: bool = True
    takes_value: bool = True

    @property
    def flag(self) -> str:
        """The command-line option."""
        return "--otp-" + self.name.replace("_", "-")

    @property
    def ini(self) -> str:
        """The key in pytest's configuration file, and the option's ``dest``."""
        return "otp_" + self.name

    @property
    def environment(self) -> str:
        """The environment variable."""
        return "PYTEST_OTP_" + self.name.upper()


OPTIONS: Final = (
    Option(
        "provider",
        values.providers,
        "sandbox",
        "who sells the numbers; later ones are fallbacks",
        "A,B",
    ),
    Option(
        "service",
        values.service,
        None,
        "what the number is for ('any' in the sandbox, else required)",
        "SLUG",
    ),
    Option(
        "country", values.countries, "US", "ISO 3166-1 alpha-2; later ones are fallbacks", "US,GB"
    ),
    Option(
        "live",
        values.switch,
        "off",
        "talk to the real providers and spend real money",
        in_ini=False,
        takes_value=False,
    ),
    Option("max_price", values.price, None, "the most that one number may cost", "'0.25 USD'"),
    Option("timeout", values.seconds, "120", "seconds to wait for a code", "SECONDS"),
    Option(
        "ledger", str, ".pytest_otp/ledger.sqlite3", "where leases and money are recorded", "PATH"
    ),
    Option(
        "sandbox_url",
        values.url,
        None,
        "use the sandbox that runs there instead of an embedded one",
        "URL",
    ),
    Option(
        "sandbox_port",
        values.port,
        "0",
        "port of the embedded sandbox (default: any free one)",
        "PORT",
    ),
    Option(
        "env_file",
        str,
        None,
        "file of environment variables (default: .env in the rootdir)",
        "PATH",
    ),
)
_BY_NAME: Final = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The resolved settings of a run; change a copy with ``dataclasses.replace``.

    Attributes:
        service: None where none was named; leasing then needs a marker that names one.
        timeout_s: seconds that a wait for a code takes at most.
        environment: the process's environment with the ``.env`` file's additions. It holds
            keys, so it is in no ``repr``.
    """

    providers: tuple[str, ...] = ("sandbox",)
    service: str | None = None
    countries: tuple[str, ...] = ("US",)
    live: bool = False
    max_price: Money | None = None
    timeout_s: float = 120.0
    ledger: Path = Path(".pytest_otp/ledger.sqlite3")
    sandbox_url: str | None = None
    sandbox_port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def header(self) -> str:
        """One line for the header of the run."""
        mode = "live" if self.live else "rehearsal"
        names = ", ".join(self.providers)
        sandbox = self.sandbox_url or "embedded"
        parts = [
            f"provider {names} ({mode})",
            f"service {self.service or 'by marker'}",
            f"country {', '.join(self.countries)}",
            *([f"max price {self.max_price}"] if self.max_price else []),
            f"timeout {self.timeout_s:g} s",
            *([] if self.live else [f"sandbox {sandbox}"]),
            f"ledger {self.ledger}",
        ]
        return "otp: " + ", ".join(parts)


def resolve(config: pytest.Config) -> Settings:
    """The settings of this run.

    Raises:
        SettingsError: a value is wrong; the text names where it stands and what would be right.
    """
    environment = _environment(config)
    found = {option.name: _value(option, config, environment) for option in OPTIONS}
    if found["sandbox_url"] and found["sandbox_port"]:
        raise SettingsError(
            f"--otp-sandbox-url={found['sandbox_url']} and "
            f"--otp-sandbox-port={found['sandbox_port']} exclude each other; a port is for an "
            "embedded sandbox, so name one of the two"
        )
    names = cast("tuple[str, ...]", found["provider"])
    if found["live"] and "sandbox" in names:
        raise SettingsError(
            "--otp-live needs real providers, and 'sandbox' is none; "
            "name others with --otp-provider, or leave out --otp-live"
        )
    free = names == ("sandbox",)
    return Settings(
        providers=names,
        service=cast("str | None", found["service"]) or ("any" if free else None),
        countries=cast("tuple[str, ...]", found["country"]),
        live=cast("bool", found["live"]),
        max_price=cast("Money | None", found["max_price"]),
        timeout_s=cast("float", found["timeout"]),
        ledger=config.rootpath / cast("str", found["ledger"]),
        sandbox_url=cast("str | None", found["sandbox_url"]),
        sandbox_port=cast("int", found["sandbox_port"]),
        environment=environment,
    )


def _value(option: Option, config: pytest.Config, environment: Mapping[str, str]) -> object:
    """What the first source that has a value says."""
    for source, text in _sources(option, config, environment):
        if text is not None:
            try:
                return option.parse(text)
            except ValueError as error:
                raise SettingsError(f"{source}{text}: {error}") from None
    return None if option.default is None else option.parse(option.default)


def _sources(
    option: Option, config: pytest.Config, environment: Mapping[str, str]
) -> Iterable[tuple[str, str | None]]:
    given = config.getoption(option.ini)
    yield f"{option.flag}=", ("on" if given else None) if isinstance(given, bool) else given
    yield f"{option.environment}=", environment.get(option.environment) or None
    if option.in_ini:
        yield f"{option.ini} = ", config.getini(option.ini) or None


def _environment(config: pytest.Config) -> Mapping[str, str]:
    """``os.environ`` over the ``.env`` file; the file never changes the process's environment."""
    named = config.getoption("otp_env_file") or os.environ.get("PYTEST_OTP_ENV_FILE")
    named = named or config.getini("otp_env_file")
    path = config.rootpath / (named or ".env")
    if not path.is_file():
        if named:
            raise SettingsError(f"--otp-env-file={named}: there is no such file; name one that is")
        return dict(os.environ)
    from dotenv import dotenv_values  # noqa: PLC0415 - only projects that have the file pay for it

    added = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return {**added, **os.environ}


# -- what one lease is asked with ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseOptions:
    """The settings of one lease: those of the run under the test's markers and arguments."""

    providers: tuple[str, ...]
    service: str | None
    countries: tuple[str, ...]
    max_price: Money | None
    timeout_s: float
    tags: tuple[str, ...] = ()

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

    def override(self, given: Mapping[str, object]) -> LeaseOptions:
        """A copy in which each value given (not None) replaces ours; tags add up.

        Args:
            given: keywords of the marker ``otp`` or of ``otp_lease``.

        Raises:
            SettingsError: a keyword is unknown, or its value is wrong.
        """
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
}


def _argument(keyword: str, value: object) -> object:
    """A keyword's value, as a text or as what Python has for it."""
    if keyword == "tags":
        if isinstance(value, str) or not _texts(value):
            raise SettingsError(f"tags={value!r} is not a list of texts, as in ['signup']")
        return tuple(cast("Sequence[str]", value))
    if keyword in {"country", "provider"} and _texts(value):
        value = ",".join(cast("Sequence[str]", value))
    if not isinstance(value, str | Money | int | float) or isinstance(value, bool):
        raise SettingsError(f"{keyword}={value!r}: write it as a text")
    try:
        return _BY_NAME[keyword].parse(str(value))
    except ValueError as error:
        raise SettingsError(f"{keyword}={value!r}: {error}") from None


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
