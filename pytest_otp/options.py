"""Every option of the kit: one table, from which flags, ini keys and environment names follow."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Option:
    """One setting and how users reach it.

    Attributes:
        name: flag ``--otp-name``, ini key ``otp_name``, environment ``PYTEST_OTP_NAME``.
        kind: the function of ``values.py`` that reads it; None if nothing does.
        default: what ``Settings`` holds where nobody says anything, as a text; None for nothing.
        in_ini: false for what a committed file must not be able to switch on.
        in_flag: false for what has no short form on a command line.
        switch: a bare flag without a value.
        lines: the ini value has many lines, or is a list.
        field: of ``Settings``, if it is not called as the option; None if it sets none.
        flag: the command-line option.
        ini: the key in pytest's configuration file, and the flag's ``dest``.
        environment: the environment variable.
    """

    # No dataclass: to make one takes longer than all the rest that an empty run of pytest loads.
    def __init__(
        self,
        name: str,
        *,
        kind: str | None,
        default: str | None,
        help: str,  # noqa: A002 - as in pytest's addoption
        metavar: str = "VALUE",
        in_ini: bool = True,
        in_flag: bool = True,
        switch: bool = False,
        lines: bool = False,
        field: str | None = "",
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.help = help
        self.metavar = metavar
        self.in_ini = in_ini
        self.in_flag = in_flag
        self.switch = switch
        self.lines = lines
        self.field = name if field == "" else field
        self.flag = "--otp-" + name.replace("_", "-")
        self.ini = "otp_" + name
        self.environment = "PYTEST_OTP_" + name.upper()


OPTIONS: Final = (
    Option(
        "provider",
        field="providers",
        kind="providers",
        default="sandbox",
        help="who sells the numbers; later ones are fallbacks",
        metavar="A,B",
    ),
    Option(
        "service",
        kind="service",
        default=None,
        help="what the number is for ('any' in the sandbox, else required)",
        metavar="SLUG",
    ),
    Option(
        "country",
        field="countries",
        kind="countries",
        default="US",
        help="ISO 3166-1 alpha-2; later ones are fallbacks",
        metavar="US,GB",
    ),
    Option(
        "live",
        kind="switch",
        default="off",
        help="talk to the real providers and spend real money",
        in_ini=False,
        switch=True,
    ),
    Option(
        "budget",
        kind="price",
        default=None,
        help="the most that the whole run may cost; required when live",
        metavar="'2.00 USD'",
    ),
    Option(
        "budgets",
        kind="budgets",
        default="",
        help="further budgets, a line each: 'tag:signup = 0.50 USD', 'test = …', 'day = …'",
        in_flag=False,
        lines=True,
    ),
    Option(
        "rates",
        kind="rates",
        default="",
        help="rates between currencies, a line each: 'USD:IDR = 16200'",
        in_flag=False,
        lines=True,
    ),
    Option(
        "max_price",
        kind="price",
        default=None,
        help="the most that one number may cost",
        metavar="'0.25 USD'",
    ),
    Option(
        "unpriced",
        kind="permission",
        default="refuse",
        help="under a limit, 'allow' or 'refuse' numbers whose price is told only afterwards",
        in_flag=False,
    ),
    Option(
        "forecast",
        kind="switch",
        default="off",
        help="with --collect-only: what the collected tests would cost, at most",
        in_ini=False,
        switch=True,
    ),
    Option(
        "timeout",
        field="timeout_s",
        kind="seconds",
        default="120",
        help="seconds to wait for a code",
        metavar="SECONDS",
    ),
    Option(
        "on_provider_fault",
        kind="fault_policy",
        default="error",
        help="what a test becomes that its provider failed: 'error', 'skip' or 'xfail'",
        metavar="POLICY",
    ),
    Option(
        "ledger",
        kind="ledger",
        default=".pytest_otp/ledger.sqlite3",
        help="where leases and money are recorded: a file, or a PostgreSQL database",
        metavar="PATH|URL",
    ),
    Option(
        "sweep_wait",
        field="sweep_wait_s",
        kind="wait",
        default="0",
        help="seconds to wait at the end of the run for refunds that are not due yet",
        metavar="SECONDS",
    ),
    Option(
        "targets",
        kind="hosts",
        default=None,
        help="the hosts under test; required when live",
        metavar="HOST,HOST",
    ),
    Option(
        "mask_screenshots",
        kind="switch",
        default="off",
        help="mask what shows a number or a code in screenshots of pages that the kit types into",
        switch=True,
    ),
    Option(
        "sandbox_url",
        kind="url",
        default=None,
        help="use the sandbox that runs there instead of an embedded one",
        metavar="URL",
    ),
    Option(
        "sandbox_port",
        kind="port",
        default="0",
        help="port of the embedded sandbox; 0 takes any free one",
        metavar="PORT",
    ),
    Option(
        "env_file",
        field=None,
        kind=None,
        default=None,
        help="file of environment variables (default: .env in the rootdir)",
        metavar="PATH",
    ),
)
BY_NAME: Final = {option.name: option for option in OPTIONS}


def configured(config: pytest.Config) -> bool:
    """Whether a flag, the environment, a ``.env`` file or an ini key says anything to us."""
    return (
        any(name.startswith("PYTEST_OTP_") for name in os.environ)
        or _is_named_in(config.rootpath / ".env")
        or any(
            (option.in_flag and config.getoption(option.ini) is not None)
            or (option.in_ini and config.getini(option.ini))
            for option in OPTIONS
        )
    )


def _is_named_in(env_file: Path) -> bool:
    try:
        return b"PYTEST_OTP_" in env_file.read_bytes()
    except OSError:
        # There is none, mostly. One that cannot be read is refused by a run that leases.
        return False


def default_header(config: pytest.Config) -> str:
    """What ``Settings.header`` says where nobody says anything, without loading the settings."""
    return (
        "otp: provider sandbox (rehearsal), service any, country US, timeout 120 s, "
        f"sandbox embedded, ledger {config.rootpath / '.pytest_otp/ledger.sqlite3'}"
    )
