"""The resolved settings of a run, and the one order of precedence.

Order: flag, environment (a ``.env`` file fills in what the environment lacks), ini, default; a
marker goes before them all (``markers.py``). Secrets have no flag and no ini key. Only pytest and
the standard library are imported here: a file that configures the kit must not slow down the tests
that need no phone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp import environment, values
from pytest_otp.errors import SettingsError
from pytest_otp.options import BY_NAME, OPTIONS
from pytest_otp.redact import mask_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from pytest_otp.models import Money
    from pytest_otp.options import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The resolved settings of a run; change a copy with ``dataclasses.replace``.

    Attributes:
        service: None where none was named; leasing then needs a marker that names one.
        budget: the most that the run may cost.
        budgets: further limits, by ``test``, ``day`` or ``tag:NAME``.
        rates: what one unit of the first currency is worth in the second.
        unpriced: under a limit, numbers may be bought whose price is told only afterwards.
        forecast: prices are asked after the collection.
        timeout_s: seconds that a wait for a code takes at most.
        on_provider_fault: what a test becomes that its provider failed: error, skip or xfail.
        ledger: a file, or the URL of a database. The URL may hold a password, so it is in no
            ``repr``; ``redact.mask_ledger`` shows it.
        sweep_wait_s: seconds to wait at the end of the run for refunds that are not due yet.
        targets: the hosts under test.
        mask_screenshots: of pages that the kit types into, by Playwright.
        environment: the process's environment with the ``.env`` file's additions. It holds
            keys, so it is in no ``repr``.
    """

    providers: tuple[str, ...] = ("sandbox",)
    service: str | None = None
    countries: tuple[str, ...] = ("US",)
    live: bool = False
    budget: Money | None = None
    budgets: Mapping[str, Money] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    max_price: Money | None = None
    unpriced: bool = False
    forecast: bool = False
    timeout_s: float = 120.0
    on_provider_fault: str = "error"
    ledger: Path | str = field(default=Path(".pytest_otp/ledger.sqlite3"), repr=False)
    sweep_wait_s: float = 0.0
    targets: tuple[str, ...] = ()
    mask_screenshots: bool = False
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
            *([f"budget {self.budget}"] if self.budget else []),
            *(f"budget {name} {limit}" for name, limit in self.budgets.items()),
            *([f"max price {self.max_price}"] if self.max_price else []),
            *([f"targets {', '.join(self.targets)}"] if self.targets else []),
            f"timeout {self.timeout_s:g} s",
            *([] if self.live else [f"sandbox {sandbox}"]),
            f"ledger {mask_ledger(self.ledger)}",
        ]
        return "otp: " + ", ".join(parts)


def resolve(config: pytest.Config) -> Settings:
    """The settings of this run.

    Raises:
        SettingsError: a value is wrong; the text names where it stands and what would be right.
    """
    variables = _environment(config)
    if not hasattr(config, "workerinput"):  # the controller of xdist's workers has said it
        _warn_of_misspelled(config, variables)
    given = {o.field: _given(o, config, variables) for o in OPTIONS if o.field}
    said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    settings = Settings(environment=variables, **said)
    _check(settings, config)
    any_service = "any" if settings.providers == ("sandbox",) else None
    ledger = settings.ledger
    return replace(
        settings,
        service=settings.service or any_service,
        ledger=config.rootpath / ledger if isinstance(ledger, Path) else ledger,
    )


def _check(settings: Settings, config: pytest.Config) -> None:
    """Refuse what is right by itself and wrong together, or where it stands."""
    if settings.sandbox_url and settings.sandbox_port:
        raise SettingsError(
            f"--otp-sandbox-url={settings.sandbox_url} and "
            f"--otp-sandbox-port={settings.sandbox_port} exclude each other; a port is for an "
            "embedded sandbox, so name one of the two"
        )
    if settings.live and "sandbox" in settings.providers:
        raise SettingsError(
            "--otp-live needs real providers, and 'sandbox' is none; "
            "name others with --otp-provider, or leave out --otp-live (PYTEST_OTP_LIVE)"
        )
    if config.getoption(BY_NAME["forecast"].ini) and not config.getoption("collectonly"):
        # Whoever writes it wants to know what the tests would cost, and not to pay that.
        raise SettingsError(
            "--otp-forecast tells what a run would cost and is for --collect-only; add that, or "
            "leave out --otp-forecast"
        )


def _warn_of_misspelled(config: pytest.Config, variables: Mapping[str, str]) -> None:
    """As pytest does of an ini key: a limit with a typing error is no limit at all."""
    known = {option.environment for option in OPTIONS}
    misspelled = [name for name in variables if name.startswith("PYTEST_OTP_")]
    for name in sorted(set(misspelled) - known):
        from difflib import get_close_matches  # noqa: PLC0415 - only where it is needed

        like = get_close_matches(name, known, n=1)
        hint = f"; did you mean {like[0]}?" if like else ""
        warning = pytest.PytestConfigWarning(f"Unknown environment variable: {name}{hint}")
        try:
            config.issue_config_time_warning(warning, stacklevel=2)
        except pytest.PytestConfigWarning as error:  # the project's filters want it so
            raise SettingsError(str(error)) from None


def _given(option: Option, config: pytest.Config, variables: Mapping[str, str]) -> object:
    """What the first source that has a value says; None where none has one."""
    for source, text in _sources(option, config, variables):
        if text is not None:
            try:
                return values.read(option, text)
            except ValueError as error:
                raise SettingsError(f"{source}{values.shown(option, text)}: {error}") from None
    return None


def _sources(
    option: Option, config: pytest.Config, variables: Mapping[str, str]
) -> Iterable[tuple[str, str | None]]:
    if option.in_flag:
        given = config.getoption(option.ini)
        yield f"{option.flag}=", ("on" if given else None) if option.switch else given
    yield f"{option.environment}=", variables.get(option.environment) or None
    if option.in_ini:
        yield f"{option.ini} = ", _ini(option, config)


def _ini(option: Option, config: pytest.Config) -> str | None:
    """What the configuration file says. If that is TOML it may be of any kind."""
    value: object = config.getini(option.ini) or None
    if option.lines and isinstance(value, list):
        return "\n".join(map(str, value))
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"{option.ini} = {value!r}: write it as one text between quotes")
    return value


def _environment(config: pytest.Config) -> Mapping[str, str]:
    """``os.environ`` over the ``.env`` file."""
    sources = _sources(BY_NAME["env_file"], config, os.environ)
    source, named = next(((s, text) for s, text in sources if text is not None), ("", None))
    path = config.rootpath / (".env" if named is None else named)
    return environment.read(
        path, f"{source}{named}", flag="--otp-env-file", needed=named is not None
    )
