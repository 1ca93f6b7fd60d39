"""START HERE: the pytest hooks of every session; ``run_hooks.py`` has those of one that may lease.

This module is loaded in every session of every project in the environment. So it imports little,
and ``Run``, which holds the settings, is made when it is needed; a test compares ``sys.modules``
after a run without phones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_otp import hookspecs
from pytest_otp.fixtures import (
    RUN,
    _otp_runtime,
    otp_lease,
    otp_phone,
    otp_sandbox,
    otp_settings,
    run_of,
)
from pytest_otp.options import OPTIONS, configured, default_header

if TYPE_CHECKING:
    from typing import Any, Literal

__all__ = ["_otp_runtime", "otp_lease", "otp_phone", "otp_sandbox", "otp_settings"]

FIXTURES: Final = frozenset({"otp_phone", "otp_lease", "otp_sandbox", "otp_settings"})
MARKERS: Final = (
    "otp(service=, country=, provider=, max_price=, timeout=, tags=, reuse=): how to lease phones",
    "otp_live: makes sense only against a real provider; skipped unless the run is live",
)


# Flags of pytest's under which no test runs.
LOOKS: Final = ("collectonly", "showfixtures", "show_fixtures_per_test", "setupplan")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Flags and ini keys, from the one table of options."""
    group = parser.getgroup("otp", "phone verification (pytest-otp)")
    for option in OPTIONS:
        told = option.help
        if option.default and not option.switch:
            told += f" (default: {option.default})"
        if option.in_flag:
            # The default is None, so that environment and ini can tell that it was not given.
            more: dict[str, Any] = (
                {"action": "store_true"} if option.switch else {"metavar": option.metavar}
            )
            group.addoption(option.flag, dest=option.ini, default=None, help=told, **more)
        if option.in_ini:
            kind: Literal["linelist", "string"] = "linelist" if option.lines else "string"
            parser.addini(option.ini, told, type=kind, default=None)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hooks that projects may implement."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Settings that somebody made are resolved, and refused, before anything else happens."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    # Only xdist's workers collect, so its controller cannot know whether a number will be leased.
    if configured(config) or config.getoption("dist", "no") != "no":
        run_of(config)


def pytest_report_header(config: pytest.Config) -> str:
    """The resolved settings."""
    run = config.stash.get(RUN, None)
    return run.settings.header() if run else default_header(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The marker ``otp`` for users of our fixtures; the reason for skipping ``otp_live``."""
    if FIXTURES.intersection(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.otp)
    if item.get_closest_marker("otp_live") and not run_of(item.config).settings.live:
        item.add_marker(pytest.mark.skip(reason="otp_live: this run is not live (--otp-live)"))


# First, so that a worker has asked for the sandbox before xdist reports its collection.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """What must fail before the first test does so here: markers, ledger, sandbox."""
    leasing = [item for item in session.items if item.get_closest_marker("otp")]
    if leasing:
        only_looks = any(session.config.getoption(name, default=False) for name in LOOKS)
        run_of(session.config).begin(leasing, only_looks=only_looks)
