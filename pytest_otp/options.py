"""Every option of the kit: one table, from which flags, ini keys and environment names follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_otp import values
from pytest_otp.redact import mask_ledger

if TYPE_CHECKING:
    from collections.abc import Callable


# Neither compared nor printed: each method that a dataclass makes costs every session of pytest.
@dataclass(eq=False, repr=False, kw_only=True)
class Option:
    """One setting and how users reach it.

    Attributes:
        name: flag ``--otp-name``, ini key ``otp_name``, environment ``PYTEST_OTP_NAME``.
        parse: makes the value of a text, or raises ``ValueError`` with one sentence.
        default: what ``Settings`` holds where nobody says anything, as a text; None for nothing.
        in_ini: false for what a committed file must not be able to switch on.
        in_flag: false for what has no short form on a command line.
        switch: a bare flag without a value.
        lines: the ini value has many lines, or is a list.
        shown: how a value is repeated in an error.
        field: of ``Settings``, if it is not called as the option; None if it sets none.
    """

    name: str
    parse: Callable[[str], object]
    default: str | None
    help: str
    metavar: str = "VALUE"
    in_ini: bool = True
    in_flag: bool = True
    switch: bool = False
    lines: bool = False
    shown: Callable[[str], str] = str
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


OPTIONS: Final = (
    Option(
        name="provider",
        field="providers",
        parse=values.providers,
        default="sandbox",
        help="who sells the numbers; later ones are fallbacks",
        metavar="A,B",
    ),
    Option(
        name="service",
        parse=values.service,
        default=None,
        help="what the number is for ('any' in the sandbox, else required)",
        metavar="SLUG",
    ),
    Option(
        name="country",
        field="countries",
        parse=values.countries,
        default="US",
        help="ISO 3166-1 alpha-2; later ones are fallbacks",
        metavar="US,GB",
    ),
    Option(
        name="live",
        parse=values.switch,
        default="off",
        help="talk to the real providers and spend real money",
        in_ini=False,
        switch=True,
    ),
    Option(
        name="budget",
        parse=values.price,
        default=None,
        help="the most that the whole run may cost; required when live",
        metavar="'2.00 USD'",
    ),
    Option(
        name="budgets",
        parse=values.budgets,
        default="",
        help="further budgets, a line each: 'tag:signup = 0.50 USD', 'test = …', 'day = …'",
        in_flag=False,
        lines=True,
    ),
    Option(
        name="rates",
        parse=values.rates,
        default="",
        help="rates between currencies, a line each: 'USD:IDR = 16200'",
        in_flag=False,
        lines=True,
    ),
    Option(
        name="max_price",
        parse=values.price,
        default=None,
        help="the most that one number may cost",
        metavar="'0.25 USD'",
    ),
    Option(
        name="unpriced",
        parse=values.permission,
        default="refuse",
        help="under a limit, 'allow' or 'refuse' numbers whose price is told only afterwards",
        in_flag=False,
    ),
    Option(
        name="forecast",
        parse=values.switch,
        default="off",
        help="with --collect-only: what the collected tests would cost, at most",
        in_ini=False,
        switch=True,
    ),
    Option(
        name="timeout",
        field="timeout_s",
        parse=values.seconds,
        default="120",
        help="seconds to wait for a code",
        metavar="SECONDS",
    ),
    Option(
        name="on_provider_fault",
        parse=values.fault_policy,
        default="error",
        help="what a test becomes that its provider failed: 'error', 'skip' or 'xfail'",
        metavar="POLICY",
    ),
    Option(
        name="ledger",
        parse=values.ledger,
        default=".pytest_otp/ledger.sqlite3",
        help="where leases and money are recorded: a file, or a PostgreSQL database",
        metavar="PATH|URL",
        shown=mask_ledger,
    ),
    Option(
        name="sweep_wait",
        field="sweep_wait_s",
        parse=values.wait,
        default="0",
        help="seconds to wait at the end of the run for refunds that are not due yet",
        metavar="SECONDS",
    ),
    Option(
        name="targets",
        parse=values.hosts,
        default=None,
        help="the hosts under test; required when live",
        metavar="HOST,HOST",
    ),
    Option(
        name="sandbox_url",
        parse=values.url,
        default=None,
        help="use the sandbox that runs there instead of an embedded one",
        metavar="URL",
    ),
    Option(
        name="sandbox_port",
        parse=values.port,
        default="0",
        help="port of the embedded sandbox (default: any free one)",
        metavar="PORT",
    ),
    Option(
        name="env_file",
        field=None,
        parse=str,
        default=None,
        help="file of environment variables (default: .env in the rootdir)",
        metavar="PATH",
    ),
)
BY_NAME: Final = {option.name: option for option in OPTIONS}
