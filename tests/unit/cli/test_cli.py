"""What `pytest-otp` does before and after its subcommands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from pytest_otp.cli import COMMANDS, main
from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from tests.unit.events import bought, intended

if TYPE_CHECKING:
    from pathlib import Path


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    """`pytest-otp --help` names all subcommands, each with what it is for."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert listed.issuperset(COMMANDS)


def test_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    """What a bug report needs."""
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"pytest-otp {metadata.version('pytest-otp')}\n"


@pytest.mark.parametrize("words", [[], ["demoo"]])
def test_a_wrong_word_lists_the_right_ones(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """No subcommand, or a wrong one, exits with 2."""
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "pytest-otp: error:" in capsys.readouterr().err


def test_a_reader_that_stops_early_is_no_error() -> None:
    """`pytest-otp extract | head -1` ends without a traceback, as other tools do."""
    command = "import sys; from pytest_otp.cli import main; sys.exit(main(['extract']))"
    extract = subprocess.Popen(
        [sys.executable, "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert extract.stdout
    extract.stdout.close()
    _, err = extract.communicate("482913 is your code\n" * 10, timeout=30)
    assert (extract.returncode, err) == (141, "")


@pytest.mark.parametrize(
    ("shell", "code", "told"),
    [
        ("echo 482913 is your code | {} extract >/dev/full", 1, "No space left on device"),
        ("echo 482913 is your code | {} extract >&-", 0, ""),
        ("{} extract <&-", 0, ""),
        ("{} leases --ledger none >&- 2>&-", 1, ""),
    ],
)
def test_streams_that_are_closed_or_full_end_without_a_traceback(
    shell: str, code: int, told: str
) -> None:
    """In one sentence, or in none where nobody could read it."""
    python = shlex.quote(sys.executable)
    program = f"{python} -c 'import sys; from pytest_otp.cli import main; sys.exit(main())'"
    ended = subprocess.run(
        ["sh", "-c", shell.format(program)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stdout) == (code, "")
    assert len(ended.stderr.splitlines()) == bool(told)
    assert told in ended.stderr


@pytest.mark.parametrize(
    ("flags", "variable", "sentence"),
    [
        (["--ledger", ""], "here", "pytest-otp: --ledger=: a ledger needs a place"),
        ([], "mysql://h/db", "pytest-otp: PYTEST_OTP_LEDGER=mysql://…: a ledger is a file"),
        ([], "", "pytest-otp: there is no ledger at {}/.pytest_otp/ledger.sqlite3; name one"),
        ([], "here", "pytest-otp: there is no ledger at {}/here; name one with --ledger"),
        (["--ledger", "there"], "here", "pytest-otp: there is no ledger at {}/there; name one"),
    ],
)
def test_ledger_is_named_where_it_was_named(
    flags: list[str],
    variable: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The flag, else the variable, else the default; an empty flag is a slip and no default."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_OTP_LEDGER", variable)
    assert main(["sweep", *flags]) == 1
    assert capsys.readouterr().err.startswith(sentence.format(tmp_path))


def test_output_fits_any_encoding(tmp_path: Path) -> None:
    """The dots of a masked number are escaped where the terminal has none."""
    with closing(SqliteLedger(tmp_path / "ledger", Owner("owner-1"))) as ledger:
        ledger.record(intended(), 1.0)
        ledger.record(bought(), 2.0)
    words = ["leases", "--ledger", str(tmp_path / "ledger")]
    ended = subprocess.run(
        [sys.executable, "-c", f"from pytest_otp.cli import main; main({words})"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=30,
        check=True,
    )
    assert ended.stderr == b""
    assert rb"+1\u2022" in ended.stdout


def test_only_the_subcommand_asked_for_is_imported() -> None:
    """`pytest-otp demo --help` imports neither the other subcommands nor anything heavy."""
    script = (
        "import sys; before = set(sys.modules)\n"
        "from pytest_otp.cli import main\n"
        "try: main(['demo', '--help'])\n"
        "except SystemExit: print(*set(sys.modules) - before, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    imported = set(ran.stderr.split())
    heavy = {"pytest", "httpx", "starlette", "uvicorn", "sqlite3", "playwright"}
    assert "pytest_otp.cli.demo" in imported
    assert not imported & {"pytest_otp.cli.sandbox", *heavy}
