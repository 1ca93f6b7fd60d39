"""Ledgers that are damaged before a run, or out of reach at its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row
    from pytest_otp.sandbox.handle import Sandbox
    from tests.postgres_server import Postgres

    Run = Callable[..., pytest.RunResult]
    Rows = Callable[[], list[Row]]

COMMAND = Path(sys.executable).with_name("pytest-otp")
LEASES = "def test_leases(otp_phone): assert otp_phone.number"


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one", "xdist"])
def test_damaged_ledger_blocks_no_run(
    pytester: pytest.Pytester, run: Run, rows: Rows, workers: list[str]
) -> None:
    """It is kept under another name, the summary says so, and the run has a fresh one."""
    pytester.makepyfile(LEASES)
    run().assert_outcomes(passed=1)
    ledger = pytester.path / ".pytest_otp" / "ledger.sqlite3"
    damaged = b"\xa5" * ledger.stat().st_size
    ledger.write_bytes(damaged)
    result = run(*workers)
    result.assert_outcomes(passed=1)
    (kept,) = ledger.parent.glob("ledger.sqlite3.damaged-*Z")
    assert kept.read_bytes() == damaged
    told = [line for line in result.outlines if "was damaged and is kept as" in line]
    assert [kept.name in line for line in told] == [True]
    assert [row.state for row in rows()] == [State.REFUNDED]


def test_command_line_tells_of_a_damaged_ledger(pytester: pytest.Pytester, run: Run) -> None:
    """Whoever looks for open leases learns that the old ones are elsewhere."""
    pytester.makepyfile(LEASES)
    run().assert_outcomes(passed=1)
    pytester.path.joinpath(".pytest_otp", "ledger.sqlite3").write_bytes(b"\xa5" * 5000)
    result = pytester.run(COMMAND, "leases")
    assert result.ret == 0
    assert "was damaged and is kept as" in result.stderr.str()


def test_ledger_that_fails_at_the_end_is_told(
    pytester: pytest.Pytester, run: Run, postgres: Postgres
) -> None:
    """The tests keep their results; one line says what is wrong and who will finish the rest."""
    pytester.makepyfile(
        """
        import psycopg

        def test_plain(): pass

        def test_leases(otp_phone, otp_settings):
            with psycopg.connect(otp_settings.ledger) as db:
                db.execute("ALTER SCHEMA pytest_otp RENAME TO mislaid")
        """
    )
    with postgres.database() as url:
        result = run(f"--otp-ledger={url}")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["E *LedgerError: the ledger postgresql://*"])
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    told = [line for line in result.outlines if "waits for the next run" in line]
    assert len(told) == 1
    assert told[0].startswith("the ledger postgresql://127.0.0.1:")


def test_ledger_that_fails_keeps_no_number_from_going_back(
    pytester: pytest.Pytester, run: Run, postgres: Postgres, sandbox: Sandbox
) -> None:
    """Each lease of the test is cancelled, whatever became of the one before."""
    pytester.makepyfile(
        """
        import psycopg

        def test_leases(otp_lease, otp_settings):
            otp_lease()
            otp_lease()
            with psycopg.connect(otp_settings.ledger) as db:
                db.execute("ALTER SCHEMA pytest_otp RENAME TO mislaid")
        """
    )
    with postgres.database() as url:
        run(f"--otp-ledger={url}", f"--otp-sandbox-url={sandbox.url}")
    assert [each.refunded for each in sandbox.activations()] == [True, True]
