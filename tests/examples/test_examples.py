"""The example project passes as a reader would run it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_the_examples_pass(tmp_path: Path, examples: Path, words: list[str]) -> None:
    """All three tests pass in one run, without a warning, alone and in parallel."""
    project = tmp_path / "examples"
    shutil.copytree(examples, project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    summary = ran.stdout.splitlines()[-1]
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in summary
    assert "warning" not in summary
