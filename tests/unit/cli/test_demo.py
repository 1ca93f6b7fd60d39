"""`pytest-otp demo`, from a clone and from an installed wheel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pytest_otp.cli.demo import lay_down
from tests import wheels
from tests.wheels import ROOT

MAIN = "import sys; from pytest_otp.cli import main; sys.exit(main())"
WAITS = "import threading\ndef test_waits(): threading.Event().wait()\n"


def demo(*words: str | Path, main: str = MAIN, **environment: str) -> subprocess.Popen[str]:
    """Start `pytest-otp demo` from this clone, in a process group of its own, as a shell would."""
    return subprocess.Popen(
        [sys.executable, "-c", main, "demo", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def laid_down(folder: Path, test: str) -> Path:
    """An earlier demo whose tests its owner has replaced with one."""
    lay_down(folder)
    for example in folder.glob("test_*.py"):
        example.write_text("")
    (folder / "test_mine.py").write_text(test)
    return folder


def test_runs_from_a_clone(tmp_path: Path) -> None:
    """The three examples pass in the sandbox, whatever the environment says, and are explained."""
    folder = tmp_path / "new" / "demo"
    ran = demo(
        folder,
        PYTEST_OTP_LIVE="1",
        PYTEST_OTP_PROVIDER="no-such-provider",
        PYTEST_ADDOPTS="--collect-only",
    )
    out, err = ran.communicate(timeout=120)
    assert (ran.returncode, err) == (0, ""), out
    assert "3 passed" in out
    _, where_to_look = out.split(f"Where to look next, in {folder}:")
    for line in where_to_look.strip().splitlines()[:-1]:
        assert (folder / line.split()[0]).exists()


def test_runs_from_a_wheel(tmp_path: Path) -> None:
    """An installed wheel brings the examples along and lays them down in a temporary folder."""
    wheel, environment = wheels.build(tmp_path / "wheels"), tmp_path / "venv"
    venv.create(environment)
    install = [*wheels.pip(environment), "install", "-q", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(install, check=True)
    # The dependencies are those of this run; the kit itself is the wheel's, which comes first.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = environment / "lib" / version / "site-packages"
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    # Not below tmp_path: Chromium's sockets need a path of less than 108 characters.
    with TemporaryDirectory() as temporary:
        ran = subprocess.run(
            [environment / "bin" / "pytest-otp", "demo"],
            env={**os.environ, "TMPDIR": temporary},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        folders = [str(folder) for folder in Path(temporary).glob("pytest-otp-demo-*")]
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "3 passed" in ran.stdout
    assert [f"Where to look next, in {folder}:" in ran.stdout for folder in folders] == [True]
    assert f"{environment}/bin/python" in ran.stdout


def test_keeps_what_its_owner_changed(tmp_path: Path) -> None:
    """Run again in the same folder, it runs the files as they are now and restores missing ones."""
    folder = laid_down(tmp_path / "demo", "def test_mine(): pass\n")
    (folder / "README.md").unlink()
    ran = demo(folder)
    out, _ = ran.communicate(timeout=60)
    assert (ran.returncode, "1 passed" in out) == (0, True)
    assert (folder / "test_sign_up_http.py").read_text() == ""
    assert (folder / "README.md").exists()


def test_a_failing_example_fails_the_demo(tmp_path: Path) -> None:
    """The exit code is pytest's, and where to look is said all the same."""
    ran = demo(laid_down(tmp_path, "def test_mine(): assert False\n"))
    out, _ = ran.communicate(timeout=60)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Where to look next" in out


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C ends pytest in its own orderly way, and the demo with pytest's exit code."""
    ran = demo(laid_down(tmp_path, WAITS), PYTEST_ADDOPTS="-v")
    assert ran.stdout
    while "collected 1 item" not in ran.stdout.readline():
        assert ran.poll() is None
    os.killpg(ran.pid, signal.SIGINT)
    out, err = ran.communicate(timeout=60)
    assert ran.returncode == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in out + err


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_before_pytest_leaves_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C while the browser is looked for ends the demo as a shell expects, without a word."""
    interrupted = (
        "import signal, pytest_otp.browsers\n"
        "pytest_otp.browsers.ensure_chromium = lambda: signal.raise_signal(signal.SIGINT)\n"
    )
    ran = demo(tmp_path / "demo", main=interrupted + MAIN)
    out, err = ran.communicate(timeout=30)
    assert (ran.returncode, out, err) == (130, "", "")


def test_refuses_a_foreign_folder(tmp_path: Path) -> None:
    """A folder with other files is left as it is, and one sentence says what to do."""
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    ran = demo(tmp_path)
    out, err = ran.communicate(timeout=30)
    assert (ran.returncode, out) == (1, "")
    assert err == (
        f"pytest-otp: {tmp_path} holds files that are no earlier demo: "
        "name an empty or a new folder.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_refuses_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A path below a file is refused in one sentence."""
    (tmp_path / "file").touch()
    ran = demo(tmp_path / "file" / "demo")
    _, err = ran.communicate(timeout=30)
    assert ran.returncode == 1
    assert err.startswith("pytest-otp: The demo cannot be laid down in ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("missing", ["playwright", "pytest_playwright"])
def test_without_playwright_says_what_to_install(tmp_path: Path, missing: str) -> None:
    """Without Playwright or its pytest plugin it says which extra to install, and does nothing."""
    folder = tmp_path / "demo"
    ran = demo(folder, main=f"import sys; sys.modules[{missing!r}] = None\n{MAIN}")
    _, err = ran.communicate(timeout=30)
    assert ran.returncode == 1
    assert err.startswith("pytest-otp: The demo needs Playwright and its pytest plugin: run ")
    assert "pip install 'pytest-otp[playwright]'" in err
    assert not folder.exists()
