"""The real ledger for the drivers' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """A ledger in a file of this test's own."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite3", Owner("owner-1"))
    yield ledger
    ledger.close()
