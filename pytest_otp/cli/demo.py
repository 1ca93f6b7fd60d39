"""`pytest-otp demo`: lays the example project down and runs it, in the sandbox.

Looks wrong and is right: files of an earlier demo are kept as they are, because whoever plays with
the demo edits them; settings of the kit in the environment are dropped, because a demo must never
spend money; pytest runs in a process of its own, so that its Ctrl-C and exit code are its own.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    import argparse

_PACKAGE: Final = Path(__file__).parents[1]
_STAMP: Final = ".pytest-otp-demo"
_NOT_FOR_THE_DEMO: Final = ("PYTEST_ADDOPTS", "PYTHONSAFEPATH", "SMS_GATEWAY_URL")
_LOOK: Final = (
    ("test_sign_up_playwright.py", "a sign-up in a real browser"),
    ("test_sign_up_playwright_async.py", "the same with asyncio"),
    ("test_sign_up_http.py", "the same without a browser"),
    ("conftest.py", "starts the application, with the sandbox as its SMS gateway"),
    ("signup_app", "the application under test: it knows nothing of pytest-otp"),
    ("README.md", "what happened here, and what to try next"),
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe `pytest-otp demo [DIR]`."""
    parser = subparsers.add_parser(
        "demo",
        help="run the example project",
        description="Lay the example project down and run its tests, offline, in the sandbox.",
    )
    parser.add_argument(
        "dir", nargs="?", type=Path, metavar="DIR", help="where to; default: a temporary folder"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Lay the project down, run it, say where to look next; return pytest's exit code."""
    _check_playwright()
    folder = lay_down(args.dir)
    from pytest_otp.browsers import ensure_chromium  # noqa: PLC0415 - after the cheap refusals

    ensure_chromium()
    exit_code = _run_pytest(folder)
    print(_where_to_look(folder))
    return exit_code


def lay_down(folder: Path | None) -> Path:
    """Copy the example project to a folder; what an earlier demo left there is kept.

    Args:
        folder: where to; None makes a temporary folder.

    Returns:
        The folder's absolute path.

    Raises:
        SettingsError: the folder holds something else, or cannot be written.
    """
    try:
        target = Path(folder or tempfile.mkdtemp(prefix="pytest-otp-demo-")).resolve()
        target.mkdir(parents=True, exist_ok=True)
        stamp = target / _STAMP
        if any(target.iterdir()) and not stamp.exists():
            raise SettingsError(
                f"{target} holds files that are no earlier demo: name an empty or a new folder."
            )
        stamp.touch()
        _copy_missing(_example_project(), target)
    except OSError as error:
        raise SettingsError(
            f"The demo cannot be laid down in {folder}: {error.strerror}; name another folder."
        ) from None
    return target


def _example_project() -> Path:
    """Where the project is: in the wheel, else in the clone."""
    packaged = _PACKAGE / "_examples"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "examples"


def _copy_missing(source: Path, target: Path) -> None:
    # A clone's examples/ has been run in place: leave what that left behind.
    leave = shutil.ignore_patterns("__pycache__", ".*", "test-results")

    def copy_if_missing(origin: str, copy: str) -> None:
        if not Path(copy).exists():
            shutil.copyfile(origin, copy)

    shutil.copytree(source, target, ignore=leave, copy_function=copy_if_missing, dirs_exist_ok=True)


def _check_playwright() -> None:
    needed = ("playwright", "pytest_playwright")
    if any(importlib.util.find_spec(name) is None for name in needed):
        raise SettingsError(
            "The demo needs Playwright and its pytest plugin: "
            f"run `{sys.executable} -m pip install 'pytest-otp[playwright]'`."
        )


def _run_pytest(folder: Path) -> int:
    command = [sys.executable, "-m", "pytest"]
    with subprocess.Popen(command, cwd=folder, env=_environment()) as pytest:  # noqa: S603 - ours
        while True:
            try:
                return pytest.wait()
            except KeyboardInterrupt:
                # The terminal sent it to pytest too, which now tears down.
                continue


def _environment() -> dict[str, str]:
    """This environment, less what would change the run or lead it out of the sandbox."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST_OTP_") and name not in _NOT_FOR_THE_DEMO
    }
    proxy_free = [kept.get("NO_PROXY", ""), "127.0.0.1"]
    return {**kept, "NO_PROXY": ",".join(filter(None, proxy_free))}


def _where_to_look(folder: Path) -> str:
    width = max(len(name) for name, _ in _LOOK)
    lines = [f"  {name:{width}}  {what}" for name, what in _LOOK]
    again = f"cd {shlex.quote(str(folder))} && {shlex.quote(sys.executable)} -m pytest"
    return "\n".join(["", f"Where to look next, in {folder}:", *lines, f"Run it again: {again}"])
