"""Ledger files that are damaged: told apart from files that never were ledgers, and set aside.

A damaged ledger never blocks a run and is never deleted. Files are checked whole only while they
are small, or once a statement has met damage in them: so opening costs the same after a year.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION_ID: Final = 0x4F545031  # "OTP1", so that a foreign SQLite file is told apart
# https://www.sqlite.org/fileformat2.html#the_database_header
_ID_AT: Final = slice(68, 72)
_SMALL: Final = 1 << 20
# The kit's own folder, at whose default place nobody else puts a file.
OUR_FOLDER: Final = ".pytest_otp"


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is at fault, and not the disk, the rights or another process."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_ours(path: Path) -> bool:
    """Whether the file was a ledger before it was damaged."""
    with path.open("rb") as file:
        header = file.read(_ID_AT.stop)
    return (
        header[_ID_AT] == APPLICATION_ID.to_bytes(4)
        or owners_folder(path).is_dir()
        or path.parent.name == OUR_FOLDER
    )


def owners_folder(path: Path) -> Path:
    """Where the locks of those are that lease by this ledger."""
    return Path(f"{path}-owners")


def mark(path: Path) -> None:
    """Have the file checked whole when it is opened next."""
    _marker(path).touch(mode=0o600)


def check(path: Path, db: sqlite3.Connection) -> None:
    """Read the whole file, where that is quick or called for.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    marker = _marker(path)
    marked = marker.exists()
    if not marked and path.stat().st_size > _SMALL:
        return
    ((found,),) = db.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
    if marked:
        marker.unlink(missing_ok=True)


@contextmanager
def together(path: Path) -> Iterator[None]:
    """Open the file while nobody sets it aside.

    SQLite finds a file's log by name: whoever opened the old file would close, and delete, the log
    of the fresh one.
    """
    with _held(path, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Set the file aside while nobody opens it, and nobody else sets the fresh one aside."""
    with _held(path, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, kind: int) -> Iterator[None]:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, kind)
        yield
    finally:
        os.close(folder)


def set_aside(path: Path) -> str:
    """Rename the file with all that belongs to it.

    Args:
        path: of the file itself, and not a link.

    Returns:
        What whoever opened it should be told.
    """
    aside = f"{path}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    # The file itself last: a fresh one would take over the log of the old one.
    for suffix in ("-wal", "-shm", "-journal", ""):
        part = Path(f"{path}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
    _marker(path).unlink(missing_ok=True)
    return (
        f"the ledger {path} was damaged and is kept as {Path(aside).name}; a fresh one begins "
        "without its budgets and open leases, so look for numbers still held at your providers"
    )


def _marker(path: Path) -> Path:
    return Path(f"{path}-damaged")
