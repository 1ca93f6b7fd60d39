"""What is in the wheel, and what is not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from zipfile import ZipFile

from tests import wheels

if TYPE_CHECKING:
    from pathlib import Path

LEFT_BEHIND = (".env", ".pytest_otp/ledger.sqlite3", "with_bdd/.pytest_otp/ledger.sqlite3")


def test_wheel_of_a_clone_that_was_used(tmp_path: Path) -> None:
    """It has the example project, and nothing that running it there has left behind."""
    clone = tmp_path / "clone"
    for folder in ("pytest_otp", "examples"):
        shutil.copytree(wheels.ROOT / folder, clone / folder)
    for file in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(wheels.ROOT / file, clone)
    for name in LEFT_BEHIND:
        left = clone / "examples" / name
        left.parent.mkdir(exist_ok=True)
        left.touch()
    names = ZipFile(wheels.build(tmp_path / "wheels", clone)).namelist()
    assert {"pytest_otp/py.typed", "pytest_otp/_examples/signup_app/app.py"} <= set(names)
    assert [name for name in names if name.endswith(LEFT_BEHIND) or "__pycache__" in name] == []
