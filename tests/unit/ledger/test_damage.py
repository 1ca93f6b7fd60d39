"""A damaged ledger is set aside: it blocks no run, and nothing of it is lost."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.rows import Owner
from pytest_otp.errors import LedgerError
from pytest_otp.ledger import damage
from pytest_otp.ledger.sqlite import SqliteLedger
from tests.unit.events import intended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = 4096


def overwritten(start: int, length: int) -> Callable[[bytes], bytes]:
    """Other bytes in the middle, as a failing disk leaves them."""
    return lambda data: data[:start] + b"\xa5" * length + data[start + length :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "another file": lambda _: b"no database at all\n" * 500,
    "zeros": lambda data: bytes(len(data)),
    "header": overwritten(0, 60),
    "first page": overwritten(0, PAGE),
    "schema": overwritten(100, PAGE - 100),
    "a page": overwritten(5 * PAGE, PAGE),
    "half of it": lambda data: data[: len(data) // 2],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with a few leases, which nobody holds open."""
    path = tmp_path / "ledger.sqlite3"
    with opened(path) as ledger:
        for n in range(40):
            ledger.record(intended(f"old-{n}"), 1.0)
    return path


def opened(path: Path, owner: str = "owner-1") -> closing[SqliteLedger]:
    """The ledger, as a context manager."""
    return closing(SqliteLedger(path, Owner(owner)))


def kept(path: Path) -> list[Path]:
    """The files that were set aside."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*Z"))


@pytest.mark.parametrize("harm", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_ledger_is_replaced_and_kept(path: Path, harm: Callable[[bytes], bytes]) -> None:
    """The run goes on with a fresh one and is told the old one's name, byte for byte the same."""
    damaged = harm(path.read_bytes())
    path.write_bytes(damaged)
    with opened(path) as ledger:
        ledger.record(intended("new"), 2.0)
        assert [row.lease_id for row in ledger.rows()] == ["new"]
        (aside,) = kept(path)
        (notice,) = ledger.notices
    assert aside.read_bytes() == damaged
    assert aside.name in notice
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with opened(path) as ledger:
        assert ledger.notices == []
    assert kept(path) == [aside]


def test_its_log_goes_with_it(path: Path) -> None:
    """What was committed but not yet moved into the file can still be rescued."""
    with opened(path) as living:
        living.record(intended("in the log"), 1.0)
        log = path.with_name(f"{path.name}-wal").read_bytes()
        path.write_bytes(DAMAGES["first page"](path.read_bytes()))
        with opened(path, "owner-2") as ledger:
            assert ledger.rows() == []
        (aside,) = kept(path)
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == log


def test_many_openers_set_it_aside_once(path: Path) -> None:
    """Eight at once: one tells of it, and all share the fresh one."""
    path.write_bytes(DAMAGES["first page"](path.read_bytes()))

    def use(n: int) -> int:
        with opened(path, f"owner-{n}") as ledger:
            ledger.record(intended(f"new-{n}"), 2.0)
            return len(ledger.notices)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1
    with opened(path) as ledger:
        assert len(ledger.rows()) == 8
    assert len(kept(path)) == 1


def test_second_damage_does_not_replace_the_first(path: Path) -> None:
    """Each one is kept under a name of its own."""
    for _ in range(2):
        path.write_bytes(DAMAGES["zeros"](path.read_bytes()))
        with opened(path) as ledger:
            ledger.record(intended("new"), 2.0)
    assert len(kept(path)) == 2


def test_damage_in_a_large_ledger_is_seen_when_a_statement_meets_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That statement says so and writes nothing; the next opening sets the file aside."""
    monkeypatch.setattr(damage, "_SMALL", 0)
    pages = path.stat().st_size // PAGE
    path.write_bytes(overwritten(2 * PAGE, (pages - 2) * PAGE)(path.read_bytes()))
    with (
        opened(path, "owner-2") as ledger,
        pytest.raises(LedgerError, match=r"malformed|disk image"),
    ):
        ledger.record(intended("new"), 2.0)
    assert kept(path) == []
    with opened(path) as ledger:
        ledger.record(intended("new"), 2.0)
        assert len(ledger.notices) == 1
    assert len(kept(path)) == 1


def test_suspicion_without_damage_changes_nothing(path: Path) -> None:
    """A file that is whole after all is used on."""
    damage.mark(path)
    for _ in range(2):
        with opened(path) as ledger:
            assert len(ledger.rows()) == 40
    assert [each.name for each in path.parent.iterdir() if "damaged" in each.name] == []


def test_foreign_file_is_refused_and_kept(tmp_path: Path) -> None:
    """What never was a ledger is not ours to rename."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 100)
    with pytest.raises(LedgerError, match="not an SQLite file; move it away, or name another file"):
        SqliteLedger(path, Owner("owner-1"))
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_foreign_database_that_is_damaged_is_refused_and_kept(tmp_path: Path) -> None:
    """An application's database is its own trouble."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE users (name TEXT)")
    path.write_bytes(overwritten(100, 500)(path.read_bytes()))
    with pytest.raises(LedgerError, match="malformed"):
        SqliteLedger(path, Owner("owner-1"))
    assert [each.name for each in tmp_path.iterdir()] == ["app.db"]


def test_default_place_is_ours_whatever_lies_there(tmp_path: Path) -> None:
    """Even a ledger of which nothing can be read any more does not block a run."""
    path = tmp_path / ".pytest_otp" / "ledger.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"\xff" * PAGE)
    with opened(path) as ledger:
        assert len(ledger.notices) == 1
    assert len(kept(path)) == 1
