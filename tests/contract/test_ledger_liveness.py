"""What every ledger promises, asked of both stores: the dead's leases are found, nobody else's."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import PurchaseFailed
from pytest_otp.errors import LedgerError
from tests.contract.leasing import intended

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.ledger import Ledger
    from tests.contract.stores import Store
    from tests.contract.told import ToldProcess

    Open = Callable[..., Ledger]
    Start = Callable[[str], ToldProcess]


def orphans(ledger: Ledger) -> list[str]:
    """The ids of the leases that nobody living owns."""
    with ledger.orphans() as rows:
        return [row.lease_id for row in rows]


def test_killed_process_leaves_orphans_and_a_living_one_does_not(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """SIGKILL at any time: the lease is found. One whose owner lives is never given away."""
    living, dying = start("living"), start("dying")
    assert (living.answer(), dying.answer()) == ("ready", "ready")
    kept, lost = living.ask("hold"), dying.ask("hold")
    ledger = open_ledger("sweeper")
    assert orphans(ledger) == []
    dying.kill()
    store.notice_death("dying")
    assert orphans(ledger) == [lost]
    assert {row.lease_id for row in ledger.rows()} == {kept, lost}


def test_forked_child_does_not_keep_its_parents_lease_alive(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """A browser or a server that a test left behind is not the test."""
    parent = start("parent")
    assert parent.answer() == "ready"
    lost = parent.ask("hold")
    child = int(parent.ask("fork"))
    try:
        # The parent still lives, and the fork has not cost it its lease.
        assert orphans(open_ledger("sweeper")) == []
        assert parent.ask("hold")
        parent.kill()
        store.notice_death("parent")
        assert lost in orphans(open_ledger("sweeper"))
    finally:
        os.kill(child, signal.SIGKILL)


def test_two_sweepers_never_get_the_same_lease(
    start: Start, open_ledger: Open, store: Store
) -> None:
    """Who comes second gets nothing, until the first one is done or dead."""
    dying, first = start("dying"), start("first")
    assert (dying.answer(), first.answer()) == ("ready", "ready")
    lost = dying.ask("hold")
    dying.kill()
    store.notice_death("dying")
    assert first.ask("sweep") == lost
    second = open_ledger("second")
    assert orphans(second) == []
    assert first.ask("done") == "swept"
    assert orphans(second) == [lost]
    assert first.ask("sweep") == lost
    first.kill()
    store.notice_death("dying")
    assert orphans(second) == [lost]


def test_two_threads_never_sweep_the_same_lease(open_ledger: Open) -> None:
    """Nor do two threads that share a ledger, as the end of a run and a test might."""
    gone = open_ledger("gone")
    gone.record(intended("a"), 1.0)
    gone.close()
    ledger = open_ledger("sweeper")
    with ledger.orphans() as first, ThreadPoolExecutor(1) as pool:
        assert [row.lease_id for row in first] == ["a"]
        assert pool.submit(orphans, ledger).result() == []
    assert orphans(ledger) == ["a"]


def test_owner_that_closed_its_ledger_counts_as_dead(open_ledger: Open) -> None:
    """At once, and its debts are up for whoever sweeps next; its closed leases are not."""
    ended = open_ledger("ended")
    ended.record(intended("open"), 1.0)
    ended.record(intended("shut"), 1.0)
    ended.record(PurchaseFailed(lease_id="shut", reason="out_of_stock"), 2.0)
    sweeper = open_ledger("sweeper")
    assert orphans(sweeper) == []
    ended.close()
    assert orphans(sweeper) == ["open"]


def test_nobody_adopts_their_own_leases(open_ledger: Open) -> None:
    """What a process holds is in use."""
    ledger = open_ledger()
    ledger.record(intended("a"), 1.0)
    assert orphans(ledger) == []


def test_two_owners_of_one_id_are_refused(open_ledger: Open) -> None:
    """Or the death of one would look like that of the other."""
    open_ledger("twin").record(intended("a"), 1.0)
    with pytest.raises(LedgerError, match="living owner of our id"):
        open_ledger("twin").record(intended("b"), 1.0)
