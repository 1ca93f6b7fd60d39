"""The hooks of a run that may lease: a plugin of its own, which ``run_of`` registers.

Every session of every project pays for what ``plugin.py`` holds; this it pays for where somebody
configures the kit, a test asks for a phone, or xdist distributes the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.fixtures import run_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A purchase that the provider failed is treated as ``otp_on_provider_fault`` says."""
    __tracebackhide__ = True
    return (yield from _provider_faults_apart(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """So is a wait, or a purchase in the test itself."""
    __tracebackhide__ = True
    return (yield from _provider_faults_apart(item))


def _provider_faults_apart(item: pytest.Item) -> Generator[None, None, None]:
    __tracebackhide__ = True
    try:
        return (yield)
    except Exception as error:
        if (fault := _provider_fault(error)) is not None:
            run_of(item.config).provider_fault(fault)
        raise


def _provider_fault(error: Exception) -> Exception | None:
    """The provider's fault that was raised; in a task group's errors, if there is nothing else."""
    while isinstance(error, ExceptionGroup):
        if error.split(_is_fault)[1] is not None:
            return None
        error = error.exceptions[0]
    return error if _is_fault(error) else None


def _is_fault(error: BaseException) -> bool:
    return bool(getattr(error, "provider_fault", False))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After every fixture is torn down and every worker is gone: collect what is owed."""
    run_of(session.config).finish()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the run leased, and what became of the money."""
    if lines := run_of(terminalreporter.config).summary():
        terminalreporter.write_sep("-", "phone verification")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    run_of(config).close()
