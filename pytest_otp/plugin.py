"""START HERE: every pytest hook that the kit implements.

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
    from collections.abc import Generator
    from typing import Any, Literal

__all__ = ["_otp_runtime", "otp_lease", "otp_phone", "otp_sandbox", "otp_settings"]

FIXTURES: Final = frozenset({"otp_phone", "otp_lease", "otp_sandbox", "otp_settings"})
MARKERS: Final = (
    "otp(service=, country=, provider=, max_price=, timeout=, tags=, reuse=): how to lease phones",
    "otp_live: makes sense only against a real provider; skipped unless the run is live",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Flags and ini keys, from the one table of options."""
    group = parser.getgroup("otp", "phone verification (pytest-otp)")
    for option in OPTIONS:
        if option.in_flag:
            # The default is None, so that environment and ini can tell that it was not given.
            more: dict[str, Any] = (
                {"action": "store_true"} if option.switch else {"metavar": option.metavar}
            )
            group.addoption(option.flag, dest=option.ini, default=None, help=option.help, **more)
        if option.in_ini:
            kind: Literal["linelist", "string"] = "linelist" if option.lines else "string"
            parser.addini(option.ini, option.help, type=kind, default=None)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hooks that projects may implement."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Settings that somebody made are resolved, and refused, before anything else happens."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if configured(config):
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
    if not leasing:
        return
    from pytest_otp.markers import checked_options  # noqa: PLC0415 - only runs that lease

    run = run_of(session.config)
    try:
        options = checked_options(leasing, run.settings)
    except pytest.UsageError as error:
        run.refuse(error)
        return
    if not session.config.option.collectonly:
        run.prepare()
    elif run.settings.forecast:
        run.forecast(options)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A purchase that the provider failed is treated as ``otp_on_provider_fault`` says."""
    return (yield from _provider_faults_apart(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """So is a wait, or a purchase in the test itself."""
    return (yield from _provider_faults_apart(item))


def _provider_faults_apart(item: pytest.Item) -> Generator[None, None, None]:
    __tracebackhide__ = True
    try:
        return (yield)
    except Exception as error:
        if getattr(error, "provider_fault", False):
            run_of(item.config).provider_fault(error)
        raise


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist exports no type for it
    """As xdist's controller: tell a worker where to meet."""
    meeting = run_of(node.config).meeting
    if meeting is not None:
        meeting.invite(node.workerinput)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:  # noqa: ANN401 - as above
    """As xdist's controller: start the sandbox if a worker needs it."""
    run_of(node.config).host()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After every fixture is torn down and every worker is gone: collect what is owed."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        run.finish()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the run leased, and what became of the money."""
    run = terminalreporter.config.stash.get(RUN, None)
    if run is not None and (lines := run.summary()):
        terminalreporter.write_sep("-", "phone verification")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.close()
