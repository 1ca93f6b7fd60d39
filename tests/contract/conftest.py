"""Ledgers in both stores, and processes that share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from tests.contract.stores import DatabaseStore, FileStore
from tests.contract.told import ToldProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_otp.ledger import Ledger
    from tests.contract.stores import Store
    from tests.postgres_server import Postgres


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A place for a ledger of this test's own."""
    if request.param == "sqlite":
        return FileStore(tmp_path / "ledger.sqlite3")
    return DatabaseStore(request.getfixturevalue("database"))


@pytest.fixture
def open_ledger(store: Store) -> Iterator[Callable[..., Ledger]]:
    """Opens the ledger as an owner; closed when the test is over."""
    opened: list[Ledger] = []

    def open_ledger(owner: str = "owner-1", run: str = "run-1") -> Ledger:
        opened.append(stores.open(store.where, Owner(owner, run)))
        return opened[-1]

    yield open_ledger
    for ledger in opened:
        ledger.close()


@pytest.fixture
def start(store: Store) -> Iterator[Callable[[str], ToldProcess]]:
    """Starts a process with the ledger, as an owner; killed when the test is over."""
    started: list[ToldProcess] = []

    def start(owner: str) -> ToldProcess:
        started.append(ToldProcess("ledger_process", str(store.where), owner))
        return started[-1]

    yield start
    for process in started:
        process.kill()
