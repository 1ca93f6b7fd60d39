"""The durable journal of leases and money: one contract, one file a store.

Every event is a row and is committed before ``record`` returns; the lease's state is kept beside
them by the one table of moves. Texts of messages and codes are never stored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pytest_otp.models import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.states import Event, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A lease as the ledger has it.

    Attributes:
        run: id of the pytest run that began the lease.
        worker: xdist worker, or ``main``.
        number: E.164; None until the purchase is confirmed.
        changed_at: seconds since the epoch.
    """

    lease_id: str
    state: State
    run: str
    worker: str
    test: str
    provider: str
    service: str
    country: str
    tags: tuple[str, ...]
    asked: Money | None
    price: Money | None
    activation_id: str | None
    number: str | None
    changed_at: float


class Ledger(Protocol):
    """A store of leases. Safe to share among threads and among processes."""

    def record(self, event: Event, at: float) -> None:
        """Write the event and the state that it leads to, in one transaction.

        Raises:
            IllegalMove: the lease's state does not allow the event; nothing is written.
            LedgerError: the store cannot be written.
        """
        ...

    def rows(self, *, run: str | None = None) -> Sequence[Row]:
        """The leases, oldest first; only those of one run if ``run`` is given."""
        ...

    def events(self, lease_id: str) -> Sequence[tuple[str, float]]:
        """Names and moments of what happened to a lease, oldest first."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


def body(event: Event) -> str:
    """The event as the JSON text that a store keeps."""
    return json.dumps({f.name: _plain(getattr(event, f.name)) for f in fields(event)})


def _plain(value: object) -> object:
    """What JSON can hold: exact money as text, moments in ISO 8601."""
    if isinstance(value, Money):
        return [str(value.amount), value.currency]
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value
