"""What `pytest-otp` does before and after its subcommands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_otp.cli import COMMANDS, main


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    """`pytest-otp --help` names all subcommands, each with what it is for."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert listed.issuperset(COMMANDS)


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
