"""Real pytest runs in real processes, and what their ledgers hold."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs these tests reaches the runs under test."""
    for option in OPTIONS:
        monkeypatch.delenv(option.environment, raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pytest.RunResult]:
    """Run pytest in a process of its own, with warnings as errors.

    Only our plugin is loaded, and those that a test names: the others in this environment take
    longer than most tests here. ``test_inert`` and the examples load ours as users do.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(*args: str) -> pytest.RunResult:
        quick = ("-W", "error", "-p", "no:cacheprovider", "-p", "pytest_otp.plugin")
        return pytester.runpytest_subprocess(*quick, *args)

    return run


@pytest.fixture
def rows(pytester: pytest.Pytester) -> Callable[[], list[Row]]:
    """What the ledger at its default place holds."""

    def rows() -> list[Row]:
        with closing(
            SqliteLedger(pytester.path / ".pytest_otp/ledger.sqlite3", Owner("looker"))
        ) as ledger:
            return ledger.rows()

    return rows
