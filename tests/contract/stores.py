"""The two stores of a ledger, and what a test must do to each in its own way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg

from pytest_otp.ledger.postgres import lock_key

if TYPE_CHECKING:
    from pathlib import Path


class Store(Protocol):
    """Where a ledger is kept."""

    @property
    def where(self) -> Path | str:
        """As ``ledger.open`` takes it."""
        ...

    def make_newer(self) -> None:
        """Let it look like the work of a later version."""
        ...

    def notice_death(self, owner: str) -> None:
        """Wait until it is known that a killed process is gone."""
        ...


@dataclass(frozen=True)
class FileStore:
    """An SQLite file."""

    where: Path

    def make_newer(self) -> None:
        """The version stands in the file's header."""
        with closing(sqlite3.connect(self.where)) as db:
            db.execute("PRAGMA user_version = 999")

    def notice_death(self, owner: str) -> None:
        """The kernel knows at once."""


@dataclass(frozen=True)
class DatabaseStore:
    """A PostgreSQL database."""

    where: str

    def make_newer(self) -> None:
        """The version stands in a table."""
        with psycopg.connect(self.where) as db:
            db.execute("UPDATE pytest_otp.ledger SET version = 999")

    def notice_death(self, owner: str) -> None:
        """A server takes a moment to see that nobody is at the other end."""
        with psycopg.connect(self.where, options="-c lock_timeout=30s") as db:
            db.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(owner)])
