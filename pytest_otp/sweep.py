"""Collect what is owed, and finish what dead processes began.

The same for the end of a run, the start of the next one and ``pytest-otp sweep``. Leases of a
process that lives are never touched, but for our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pytest_otp.connections import Connections
from pytest_otp.core import recovery
from pytest_otp.core.balances import LONGEST_WINDOW_S
from pytest_otp.core.effects import Pause
from pytest_otp.core.states import State
from pytest_otp.errors import OtpError, ProviderError, ProviderUnavailable, SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.rows import Row
    from pytest_otp.ledger import Ledger

# Between two looks at a lease whose provider does not say when it would answer.
_PATIENCE_S: Final = 5.0
# For so long a purchase that nobody waits for any more may still be on its way to the books: a
# gateway gives its upstream a minute by default (nginx, proxy_read_timeout). The sandbox needs
# milliseconds, but the machine may be busy.
_SERVED_S: Final = 60.0
_SERVED_IN_REHEARSAL_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one lease.

    Attributes:
        row: as it was found.
        state: where it stands now.
        obstacle: why it could not be taken further, if it could not.
    """

    row: Row
    state: State
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Leases that cannot be settled before a moment.

    Attributes:
        leases: how many.
        until: when the first of them is looked at again; seconds since the epoch.
    """

    leases: int
    until: float


def sweep(
    ledger: Ledger, environment: Mapping[str, str], *, own: bool, wait_s: float = 0.0
) -> list[Swept]:
    """Settle all that can be settled; see ``sweeping``."""
    steps = sweeping(ledger, environment, own=own, wait_s=wait_s)
    return [step for step in steps if isinstance(step, Swept)]


def sweeping(
    ledger: Ledger, environment: Mapping[str, str], *, own: bool, wait_s: float = 0.0
) -> Generator[Swept | Waiting, None, None]:
    """Settle all that can be settled, and tell of each lease as soon as that is known.

    Args:
        ledger: opened.
        environment: where real keys are looked up.
        own: the leases of this process too, which must not be in use any more.
        wait_s: seconds to wait, at most, for refunds that are not due yet.
    """
    with ledger.orphans() as orphans:
        rows = list(orphans)
        if own:
            rows += ledger.rows(owner=ledger.owner.id, open_only=True)
        if not rows:
            return
        broom = _Broom(ledger, environment, live=any(row.owner.live for row in rows))
        try:
            yield from broom.sweep(rows, wait_s)
        finally:
            broom.close()


class _Broom:
    """Goes over the leases until all are settled or the time is up."""

    def __init__(self, ledger: Ledger, environment: Mapping[str, str], *, live: bool) -> None:
        self._ledger = ledger
        self._connections = Connections(environment, live=live)
        self._driver = self._connections.driver(ledger)
        self._providers: dict[tuple[str, str, str], Provider] = {}
        self._gone: dict[str, bool] = {}
        self._silent: dict[tuple[str, str, str], bool] = {}

    def sweep(self, rows: Sequence[Row], wait_s: float) -> Iterator[Swept | Waiting]:
        deadline = self._now() + wait_s
        waiting: dict[str, tuple[Row, Lease]] = {}
        for row in rows:
            try:
                provider = self._provider(row)
            except SettingsError as error:
                yield Swept(row, row.state, str(error))
            else:
                waiting[row.lease_id] = row, recovery.resume(row, provider)
        due: dict[str, float] = {}
        while waiting:
            looked_at = self._now()
            yield from self._settled(waiting, due)
            due = self._due(waiting, looked_at)
            next_at = min(due.values(), default=deadline)
            if not waiting or next_at > deadline:
                break
            yield Waiting(len(waiting), next_at)
            self._driver.run(_pause(next_at - self._now()))
        for row, lease in waiting.values():
            yield Swept(row, lease.state or row.state, self._obstacle(row, lease))

    def _settled(
        self, waiting: dict[str, tuple[Row, Lease]], due: dict[str, float]
    ) -> Iterator[Swept]:
        """Look once at each lease that is due, and take out those that are settled."""
        self._silent.clear()
        for row in recovery.in_turn(row for row, _lease in waiting.values()):
            if row.lease_id not in waiting or due.get(row.lease_id, 0.0) > self._now():
                continue
            _row, lease = waiting[row.lease_id]
            self._take_up(row, lease)
            if lease.state is None or not lease.state.closed:
                continue
            del waiting[lease.id]
            yield Swept(row, lease.state)
            # The balance may tell more of the others now.
            for other, in_doubt in waiting.values():
                if in_doubt.state is State.UNKNOWN and other.account == row.account:
                    due.pop(in_doubt.id, None)

    def _take_up(self, row: Row, lease: Lease) -> None:
        self._speak_as(row)
        if self._is_gone(row):
            flow = recovery.bury(lease)
        elif self._is_silent(row):
            return
        else:
            flow = recovery.finish(lease, partial(others_of, row, self._ledger), _served_s(row))
        try:
            self._driver.run(flow)
        except ProviderError:
            # It stays as it is in the ledger, for the next sweep.
            return

    def _obstacle(self, row: Row, lease: Lease) -> str:
        if self._silent.get(row.account):
            return "its provider does not answer"
        if lease.state is State.UNKNOWN:
            return "whether it was bought is not known yet"
        return "not granted yet"

    def _due(self, waiting: Iterable[str], looked_at: float) -> dict[str, float]:
        """When to look again, by lease."""
        now = self._now()
        named: dict[str, float] = {}
        for row in self._ledger.rows(open_only=True):
            if row.activation_id is None:
                # Its minute may have ended while the others were looked at.
                at, over = row.changed_at + _served_s(row), looked_at
            else:
                # A time that is over was of no use: the refund failed for another reason.
                at, over = row.due_at or 0.0, now
            if at > over:
                named[row.lease_id] = at
        return {lease_id: named.get(lease_id, now + _PATIENCE_S) for lease_id in waiting}

    def _provider(self, row: Row) -> Provider:
        """One for all leases of an account, whose pace they share."""
        if row.account not in self._providers:
            self._providers[row.account] = (
                self._connections.real(row.provider, row.base_url)
                if row.owner.live
                else self._connections.rehearsal(row.provider, row.base_url, row.owner.account)
            )
        return self._providers[row.account]

    def _speak_as(self, row: Row) -> None:
        """Use the key of the row's account; two dead workers had two of them at one URL."""
        if not row.owner.live:
            self._connections.speak_as(row.owner.account, row.provider, row.base_url)

    def _is_gone(self, row: Row) -> bool:
        """Whether a rehearsal's sandbox has ended, and its play money with it."""
        if row.owner.live:
            return False
        parts = urlsplit(row.base_url)
        root = f"{parts.scheme}://{parts.netloc}/_sandbox/health"
        if root not in self._gone:
            self._gone[root] = not self._connections.answers(root)
        return self._gone[root]

    def _is_silent(self, row: Row) -> bool:
        """Whether nobody answers at the provider; the leases of a dead one cost no timeout each."""
        if row.account not in self._silent:
            silent = False
            try:
                self._driver.run(self._provider(row).balance())
            except ProviderUnavailable as unavailable:
                silent = unavailable.status is None
            except OtpError:
                pass  # an answer, whatever it says
            self._silent[row.account] = silent
        return self._silent[row.account]

    def _now(self) -> float:
        return self._connections.clock.now()

    def close(self) -> None:
        self._connections.close()


def others_of(row: Row, ledger: Ledger) -> list[Row]:
    """The other leases that may have moved an account's money since a lease of it began."""
    rows = [
        *ledger.rows(since=row.balance_at - LONGEST_WINDOW_S),
        *ledger.rows(open_only=True),
    ]
    theirs = {each.lease_id: each for each in rows if each.account == row.account}
    theirs.pop(row.lease_id, None)
    return list(theirs.values())


def _served_s(row: Row) -> float:
    return _SERVED_S if row.owner.live else _SERVED_IN_REHEARSAL_S


def _pause(seconds: float) -> Flow[None]:
    yield Pause(seconds)
