"""Finds a Chromium for Playwright, and gets one where there is none.

Playwright's own download is preferred, because it is the build that Playwright is tested with; the
system's Chromium is nearly as good and is what a machine without that download can have.

Looks wrong and is right: the browser is downloaded before its system libraries are installed, not
by one ``--with-deps``, so that a refused download costs seconds and no package; Playwright's place
of installation is read from its dry run, since only it knows the folder names of its version; each
step runs in a process group of its own, so that a time limit ends its grandchildren too.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_otp.errors import BrowserMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SYSTEM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OWN_NAMES: Final = frozenset({"chrome", "headless_shell", "chrome-headless-shell"})
_QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
_PLAYWRIGHT: Final = (sys.executable, "-m", "playwright")

# Longest times in seconds. The download's first byte is bounded apart, for a network that drops
# packets instead of refusing them: Playwright tries five times.
_ASK_S: Final = 60.0
_DOWNLOAD_S: Final = 600.0
_PACKAGES_S: Final = 600.0
_FIRST_BYTE_MS: Final = "8000"

_PROBE: Final = """
import json, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(**json.loads(sys.argv[1]))
    browser.new_page().set_content("<p>ready")
    browser.close()
"""


def find_chromium() -> Path | None:
    """The Chromium that a headless test would run; asks no network.

    Returns:
        Playwright's own if it is downloaded, else the system's, else None.
    """
    return _playwrights_own() or _systems()


def launch_options() -> dict[str, object]:
    """Keyword arguments for Playwright's ``chromium.launch``.

    Made for the fixture ``browser_type_launch_args`` of pytest-playwright::

        @pytest.fixture(scope="session")
        def browser_type_launch_args(browser_type_launch_args):
            return {**browser_type_launch_args, **launch_options()}

    Returns:
        ``args`` that keep the browser off the network on its own account, and ``executable_path``
        where Playwright would not find the browser by itself.
    """
    args = [*_QUIET]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    options: dict[str, object] = {"args": args}
    if _playwrights_own() is None and (chromium := _systems()) is not None:
        options["executable_path"] = str(chromium)
    return options


def ensure_chromium() -> Path:
    """The Chromium that a headless test would run, installed first if need be.

    It has launched when this returns. Where one is there already, no network is asked.

    Raises:
        BrowserMissing: none is there and none could be installed, or Playwright itself is missing.
    """
    if importlib.util.find_spec("playwright") is None:
        raise BrowserMissing(
            "Playwright is not installed: run `pip install 'pytest-otp[playwright]'`."
        )
    for step in _steps():
        if (not step or _run(step, _PACKAGES_S)) and (chromium := find_chromium()) is not None:
            probe = (sys.executable, "-c", _PROBE, json.dumps(launch_options()))
            if _run(probe, _ASK_S):
                return chromium
    raise BrowserMissing(
        "No Chromium launches here and none could be installed: install one with your system's "
        "package manager (Debian: `apt-get install chromium`) or with "
        "`playwright install --with-deps chromium`, then run this again."
    )


def _playwrights_own() -> Path | None:
    """What Playwright launches headless when it is told nothing, if it is there."""
    if importlib.util.find_spec("playwright") is None:
        return None
    listing = subprocess.run(  # noqa: S603 - our own command
        (*_PLAYWRIGHT, "install", "--dry-run", "chromium"),
        capture_output=True,
        text=True,
        timeout=_ASK_S,
        check=False,
    ).stdout
    folders = [Path(found) for found in re.findall(r"Install location:\s+(.+)", listing)]
    # Since 1.49 a headless launch takes the shell, which is then listed beside the full browser.
    for prefix in ("chromium_headless_shell", "chromium"):
        for folder in folders:
            if folder.name.startswith(prefix):
                complete = (folder / "INSTALLATION_COMPLETE").exists()
                programs = (path for path in folder.rglob("*") if path.name in _OWN_NAMES)
                return next(programs, None) if complete else None
    return None


def _systems() -> Path | None:
    found = next(filter(None, map(shutil.which, _SYSTEM_NAMES)), None)
    return Path(found) if found else None


def _steps() -> Iterator[Sequence[str]]:
    """Commands to try in turn, each followed by a look whether a browser launches now."""
    yield ()
    download = f"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT={_FIRST_BYTE_MS}"
    _say("downloading Chromium for Playwright")
    yield ("env", download, *_PLAYWRIGHT, "install", "chromium")
    as_root = _as_root()
    if as_root is None:
        return
    if _playwrights_own() is not None:
        _say("installing the libraries that Chromium needs")
        yield (*as_root, *_PLAYWRIGHT, "install-deps", "chromium")
    if shutil.which("apt-get") is not None:
        _say("installing the distribution's package of Chromium")
        # An index that cannot be brought up to date may still name the package.
        yield (*as_root, "sh", "-c", "apt-get update; apt-get install -y chromium")


def _as_root() -> Sequence[str] | None:
    """What to put before a command that needs root; None where root is out of reach."""
    if os.geteuid() == 0:
        return ("env", "DEBIAN_FRONTEND=noninteractive")
    if shutil.which("sudo") is not None and _run(("sudo", "-n", "true"), _ASK_S):
        return ("sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive")
    return None


def _run(command: Sequence[str], timeout_s: float) -> bool:
    """Whether the command succeeded in time; nothing of it is left running."""
    try:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(timeout_s) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            # A step under sudo belongs to root, who alone may end it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _say(progress: str) -> None:
    sys.stderr.write(f"pytest-otp: {progress} …\n")


def main() -> int:
    """Entry of ``python -m pytest_otp.browsers``: ensure a Chromium, print where it is."""
    try:
        sys.stdout.write(f"{ensure_chromium()}\n")
    except BrowserMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
