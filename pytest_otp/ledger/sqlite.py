"""The ledger in one SQLite file, in WAL mode.

One connection a process behind one lock: SQLite has one writer at a time anyway, and a lock of
ours is fair where SQLite's busy handler is not. A committed row survives ``kill -9``; where real
money is at stake (``durable``) it survives a power cut too, which costs an fsync an event.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from pytest_otp.core.states import Intended, NumberBought, State, move
from pytest_otp.errors import LedgerError
from pytest_otp.ledger import Row, body
from pytest_otp.models import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_otp.core.states import Event

APPLICATION_ID: Final = 0x4F545031  # "OTP1", so that a foreign SQLite file is told apart
SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_S: Final = 60.0

_ROW = (
    "lease_id, state, run, worker, test, provider, service, country, tags, asked, asked_currency,"
    " price, price_currency, activation_id, number, changed_at"
)


class SqliteLedger:
    """A ledger in a file, which is made, with mode 0600, when it does not exist.

    Args:
        path: the file; its folder is made too.
        run: id of this run, stamped on every lease.
        worker: the xdist worker, or ``main``.
        durable: an event survives a power cut, not only the end of the process.

    Raises:
        LedgerError: the file cannot be opened or written, is no ledger, or is from a newer
            version of the kit.
    """

    def __init__(
        self, path: Path, *, run: str = "", worker: str = "main", durable: bool = False
    ) -> None:
        self._path = path
        self._run = run
        self._worker = worker
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise LedgerError(
                f"the ledger {path} cannot be written: {error.strerror}; "
                "name a file in a folder of yours"
            ) from None
        self._db = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._open(durable=durable)
        except BaseException:
            self._db.close()
            raise

    def _open(self, *, durable: bool) -> None:
        with self._explained():
            if self._pragma("application_id") == 0 and not self._tables():
                self._create()
            application, version = self._pragma("application_id"), self._pragma("user_version")
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        if application != APPLICATION_ID:
            raise LedgerError(f"{self._path} is an SQLite file but no ledger; name another file")
        if version > SCHEMA_VERSION:
            raise LedgerError(
                f"the ledger {self._path} was written by a newer pytest-otp (schema {version}, "
                f"this one knows {SCHEMA_VERSION}); upgrade pytest-otp or name another file"
            )

    def _create(self) -> None:
        """Lay down the schema, unless another process did so just now."""
        self._db.execute("PRAGMA journal_mode = WAL")
        schema = files("pytest_otp.ledger").joinpath("schema/sqlite.sql").read_text("utf-8")
        with self._transaction():
            if self._tables():
                return
            for statement in schema.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

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
                reason = "it is not an SQLite file; name another file, or move this one away"
            else:
                reason = str(error)
            raise LedgerError(f"the ledger {self._path} cannot be used: {reason}") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def record(self, event: Event, at: float) -> None:
        """Write the event and the state that it leads to, in one transaction."""
        with self._lock, self._explained(), self._transaction():
            found = self._db.execute(
                "SELECT state FROM lease WHERE lease_id = ?", (event.lease_id,)
            ).fetchone()
            state = move(State(found[0]) if found else None, event)
            if isinstance(event, Intended):
                self._insert(event, state, at)
            else:
                self._db.execute(
                    "UPDATE lease SET state = ?, changed_at = ? WHERE lease_id = ?",
                    (state, at, event.lease_id),
                )
            if isinstance(event, NumberBought):
                self._confirm(event)
            self._db.execute(
                "INSERT INTO event (lease_id, name, at, body) VALUES (?, ?, ?, ?)",
                (event.lease_id, type(event).__name__, at, body(event)),
            )

    def _insert(self, event: Intended, state: State, at: float) -> None:
        self._db.execute(
            "INSERT INTO lease (lease_id, state, run, worker, test, provider, service, country,"
            " tags, idempotency_key, asked, asked_currency, created_at, changed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.lease_id,
                state,
                self._run,
                self._worker,
                event.test,
                event.provider,
                event.service,
                event.country,
                json.dumps(event.tags),
                event.idempotency_key,
                *_split(event.asked),
                at,
                at,
            ),
        )

    def _confirm(self, event: NumberBought) -> None:
        bought = event.activation
        self._db.execute(
            "UPDATE lease SET activation_id = ?, number = ?, expires_at = ?,"
            " price = coalesce(?, asked), price_currency = coalesce(?, asked_currency)"
            " WHERE lease_id = ?",
            (
                bought.id,
                bought.number,
                bought.expires_at.isoformat() if bought.expires_at else None,
                *_split(bought.price),
                event.lease_id,
            ),
        )

    def rows(self, *, run: str | None = None) -> list[Row]:
        """The leases, oldest first; only those of one run if ``run`` is given."""
        with self._lock, self._explained():
            found = self._db.execute(
                f"SELECT {_ROW} FROM lease WHERE ?1 IS NULL OR run = ?1 ORDER BY rowid",  # noqa: S608 - a constant
                (run,),
            ).fetchall()
        return [_row(columns) for columns in found]

    def events(self, lease_id: str) -> list[tuple[str, float]]:
        """Names and moments of what happened to a lease, oldest first."""
        with self._lock, self._explained():
            return self._db.execute(
                "SELECT name, at FROM event WHERE lease_id = ? ORDER BY seq", (lease_id,)
            ).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def _split(money: Money | None) -> tuple[str | None, str | None]:
    return (str(money.amount), money.currency) if money else (None, None)


def _joined(amount: str | None, currency: str | None) -> Money | None:
    return Money(Decimal(amount), currency) if amount and currency else None


def _row(columns: tuple[str, ...]) -> Row:
    (
        lease_id, state, run, worker, test, provider, service, country, tags,
        asked, asked_currency, price, price_currency, activation_id, number, changed_at,
    ) = columns  # fmt: skip
    return Row(
        lease_id=lease_id,
        state=State(state),
        run=run,
        worker=worker,
        test=test,
        provider=provider,
        service=service,
        country=country,
        tags=tuple(json.loads(tags)),
        asked=_joined(asked, asked_currency),
        price=_joined(price, price_currency),
        activation_id=activation_id,
        number=number,
        changed_at=float(changed_at),
    )
