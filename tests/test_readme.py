"""The README's two command lines, and CI's promise to run the second one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON3 = """#!/bin/sh
# Stands for the machine's Python: `-m venv .venv` makes a venv whose tox ends as this run asks.
[ "$1" = -m ] || exit 0
mkdir -p .venv/bin
echo '#!/bin/sh' > .venv/bin/pip
cat > .venv/bin/tox <<END
#!/bin/sh
echo "===== 7 passed in 1.23s ====="
echo "  py: done"
exit $TOX_EXIT
END
chmod +x .venv/bin/*
"""


def shell_blocks() -> list[str]:
    """What stands in the README's `sh` blocks, in order."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


def test_the_first_line_runs_the_demo() -> None:
    """The first block is one line that sets up a venv and runs the demo with its browser."""
    (line,) = shell_blocks()[0].splitlines()
    assert line.startswith("python3 -m venv .venv && ")
    assert "'.[playwright]'" in line
    assert line.endswith("/pytest-otp demo")


def test_the_second_line_runs_the_tests() -> None:
    """The second block is one line that sets up a venv and runs tox."""
    (line,) = shell_blocks()[1].splitlines()
    assert line.startswith("python3 -m venv .venv && ")
    assert line.endswith("/tox")


@pytest.mark.parametrize("tox_exit", [0, 1])
def test_ci_runs_the_second_line(tmp_path: Path, tox_exit: int) -> None:
    """CI runs the line as the README has it, ends on pytest's summary, and fails when tox fails."""
    machine = tmp_path / "bin"
    machine.mkdir()
    (machine / "python3").write_text(PYTHON3)
    for present in ("chromium", "git", "npm"):
        (machine / present).write_text("#!/bin/sh\n")
    for program in machine.iterdir():
        program.chmod(0o755)
    clone = tmp_path / "clone"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci")
    shutil.copy(ROOT / "README.md", clone)
    ran = subprocess.run(
        ["bash", clone / ".ci" / "run"],
        env={**os.environ, "PATH": f"{machine}:{os.environ['PATH']}", "TOX_EXIT": str(tox_exit)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == tox_exit, ran.stderr
    assert ran.stdout.startswith(f"+ {shell_blocks()[1]}")
    assert ran.stdout.count("7 passed") == (2 if tox_exit == 0 else 1)
    assert tox_exit or "7 passed" in ran.stdout.splitlines()[-1]
