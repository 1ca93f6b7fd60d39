"""The durable journal of leases and money: one contract, one file a store.

Every event is a row and is committed before ``record`` returns; the lease's state is kept beside
them by the one table of moves, and the budgets that it claims in the same transaction. Texts of
messages and codes are never stored.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum, auto
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_otp.core.states import GONE, RELEASED
from pytest_otp.errors import LedgerError
from pytest_otp.models import Money
from pytest_otp.redact import mask_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from pytest_otp.core.arrivals import Arrivals
    from pytest_otp.core.pacing import Poll, Turn
    from pytest_otp.core.rows import BudgetRow, Owner, Row
    from pytest_otp.core.states import Event, State


class Ledger(Protocol):
    """A store of leases and budgets. Safe to share among threads and among processes."""

    @property
    def owner(self) -> Owner:
        """This process."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """What whoever opened the ledger should be told, a sentence each."""
        ...

    def record(self, event: Event | Poll, at: float) -> Turn | None:
        """Write the event, the state that it leads to and its claims, in one transaction.

        A poll is given the next turn of its account, and its lease counts as waiting there.

        Raises:
            BudgetExceeded: a claim does not fit; nothing is written.
            IllegalMove: the lease's state does not allow the event; nothing is written.
            LedgerError: the store cannot be written.
        """
        ...

    def rows(
        self,
        *,
        run: str | None = None,
        owner: str | None = None,
        since: float | None = None,
        open_only: bool = False,
    ) -> Sequence[Row]:
        """The leases, oldest first: of one run, of one process, changed since a moment."""
        ...

    def events(self, lease_id: str) -> Sequence[tuple[str, float]]:
        """Names and moments of what happened to a lease, oldest first."""
        ...

    def arrivals(self, provider: str, service: str, country: str) -> Arrivals:
        """When the latest messages came, in runs that are live as this one is, or are not."""
        ...

    def budgets(self, *, run: str | None = None) -> Sequence[BudgetRow]:
        """Every budget that a lease ever claimed, or a lease of one run."""
        ...

    def orphans(self) -> AbstractContextManager[Sequence[Row]]:
        """The open leases of owners that are dead; nobody else gets them meanwhile."""
        ...

    def close(self) -> None:
        """Let go of the store; the owner counts as dead from now on."""
        ...


def open(where: Path | str, owner: Owner) -> Ledger:  # noqa: A001 - as gzip.open: called by its module's name
    """Open the ledger, which is made if there is none.

    Args:
        where: a file, or the URL of a PostgreSQL database.
        owner: this process.

    Raises:
        LedgerError: it cannot be used, or psycopg is not installed.
    """
    # Here and not above: neither driver is loaded in a run that has no use for it.
    if isinstance(where, Path):
        from pytest_otp.ledger.sqlite import SqliteLedger  # noqa: PLC0415 - as above

        return SqliteLedger(where, owner)
    try:
        import_module("psycopg")
    except ImportError:
        raise LedgerError(
            f"the ledger {mask_ledger(where)} needs psycopg; "
            "install it with: pip install 'pytest-otp[postgres]'"
        ) from None
    from pytest_otp.ledger.postgres import PostgresLedger  # noqa: PLC0415 - as above

    return PostgresLedger(where, owner)


class Settlement(Enum):
    """What becomes of a lease's claims when it reaches a state."""

    KEEP = auto()
    RELEASE = auto()
    SPEND = auto()


def settlement(state: State) -> Settlement:
    """Open leases keep their claims; closed ones release or spend them."""
    if state in RELEASED:
        return Settlement.RELEASE
    return Settlement.SPEND if state in GONE else Settlement.KEEP


def body(event: Event) -> str:
    """The event as the JSON text that a store keeps."""
    return json.dumps({f.name: _plain(getattr(event, f.name)) for f in fields(event)})


def _plain(value: object) -> object:
    """What JSON can hold: exact money as text, moments in ISO 8601."""
    if isinstance(value, Money):
        return [str(value.amount), value.currency]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
