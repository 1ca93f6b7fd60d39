"""The ledger in one SQLite file, in WAL mode.

One connection a process behind one lock: SQLite has one writer at a time anyway, and a lock of
ours is fair where SQLite's busy handler is not. A committed row survives ``kill -9``; where real
money is at stake (a live owner) it survives a power cut too, which costs an fsync an event.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.errors import LedgerError
from pytest_otp.ledger import damage
from pytest_otp.ledger.damage import APPLICATION_ID
from pytest_otp.ledger.owners import Lock
from pytest_otp.ledger.sql import SqlLedger
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_otp.core.rows import Owner
    from pytest_otp.ledger.sql import P, R

SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_S: Final = 60.0
_ANOTHER: Final = "name another file with --otp-ledger"


class SqliteLedger(SqlLedger):
    """A ledger in a file, which is made, with mode 0600, when it does not exist.

    One that is damaged is set aside under another name, which ``notices`` tells.

    Args:
        path: the file; its folder is made too.
        owner: this process.

    Raises:
        LedgerError: the file cannot be opened or written, is no ledger, or is from a newer
            version of the kit.
    """

    def __init__(self, path: Path, owner: Owner) -> None:
        super().__init__(owner)
        self._lock = threading.RLock()
        self._alive: Lock | None = None
        try:
            # The file itself, whatever link or folder led to it: its locks stand beside it.
            # Not resolve(): that raises a RuntimeError for a link to itself, up to Python 3.12.
            self._path = Path(os.path.realpath(path))
            _make_folder(self._path.parent)
            with self._explained():
                self._open_or_replace()
        except OSError as error:
            # Of "file/ledger" mkdir says that the file exists.
            folder_is_file = isinstance(error, FileExistsError)
            reason = "its folder is a file" if folder_is_file else error.strerror
            raise LedgerError(
                f"the ledger {path} cannot be written: {reason}; "
                "name a file in a folder of yours with --otp-ledger"
            ) from None

    def _open_or_replace(self) -> None:
        try:
            with damage.together(self._path):
                self._connect()
        except sqlite3.DatabaseError as error:
            if not damage.is_damage(error):
                raise
            with damage.alone(self._path):
                self._replace()

    def _replace(self) -> None:
        """Set the damaged file aside, unless another process did so just now."""
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            if not (damage.is_damage(error) and damage.is_ours(self._path)):
                raise
            self._notices.append(damage.set_aside(self._path))
            self._connect()

    def _connect(self) -> None:
        _make(self._path)
        self._db = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._open()
        except BaseException:
            self._db.close()
            raise

    def _open(self) -> None:
        if self._pragma("application_id") == 0 and not self._tables():
            self._create()
        application, version = self._pragma("application_id"), self._pragma("user_version")
        if application != APPLICATION_ID:
            raise LedgerError(f"{self._path} is an SQLite file but no ledger; {_ANOTHER}")
        if version > SCHEMA_VERSION:
            raise LedgerError(
                f"the ledger {self._path} was written by a newer pytest-otp (schema {version}, "
                f"this one knows {SCHEMA_VERSION}); upgrade pytest-otp, or {_ANOTHER}"
            )
        damage.check(self._path, self._db)
        self._db.execute(f"PRAGMA synchronous = {'FULL' if self.owner.live else 'NORMAL'}")

    def _create(self) -> None:
        """Lay down the schema, unless another process did so just now."""
        self._write_ahead()
        self._transact(self._lay_down)

    def _lay_down(self) -> None:
        if self._tables():
            return
        schema = files("pytest_otp.ledger").joinpath("schema/sqlite.sql").read_text("utf-8")
        for statement in schema.split(";\n"):
            self._db.execute(statement)
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _write_ahead(self) -> None:
        """Switch to WAL. For this alone SQLite does not wait until others are done, so we do."""
        deadline = ticks() + BUSY_TIMEOUT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or ticks() > deadline:
                    raise
                time.sleep(0.005)
            else:
                return

    def _pragma(self, name: str) -> int:
        (value,) = self._db.execute(f"PRAGMA {name}").fetchone()
        return int(value)

    def _tables(self) -> int:
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return int(tables)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as one sentence that names the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                reason = f"it is not an SQLite file; move it away, or {_ANOTHER}"
            else:
                reason = f"{error}; mend that, or {_ANOTHER}"
            raise LedgerError(f"the ledger {self._path} cannot be used: {reason}") from None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Damage that a statement meets has the file checked when it is opened next."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if damage.is_damage(error):
                damage.mark(self._path)
            raise

    def _transact(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock, self._explained(), self._watched():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                result = work(*args, **kwargs)
                self._db.execute("COMMIT")
            except BaseException:
                # Ctrl-C may come at any point: before the beginning, and after the end.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return result

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._db.execute(statement, values).fetchall()

    # -- who is alive --------------------------------------------------------------------------

    def _sign_on(self) -> None:
        """Before each lease: others must be able to see that we live, and to find the file."""
        try:
            with damage.together(self._path):
                is_there = self._path.exists()
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise LedgerError(
                f"the ledger {self._path} was removed while this run used it, so nothing is bought "
                f"any more; leave it where it is, or {_ANOTHER}"
            )
        if self._alive is None:
            lock = self._lock_of(self.owner.id)
            if lock is None:
                raise LedgerError(f"the ledger {self._path} has a living owner of our id")
            self._alive = lock.of_this_process()

    @contextmanager
    def _adopt(self, owner: str) -> Iterator[bool]:
        lock = self._lock_of(owner)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                lock.forget()

    def _lock_of(self, owner: str) -> Lock | None:
        folder = damage.owners_folder(self._path)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            return Lock.take(folder / owner)
        except OSError as error:
            raise LedgerError(
                f"the ledger {self._path} cannot be used: {error.strerror} ({folder}); "
                "name a file in a folder of yours"
            ) from None

    def close(self) -> None:
        """Let go of the file; the owner counts as dead from now on."""
        with self._lock:
            self._db.close()
            if self._alive is not None:
                self._alive.forget()
                self._alive = None


def _make_folder(folder: Path) -> None:
    """Make the folder; git leaves our own alone, as it does pytest's cache."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if is_new and folder.name == damage.OUR_FOLDER:
        ignore = folder / ".gitignore"
        ignore.touch(mode=0o600)
        ignore.write_text("# Made by pytest-otp.\n*\n", "utf-8")


def _make(path: Path) -> None:
    """Make the file, for nobody else to read, or see that the one that is there can be written.

    That one is not opened: closing it again would drop the locks that another connection of
    this process has on it, as POSIX wants it, and a write of that connection could be lost.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no regular file"
            raise OSError(errno.EINVAL, f"it is {what}") from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
