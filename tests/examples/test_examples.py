"""The example project passes as a reader would run it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from tests import wheels

if TYPE_CHECKING:
    from pathlib import Path

INSTALL_S = 600


@pytest.fixture
def project(tmp_path: Path, examples: Path) -> Path:
    """A copy of the example project."""
    project = tmp_path / "examples"
    shutil.copytree(examples, project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return project


def passes(tests: int, folder: Path, *words: str, python: str | Path = sys.executable) -> None:
    """So many tests pass in one run in the folder, without a warning."""
    ran = subprocess.run(
        [python, "-m", "pytest", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    summary = ran.stdout.splitlines()[-1]
    assert ran.returncode == 0, ran.stdout
    assert f"{tests} passed" in summary
    assert "warning" not in summary


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_the_examples_pass(project: Path, words: list[str]) -> None:
    """All three tests pass, alone and in parallel; those that need more packages are left alone."""
    passes(3, project, *words)


def test_pytest_bdd(project: Path) -> None:
    """The steps of a scenario share the page and the phone."""
    passes(1, project, "with_bdd")


@pytest.mark.usefixtures("chromedriver")
def test_selenium(project: Path) -> None:
    """The same sign-up by WebDriver."""
    passes(1, project, "with_selenium")


@pytest.fixture
def asyncio_python(tmp_path: Path) -> Path:
    """Python of an environment with pytest-playwright-asyncio, which tolerates no other Playwright.

    It has the wheel and what that asks for, and nothing else.
    """
    environment = tmp_path / "venv"
    venv.create(environment)
    # The version whose browser this run has made sure of.
    playwright = f"playwright=={importlib.metadata.version('playwright')}"
    wheel = wheels.build(tmp_path / "wheels")
    ran = subprocess.run(
        [*wheels.pip(environment), "install", "-q", wheel, playwright, "pytest-playwright-asyncio"],
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    if ran.returncode:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"pip could not install pytest-playwright-asyncio: {ran.stderr}")
    return environment / "bin" / "python"


def test_pytest_playwright_asyncio(project: Path, asyncio_python: Path) -> None:
    """The asyncio twin of pytest-playwright, in an environment of its own."""
    passes(1, project / "with_playwright_asyncio", python=asyncio_python)
