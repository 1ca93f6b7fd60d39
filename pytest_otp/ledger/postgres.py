"""The ledger in a PostgreSQL database, which machines share: the shards of one CI matrix, say.

One session a process. Who lives is told by a session-level advisory lock, which the server frees
when the connection ends; so the locks of a lost session are taken again before its successor is
used, and a server behind a pooler that swaps sessions between transactions cannot serve. Tables
stand in a schema of their own, so the database may hold other things.

``SELECT … FOR UPDATE`` locks single rows, budgets in the order of their keys: purchases that share
no budget never wait for each other, and none can wait in a circle.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pytest_otp.errors import LedgerError
from pytest_otp.ledger.sql import SqlLedger
from pytest_otp.redact import mask_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_otp.core.rows import Owner
    from pytest_otp.ledger.sql import P, R

SCHEMA_VERSION: Final = 1

# Of both ends: a peer that vanished without a word is noticed after thirty seconds, and with it
# its locks are gone. Without this a server waits more than two hours.
_CONNECTION: Final = {
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SESSION: Final = """
    SET search_path TO pytest_otp;
    SET lock_timeout TO '60s';
    SET idle_session_timeout TO 0;
    SET tcp_keepalives_idle TO 15;
    SET tcp_keepalives_interval TO 5;
    SET tcp_keepalives_count TO 3
"""
# Not left to the server's defaults: a row that is locked must be read as it is now.
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


class PostgresLedger(SqlLedger):
    """A ledger in a database, whose tables are made when they do not exist.

    Args:
        url: ``postgresql://…``, as libpq reads it; what it leaves out comes from ``PGPASSWORD``
            and libpq's other variables and files.
        owner: this process.

    Raises:
        LedgerError: the database cannot be reached, read or written, or was written by a newer
            version of the kit.
    """

    lock_words = " FOR UPDATE"

    def __init__(self, url: str, owner: Owner) -> None:
        super().__init__(owner)
        self._name = mask_ledger(url)
        self._lock = threading.RLock()
        self._key = lock_key(owner.id)
        # The advisory locks that the session must hold, now and after it was lost.
        self._held: set[int] = set()
        self._dial = _dialer(url, f"pytest-otp {owner.id}", self._name)
        self._db = self._connect()
        _OPEN.add(self)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    # -- the session ---------------------------------------------------------------------------

    def _connect(self) -> psycopg.Connection:
        """A session that holds every lock that this ledger must hold."""
        try:
            db = self._dial()
            try:
                db.execute(_SESSION)
                self._retake(db)
            except BaseException:
                db.close()
                raise
        except psycopg.Error as error:
            raise LedgerError(
                f"the ledger {self._name} cannot be opened: {_reason(error)}; "
                "mend that, or name another in --otp-ledger"
            ) from None
        return db

    def _retake(self, db: psycopg.Connection) -> None:
        """Take over the locks of the session that was lost, which the server may still keep."""
        if not self._held:
            return
        db.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = current_setting('application_name')"
            " AND pid <> pg_backend_pid()"
        )
        for key in sorted(self._held):
            if not _try_lock(db, key):
                raise LedgerError(
                    f"the connection to the ledger {self._name} was lost for so long that another "
                    "process has begun to settle the same leases; run the tests again"
                )

    def _prepare(self) -> None:
        """Lay down the schema, unless another process did so, and read its version."""
        version = self._transact(self._lay_down)
        if version > SCHEMA_VERSION:
            raise LedgerError(
                f"the ledger {self._name} was written by a newer pytest-otp (schema {version}, "
                f"this one knows {SCHEMA_VERSION}); upgrade pytest-otp or name another database "
                "in --otp-ledger"
            )

    def _lay_down(self) -> int:
        # Not to_regclass(), which may remember what was not there before a lock was waited for.
        made = "SELECT 1 FROM pg_tables WHERE schemaname = 'pytest_otp' AND tablename = 'ledger'"
        if not self._run(made):
            # Until the end of the transaction.
            self._run("SELECT pg_advisory_xact_lock(?)", lock_key("pytest-otp: schema"))
            if not self._run(made):
                self._create()
        ((version,),) = self._run("SELECT version FROM pytest_otp.ledger")
        return int(version)

    def _create(self) -> None:
        try:
            # Not IF NOT EXISTS, which asks for the right to create it even where it is there.
            if not self._run("SELECT 1 FROM pg_namespace WHERE nspname = 'pytest_otp'"):
                self._run("CREATE SCHEMA pytest_otp")
            self._run(files("pytest_otp.ledger").joinpath("schema/postgres.sql").read_text("utf-8"))
            self._run("INSERT INTO ledger (version) VALUES (?)", SCHEMA_VERSION)
        except psycopg.errors.InsufficientPrivilege as error:
            raise LedgerError(
                f"the ledger {self._name} has no tables yet and its user may not make them "
                f"({_reason(error)}); GRANT CREATE ON DATABASE to the user, or name another "
                "database in --otp-ledger"
            ) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The server's errors as one sentence that names the database."""
        try:
            yield
        except psycopg.Error as error:
            if self._db.closed:
                text = (
                    f"the connection to the ledger {self._name} was lost: {_reason(error)}; what "
                    "was being written may be missing, and the next sweep finds out"
                )
            else:
                text = (
                    f"the ledger {self._name} cannot be used: {_reason(error)}; "
                    "mend that, or name another in --otp-ledger"
                )
            raise LedgerError(text) from None

    def _transact(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock, self._explained():
            try:
                self._begin()
                result = work(*args, **kwargs)
                self._db.execute("COMMIT")
            except BaseException:
                # Ctrl-C may come at any point: before the beginning, and after the end.
                with suppress(psycopg.Error):
                    self._db.rollback()
                raise
            return result

    def _begin(self) -> None:
        """Begin, in a new session if the old one is lost: nothing was asked of it yet."""
        try:
            self._db.execute(_BEGIN)
        except psycopg.Error:
            if not self._db.closed:
                raise
            self._db = self._connect()
            self._db.execute(_BEGIN)

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self._db.execute(statement.replace("?", "%s"), values or None)
        return cursor.fetchall() if cursor.description else []

    # -- who is alive --------------------------------------------------------------------------

    def _sign_on(self) -> None:
        """Before the first lease: others must be able to see that we live."""
        if self._key not in self._held and not self._take(self._key):
            raise LedgerError(f"the ledger {self._name} has a living owner of our id")

    @contextmanager
    def _adopt(self, owner: str) -> Iterator[bool]:
        key = lock_key(owner)
        taken = False
        try:
            taken = self._transact(self._take, key)
            yield taken
        finally:
            if taken:
                self._free(key)

    def _take(self, key: int) -> bool:
        """Lock; false if a living session holds it, be it our own in another thread."""
        if key in self._held or not _try_lock(self._db, key):
            return False
        self._held.add(key)
        return True

    def _free(self, key: int) -> None:
        with self._lock:
            self._held.discard(key)
            # A session that is lost has freed it.
            with suppress(psycopg.Error):
                self._db.execute("SELECT pg_advisory_unlock(%s)", [key])

    def close(self) -> None:
        """Let go of the session; the owner counts as dead from now on."""
        with self._lock:
            # The server takes a moment to notice the end of a session.
            with suppress(psycopg.Error):
                self._db.execute("SELECT pg_advisory_unlock_all()")
            self._held.clear()
            self._db.close()

    def _abandon(self) -> None:
        """In a forked child: the session is our parent's, and must end when the parent does.

        Closing it here would say goodbye to the server in the parent's name, so the socket is
        replaced first.
        """
        self._lock = threading.RLock()
        self._held.clear()
        if not self._db.closed:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, self._db.fileno(), inheritable=False)
            os.close(nowhere)
            self._db.close()


