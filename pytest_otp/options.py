"""Every option of the kit: one table, from which flags, ini keys and environment names follow."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest


# Neither compared nor printed: each method that a dataclass makes costs every session of pytest.
@dataclass(eq=False, repr=False, kw_only=True)
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
    """

    name: str
    kind: str | None
    default: str | None
    help: str
    metavar: str = "VALUE"
    in_ini: bool = True
    in_flag: bool = True
    switch: bool = False
    lines: bool = False
    field: str | None = ""

    def __post_init__(self) -> None:
        if self.field == "":
            self.field = self.name

    @property
    def flag(self) -> str:
        """The command-line option."""
        return "--otp-" + self.name.replace("_", "-")

    @property
    def ini(self) -> str:
        """The key in pytest's configuration file, and the flag's ``dest``."""
        return "otp_" + self.name

    @property
    def environment(self) -> str:
        """The environment variable."""
        return "PYTEST_OTP_" + self.name.upper()

    def parse(self, text: str) -> object:
        """The value of a text.

        Raises:
            ValueError: one sentence, what is wrong with the text and what would be right.
        """
        # Only runs where somebody says something: no other run has a text to read.
        from pytest_otp import values  # noqa: PLC0415

        return getattr(values, self.kind)(text) if self.kind else text

    def shown(self, text: str) -> str:
        """How a text is repeated in an error: on one line, and no password in it."""
        from pytest_otp.redact import mask_ledger  # noqa: PLC0415 - see above

        return " | ".join((mask_ledger(text) if self.kind == "ledger" else text).split("\n"))


OPTIONS: Final = (
    Option(
        name="provider",
        field="providers",
        kind="providers",
        default="sandbox",
        help="who sells the numbers; later ones are fallbacks",
        metavar="A,B",
    ),
    Option(
        name="service",
        kind="service",
        default=None,
        help="what the number is for ('any' in the sandbox, else required)",
        metavar="SLUG",
    ),
    Option(
        name="country",
        field="countries",
        kind="countries",
        default="US",
        help="ISO 3166-1 alpha-2; later ones are fallbacks",
        metavar="US,GB",
    ),
    Option(
        name="live",
        kind="switch",
        default="off",
        help="talk to the real providers and spend real money",
        in_ini=False,
        switch=True,
    ),
    Option(
        name="budget",
        kind="price",
        default=None,
        help="the most that the whole run may cost; required when live",
        metavar="'2.00 USD'",
    ),
    Option(
        name="budgets",
        kind="budgets",
        default="",
        help="further budgets, a line each: 'tag:signup = 0.50 USD', 'test = …', 'day = …'",
        in_flag=False,
        lines=True,
    ),
    Option(
        name="rates",
        kind="rates",
        default="",
        help="rates between currencies, a line each: 'USD:IDR = 16200'",
        in_flag=False,
        lines=True,
    ),
    Option(
        name="max_price",
        kind="price",
        default=None,
        help="the most that one number may cost",
        metavar="'0.25 USD'",
    ),
    Option(
        name="unpriced",
        kind="permission",
        default="refuse",
        help="under a limit, 'allow' or 'refuse' numbers whose price is told only afterwards",
        in_flag=False,
    ),
    Option(
        name="forecast",
        kind="switch",
        default="off",
        help="with --collect-only: what the collected tests would cost, at most",
        in_ini=False,
        switch=True,
    ),
    Option(
        name="timeout",
        field="timeout_s",
        kind="seconds",
        default="120",
        help="seconds to wait for a code",
        metavar="SECONDS",
    ),
    Option(
        name="on_provider_fault",
        kind="fault_policy",
        default="error",
        help="what a test becomes that its provider failed: 'error', 'skip' or 'xfail'",
        metavar="POLICY",
    ),
    Option(
        name="ledger",
        kind="ledger",
        default=".pytest_otp/ledger.sqlite3",
        help="where leases and money are recorded: a file, or a PostgreSQL database",
        metavar="PATH|URL",
    ),
    Option(
        name="sweep_wait",
        field="sweep_wait_s",
        kind="wait",
        default="0",
        help="seconds to wait at the end of the run for refunds that are not due yet",
        metavar="SECONDS",
    ),
    Option(
        name="targets",
        kind="hosts",
        default=None,
        help="the hosts under test; required when live",
        metavar="HOST,HOST",
    ),
    Option(
        name="mask_screenshots",
        kind="switch",
        default="off",
        help="mask what shows a number or a code in screenshots of pages that the kit types into",
        switch=True,
    ),
    Option(
        name="sandbox_url",
        kind="url",
        default=None,
        help="use the sandbox that runs there instead of an embedded one",
        metavar="URL",
    ),
    Option(
        name="sandbox_port",
        kind="port",
        default="0",
        help="port of the embedded sandbox (default: any free one)",
        metavar="PORT",
    ),
    Option(
        name="env_file",
        field=None,
        kind=None,
        default=None,
        help="file of environment variables (default: .env in the rootdir)",
        metavar="PATH",
    ),
)
BY_NAME: Final = {option.name: option for option in OPTIONS}


def configured(config: pytest.Config) -> bool:
    """Whether a flag, the environment, a ``.env`` file or an ini key says anything."""
    return (
        any(option.in_flag and config.getoption(option.ini) is not None for option in OPTIONS)
        or any(name.startswith("PYTEST_OTP_") for name in os.environ)
        or any(option.in_ini and config.getini(option.ini) for option in OPTIONS)
        or (config.rootpath / ".env").exists()
    )


def default_header(config: pytest.Config) -> str:
    """What ``Settings.header`` says where nobody says anything, without loading the settings."""
    country, timeout_s, ledger = (
        BY_NAME[name].default or "" for name in ("country", "timeout", "ledger")
    )
    return (
        f"otp: provider sandbox (rehearsal), service any, country {country}, "
        f"timeout {timeout_s} s, sandbox embedded, ledger {config.rootpath / ledger}"
    )
