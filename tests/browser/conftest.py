"""Chromium for every test of this folder: a browser that is missing is an error, never a skip.

Looks wrong and is right: the widgets' packages are removed once their pages are built, because the
pages are a few megabytes, are kept in pytest's cache, and are all that a later run needs.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.browsers import launch_options

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_WIDGETS = Path(__file__).parent / "widgets"
_INSTALL_S = 600


def pytest_configure(config: pytest.Config) -> None:
    """pytest-playwright 0.10 defines its fixture ``base_url`` as pytest 9.2 would not have it."""
    config.addinivalue_line(
        "filterwarnings", "ignore:Session-scoped fixtures defined as instance methods"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """What a user's conftest would say too."""
    return {**browser_type_launch_args, **launch_options()}


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """Keep the widgets off the network: some fetch the flags of countries."""
    context.route("https://**", lambda route: route.abort())
    return context


@pytest.fixture(scope="session")
def widget_pages(pytestconfig: pytest.Config) -> Path:
    """Folder of the widgets' pages, built once for each state of their sources."""
    cache = pytestconfig.cache
    assert cache is not None
    sources = sorted(path for path in _WIDGETS.rglob("*") if path.is_file())
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = cache.mkdir("otp-widgets")
    built = folder / state
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of xdist share the pages
        if not built.exists():
            _build(folder / "work", built)
    return built


def _build(work: Path, built: Path) -> None:
    if shutil.which("npm") is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("npm is missing: install Node.js 20 or newer to build the widgets under test")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(_WIDGETS, work)
    for command in (["npm", "ci"], ["node", "build.mjs", "pages"]):
        ran = subprocess.run(
            command, cwd=work, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
        if ran.returncode:
            pytest.fail(f"{' '.join(command)} failed:\n{ran.stdout}\n{ran.stderr}")
    (work / "pages").rename(built)
    shutil.rmtree(work)
