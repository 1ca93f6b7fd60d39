"""Runs whose ledger is a PostgreSQL database."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_otp.core.rows import Row
    from tests.postgres_server import Postgres

    Run = Callable[..., pytest.RunResult]

LEASES = "def test_leases(otp_phone): assert otp_phone.number"
COMMAND = Path(sys.executable).with_name("pytest-otp")


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database."""
    with postgres.database() as url:
        yield url


def rows(database: str) -> list[Row]:
    """What the ledger holds."""
    with closing(stores.open(database, Owner("looker"))) as ledger:
        return list(ledger.rows())


def password(url: str) -> str:
    """The password in a URL, as it is written there."""
    return quote(urlsplit(url).password or "", safe="%")


def refused(result: pytest.RunResult, *words: str) -> None:
    """One sentence, exit code 4, no test run, no traceback."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert len(errors) == 1, result.errlines
    for word in words:
        assert word in errors[0]
    text = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in text
    assert "passed" not in text


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one", "xdist"])
def test_run_leases_from_a_database(
    pytester: pytest.Pytester, run: Run, database: str, workers: list[str]
) -> None:
    """The header shows where the ledger is, and the leases are there and settled."""
    pytester.makepyfile(LEASES + "\n" + LEASES.replace("test_leases", "test_again"))
    result = run(f"--otp-ledger={database}", *workers)
    result.assert_outcomes(passed=2)
    parts = urlsplit(database)
    shown = f"postgresql://{parts.hostname}:{parts.port}{parts.path}"
    result.stdout.fnmatch_lines([f"otp: *, ledger {shown}", "*bought 2 * refunded 2 *"])
    assert [row.state for row in rows(database)] == [State.REFUNDED] * 2
    assert not pytester.path.joinpath(".pytest_otp").exists()


def test_password_stands_nowhere(pytester: pytest.Pytester, run: Run, database: str) -> None:
    """Not in the header, not in a repr, and not among the locals of a traceback."""
    pytester.makepyfile(
        """
        import psycopg

        def test_settings(otp_settings):
            assert otp_settings is None

        def test_ledger(otp_phone, otp_settings, _otp_runtime):
            ledger = _otp_runtime._ledger
            state = vars(ledger)
            with psycopg.connect(otp_settings.ledger) as db:
                db.execute("ALTER TABLE pytest_otp.lease RENAME TO mislaid")
            try:
                ledger.rows()
            finally:
                with psycopg.connect(otp_settings.ledger) as db:
                    db.execute("ALTER TABLE pytest_otp.mislaid RENAME TO lease")
        """
    )
    result = run(f"--otp-ledger={database}", "-vv", "--showlocals")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*LedgerError: the ledger postgresql://*lease*does not exist*"])
    result.stdout.fnmatch_lines(["state *"])
    text = result.stdout.str() + result.stderr.str()
    assert password(database) not in text
    assert (urlsplit(database).password or "") not in text


def test_wrong_password_ends_the_run_before_it_begins(
    pytester: pytest.Pytester, run: Run, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that names the setting; where it stands does not matter."""
    pytester.makepyfile(LEASES)
    wrong = database.replace(password(database), "s3cret")
    for result in (
        run(f"--otp-ledger={wrong}"),
        run("-p", "xdist", "-n1", f"--otp-ledger={wrong}"),
    ):
        refused(result, "--otp-ledger", "password authentication failed")
        assert "s3cret" not in result.stdout.str() + result.stderr.str()
    monkeypatch.setenv("PYTEST_OTP_LEDGER", wrong)
    refused(run(), "--otp-ledger", "password authentication failed")


def test_what_is_no_url_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """The value is shown without what might be the password."""
    pytester.makepyfile(LEASES)
    result = run("--otp-ledger=postgresql://ci:s3cret@home@db.example/otp")
    refused(result, "--otp-ledger=postgresql://…:", "write %40 for @")
    assert "s3cret" not in result.stdout.str() + result.stderr.str()


def test_missing_driver_is_named(pytester: pytest.Pytester, run: Run) -> None:
    """The sentence says how to install it; a ledger in a file does not need it."""
    pytester.makepyfile(LEASES)
    pytester.makeconftest("import sys\n\nsys.modules['psycopg'] = None")
    refused(
        run("--otp-ledger=postgresql://ci:s3cret@127.0.0.1/otp"),
        "postgresql://127.0.0.1/otp",
        "pip install 'pytest-otp[postgres]'",
    )
    run().assert_outcomes(passed=1)


def test_command_line_reads_it_too(pytester: pytest.Pytester, run: Run, database: str) -> None:
    """``pytest-otp leases`` and ``sweep`` take the same URL."""
    pytester.makepyfile(LEASES)
    run(f"--otp-ledger={database}").assert_outcomes(passed=1)
    listed = pytester.run(COMMAND, "leases", "--ledger", database)
    assert listed.ret == 0
    assert "refunded" in listed.stdout.str()
    wrong = pytester.run(COMMAND, "leases", "--ledger", "postgresql://ci:s3cret@a@b/otp")
    assert wrong.ret == 1
    assert "s3cret" not in wrong.stderr.str()
    assert "--ledger=postgresql://…: " in wrong.stderr.str()
