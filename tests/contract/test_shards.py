"""Four machines share one PostgreSQL ledger, and with it a day's budget."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import State
from tests.chaos.books import Books, compare
from tests.contract.shard_process import DAY
from tests.contract.stores import DatabaseStore
from tests.contract.told import ToldProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.ledger import Ledger
    from pytest_otp.sandbox.handle import Sandbox

HOSTS = [(f"host-{n}", f"gw{worker}") for n in range(4) for worker in range(2)]


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    """What the shards share, seen by somebody who leases nothing."""
    with closing(stores.open(database, Owner("auditor"))) as ledger:
        yield ledger


@pytest.fixture
def shards(database: str, sandbox: Sandbox) -> Iterator[list[ToldProcess]]:
    """Two processes on each of four hosts."""
    with ExitStack() as stack:
        shards = [
            ToldProcess("shard_process", database, host, worker, sandbox.url)
            for host, worker in HOSTS
        ]
        for shard in shards:
            stack.callback(shard.kill)
        assert [shard.answer() for shard in shards] == ["ready"] * len(shards)
        yield shards


def ask_all(shards: list[ToldProcess], line: str) -> list[str]:
    """Ask all of them at once."""
    for shard in shards:
        shard.tell(line)
    return [shard.answer() for shard in shards]


def check_day(ledger: Ledger) -> None:
    """The limit holds on every day, and the last one is used up: midnight may have passed."""
    budgets = ledger.budgets()
    assert all(budget.reserved + budget.spent <= DAY for budget in budgets)
    assert budgets[-1].reserved + budgets[-1].spent == DAY


def test_shards_share_a_budget_and_sweep_each_others_dead(
    shards: list[ToldProcess], ledger: Ledger, database: str, sandbox: Sandbox
) -> None:
    """Two of eight are killed with numbers in hand, a third gives these back; money is exact."""
    ask_all(shards, "lease")
    ask_all(shards, "race")
    check_day(ledger)
    dead, living = [shards[0], shards[5]], shards[1:5] + shards[6:]
    names = [shard.ask("owner") for shard in dead]
    theirs = sum(row.owner.id in names for row in ledger.rows())
    for shard, name in zip(dead, names, strict=True):
        shard.kill()
        DatabaseStore(database).notice_death(name)
    assert int(living[2].ask("sweep")) == theirs
    assert theirs >= len(dead)
    assert {row.state for row in ledger.rows() if row.owner.id in names} == {State.REFUNDED}
    # What they gave back can be spent by others.
    assert sum(map(int, ask_all(living, "race"))) >= theirs
    check_day(ledger)
    assert ask_all(living, "spend") == ["123456"] * len(living)
    rows = ledger.rows()
    spent = [row for row in rows if row.state is State.SPENT]
    assert len(spent) == len(living)
    assert {row.state for row in rows} == {State.SPENT, State.REFUNDED}
    assert {budget.reserved.amount for budget in ledger.budgets()} == {0}
    assert sum(budget.spent.amount for budget in ledger.budgets()) == sum(
        row.charged.amount for row in spent if row.charged
    )
    events = {row.lease_id: [name for name, _ in ledger.events(row.lease_id)] for row in rows}
    books = Books(rows, events, (), sandbox.activations(), sandbox.wallets(), keyless=False)
    assert compare(books).differences == []