_OPEN: Final[WeakSet[PostgresLedger]] = WeakSet()


def _abandon_all() -> None:
    for ledger in _OPEN:
        ledger._abandon()  # noqa: SLF001 - this module's own


os.register_at_fork(after_in_child=_abandon_all)


def _dialer(url: str, name: str, shown: str) -> Callable[[], psycopg.Connection]:
    """Connects. A closure, so that no variable in any traceback shows the password."""
    try:
        wanted: dict[str, Any] = {**_CONNECTION, **conninfo_to_dict(url), "application_name": name}
    except psycopg.Error:
        # libpq's own words may quote the password.
        raise LedgerError(
            f"the ledger {shown} cannot be opened: libpq does not understand the URL; "
            "write --otp-ledger as in 'postgresql://ci@db.example.com/otp?sslmode=require'"
        ) from None
    return lambda: psycopg.connect(**wanted, autocommit=True)


def lock_key(name: str) -> int:
    """The 64 bits by which an advisory lock is named."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _try_lock(db: psycopg.Connection, key: int) -> bool:
    row = db.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
    return row == (True,)


def _reason(error: psycopg.Error) -> str:
    """The server's words, or libpq's, on one line."""
    if error.diag.message_primary:
        return error.diag.message_primary
    # A line for each address that was tried; lines that begin with a tab are advice.
    tries = [line for line in str(error).splitlines() if not line.startswith("\t")]
    return (tries or [type(error).__name__])[-1].removeprefix("connection failed: ")
