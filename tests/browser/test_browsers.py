"""A Chromium is found or got, and where it cannot be, one sentence says so within seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_otp.browsers import find_chromium, launch_options


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """Environment of a machine without a browser, whose downloads are refused."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for needed in ("env", "sh"):
        (programs / needed).symlink_to(f"/usr/bin/{needed}")
    return {
        "HOME": str(tmp_path),
        "PATH": str(programs),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers"),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
    }


def ensure(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """``python -m pytest_otp.browsers``, as CI and the demo run it."""
    return subprocess.run(
        [sys.executable, "-m", "pytest_otp.browsers"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_finds_a_program() -> None:
    """What is found is there and may be run."""
    chromium = find_chromium()
    assert chromium is not None
    assert os.access(chromium, os.X_OK)


def test_keeps_what_is_there() -> None:
    """With a browser on the machine nothing is installed: its path is printed and that is all."""
    ran = ensure(dict(os.environ))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{find_chromium()}\n", "")


def test_says_in_one_sentence_what_to_install(bare_machine: dict[str, str]) -> None:
    """Where nothing can be had, the last line says what to install, without a traceback."""
    ran = ensure(bare_machine)
    assert ran.returncode == 1
    *steps, sentence = ran.stderr.splitlines()
    assert "apt-get install chromium" in sentence
    assert sentence.startswith("No Chromium launches here")
    assert all(step.startswith("pytest-otp: ") for step in steps)


def test_falls_back_to_the_distribution(bare_machine: dict[str, str]) -> None:
    """After a refused download the distribution's package is installed and used."""
    programs = Path(bare_machine["PATH"])
    package = programs / "chromium"
    script = f'#!/bin/sh\nPATH=/usr/bin:/bin exec {find_chromium()} "$@"\n'
    for name, body in {
        "sudo": 'shift; exec "$@"',
        "apt-get": f"[ \"$1\" = update ] || printf %s '{script}' > {package}\n"
        f"[ ! -e {package} ] || /bin/chmod +x {package}",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    ran = ensure(bare_machine)
    assert (ran.returncode, ran.stdout) == (0, f"{package}\n")


def test_without_playwright_says_how_to_get_it(tmp_path: Path) -> None:
    """A missing Playwright is named first: no browser is of use without it."""
    script = (
        "import sys; sys.modules['playwright'] = None\n"
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "from pytest_otp.browsers import main; sys.exit(main())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=False
    )
    assert (ran.returncode, ran.stderr) == (
        1,
        "Playwright is not installed: run `pip install 'pytest-otp[playwright]'`.\n",
    )


def test_launch_options_name_a_system_browser_only_where_playwright_has_none() -> None:
    """The options hold ``executable_path`` only for a browser that Playwright would not find."""
    options = launch_options()
    path = options.get("executable_path")
    assert path is None or (path == str(find_chromium()) and "ms-playwright" not in str(path))
    assert ("--no-sandbox" in options["args"]) == (os.geteuid() == 0)  # type: ignore[operator]  # a list
