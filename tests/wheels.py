"""The wheel of this clone, for tests of what a user installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(folder: Path, clone: Path = ROOT) -> Path:
    """Build a clone's wheel into the folder; its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=clone, check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


def pip(environment: Path) -> list[str]:
    """The beginning of a command by which this run's pip acts on another environment."""
    python = environment / "bin" / "python"
    return [sys.executable, "-m", "pip", f"--python={python}", "--disable-pip-version-check"]
