"""The README's two command lines, and CI's promise to run the second one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What stands for a bare machine's programs. `python3 -m venv .venv` makes a venv whose tox ends as
# the test wants; `apt-get install` writes down what it was asked for.
PYTHON3 = """#!/bin/sh
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
APT_GET = """#!/bin/sh
[ "$1" = update ] || echo "$@" > installed
"""
SHELL = "awk bash cat chmod dirname grep mkdir mktemp rm sh tail tee"


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


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What of a clone matters here: README and CI's script, beside a folder of programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in SHELL.split():
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, body in {"python3": PYTHON3, "apt-get": APT_GET}.items():
        (programs / name).write_text(body)
        (programs / name).chmod(0o755)
    clone = tmp_path / "clone"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci")
    shutil.copy(ROOT / "README.md", clone)
    return clone


def run_ci(clone: Path, tox_exit: int = 0) -> subprocess.CompletedProcess[str]:
    """`.ci/run` on a machine that has these programs and no others."""
    return subprocess.run(
        ["bash", clone / ".ci" / "run"],
        env={"PATH": str(clone.parent / "bin"), "TOX_EXIT": str(tox_exit)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_ci_runs_the_second_line(clone: Path) -> None:
    """CI runs the line as the README has it, and ends on pytest's summary."""
    ran = run_ci(clone)
    assert ran.returncode == 0, ran.stderr
    assert f"+ {shell_blocks()[1]}" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "===== 7 passed in 1.23s ====="


def test_ci_fails_when_the_line_fails(clone: Path) -> None:
    """CI's exit code is that of the line, although its output goes through a pipe."""
    assert run_ci(clone, tox_exit=3).returncode == 3


def test_ci_installs_what_a_bare_machine_lacks(clone: Path) -> None:
    """On a machine with nothing but Python, all that the tests use is installed."""
    assert run_ci(clone).returncode == 0
    asked = (clone / "installed").read_text().split()
    assert {"chromium", "chromium-driver", "git", "npm", "postgresql"}.issubset(asked)
    assert "python3-venv" not in asked


def test_ci_leaves_a_complete_machine_alone(clone: Path) -> None:
    """Where everything is there, no package is asked for."""
    for present in ("chromium", "chromedriver", "git", "npm", "pg_ctlcluster"):
        (clone.parent / "bin" / present).symlink_to("/bin/true")
    assert run_ci(clone).returncode == 0
    assert not (clone / "installed").exists()
