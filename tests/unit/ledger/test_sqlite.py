"""The journal in one SQLite file: what it holds whatever happens."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import localcontext
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.core.budget import Budget, Claim
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import (
    MOVES,
    CancelDeferred,
    MessageArrived,
    Refunded,
    Spent,
    State,
)
from pytest_otp.errors import BudgetExceeded, IllegalMove, LedgerError
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Money
from tests.unit.events import WHEN, bought, event, intended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

KINDS = sorted({kind for _, kind in MOVES}, key=lambda kind: kind.__name__)
ids = (f"lease-{n}" for n in count(1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is; its folder does not exist yet."""
    return tmp_path / "folder" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """A ledger of this test's own."""
    with closing(SqliteLedger(path, Owner("owner-1", "run-1", "gw0"))) as ledger:
        yield ledger


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLedger]:
    """One ledger for the many examples of a property."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    with closing(SqliteLedger(path, Owner("owner-1"))) as ledger:
        yield ledger


def names(ledger: SqliteLedger, lease_id: str = "lease-1") -> list[str]:
    """What happened to a lease."""
    return [name for name, _ in ledger.events(lease_id)]


# -- the file ------------------------------------------------------------------------------------


def test_nobody_else_may_read_it(path: Path) -> None:
    """Ledger, write-ahead log, index and locks are for their owner, whatever the umask allows."""
    before = os.umask(0)
    try:
        with closing(SqliteLedger(path, Owner("owner-1"))) as ledger:
            ledger.record(intended(), 1.0)
            files = [each for each in path.parent.rglob("*") if each.is_file()]
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in files}
    finally:
        os.umask(before)
    assert {"ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm", "owner-1"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_readers_and_the_writer_do_not_wait_for_each_other(
    ledger: SqliteLedger, path: Path
) -> None:
    """Write-ahead log: a report can be made while a run goes on."""
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM lease").fetchone() == (0,)
        ledger.record(intended(), 1.0)
        assert reader.execute("SELECT count(*) FROM lease").fetchone() == (0,)


def test_what_was_recorded_outlives_the_run(ledger: SqliteLedger, path: Path) -> None:
    """The next run finds it and goes on with it."""
    ledger.record(intended(), 1.0)
    ledger.record(bought(), 2.0)
    ledger.close()
    with closing(SqliteLedger(path, Owner("owner-2", "run-2"))) as later:
        later.record(event(MessageArrived), 3.0)
        (row,) = later.rows()
    assert (row.state, row.owner) == (State.RECEIVED, Owner("owner-1", "run-1", "gw0"))


@pytest.mark.parametrize("content", [b"{}" * 600, b"SQLite format 3\0" + b"\xff" * 4080])
def test_file_that_is_no_ledger_is_kept(path: Path, content: bytes) -> None:
    """One sentence names it, and not a byte of it changes."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"folder/ledger\.sqlite3 cannot be used: .+"):
        SqliteLedger(path, Owner("owner-1"))
    assert path.read_bytes() == content


OPENS = """
import sys
from pathlib import Path
from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger

SqliteLedger(Path(sys.argv[1]), Owner("other")).close()
"""


def test_second_ledger_in_the_process_costs_the_first_nothing(
    ledger: SqliteLedger, path: Path
) -> None:
    """Its locks stay, so another process does not take itself for the last one and clean up."""
    SqliteLedger(path, Owner("owner-2")).close()
    subprocess.run([sys.executable, "-c", OPENS, str(path)], check=True, timeout=60)
    ledger.record(intended(), 1.0)
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("SELECT lease_id FROM lease").fetchall() == [("lease-1",)]


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_refused(path: Path, kind: str) -> None:
    """One sentence names it."""
    path.parent.mkdir()
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(LedgerError, match=r"the ledger \S+/folder/ledger\.sqlite3 cannot be"):
        SqliteLedger(path, Owner("owner-1"))


# -- writing -------------------------------------------------------------------------------------


def test_event_is_committed_when_record_returns(ledger: SqliteLedger, path: Path) -> None:
    """Write first: the purchase may leave, for every other process can see the intent."""
    ledger.record(intended(), 1.5)
    with closing(SqliteLedger(path, Owner("owner-2"))) as other:
        assert other.events("lease-1") == [("Intended", 1.5)]
        assert [row.state for row in other.rows()] == [State.INTENDED]


def test_row_tells_the_whole_life(ledger: SqliteLedger) -> None:
    """Who bought what for which test, for how much, and when it ends."""
    ledger.record(intended(), 10.0)
    ledger.record(bought(price=Money.parse("0.12 USD")), 11.0)
    ledger.record(event(CancelDeferred), 12.0)
    ledger.record(event(Refunded), 13.0)
    (row,) = ledger.rows()
    assert (row.state, row.owner.run, row.owner.worker) == (State.REFUNDED, "run-1", "gw0")
    assert (row.provider, row.service, row.country) == ("sandbox", "any", "US")
    assert (row.test, row.tags) == ("test_a.py::test_b", ("signup", "nightly"))
    assert (row.activation_id, row.number) == ("act-1", "+12025550123")
    assert (row.asked, row.charged) == (Money.parse("0.10 USD"), Money.parse("0.12 USD"))
    assert row.refunded == row.charged
    assert row.expires_at == row.due_at == WHEN.timestamp()
    assert (row.created_at, row.changed_at) == (10.0, 13.0)
    assert [at for _, at in ledger.events("lease-1")] == [10.0, 11.0, 12.0, 13.0]


def test_price_that_nobody_repeats_is_the_one_that_was_asked(ledger: SqliteLedger) -> None:
    """A confirmation without a price confirms the offer's."""
    ledger.record(intended(asked=Money.parse("0.10 USD")), 1.0)
    ledger.record(bought(price=None), 2.0)
    assert ledger.rows()[0].charged == Money.parse("0.10 USD")


def test_lease_without_any_price(ledger: SqliteLedger) -> None:
    """Nobody named one: none is invented."""
    ledger.record(intended(asked=None), 1.0)
    ledger.record(bought(price=None), 2.0)
    assert (ledger.rows()[0].asked, ledger.rows()[0].charged) == (None, None)


@given(st.decimals(0, 10**9, places=18), st.sampled_from(["USD", "IDR", "KWD"]))
def test_money_is_kept_exactly(shared: SqliteLedger, amount: Decimal, currency: str) -> None:
    """To the last digit, as no float column could."""
    lease_id, price = next(ids), Money(amount, currency)
    shared.record(intended(lease_id, asked=price), 1.0)
    shared.record(bought(lease_id, price=price), 2.0)
    row = next(row for row in shared.rows(open_only=True) if row.lease_id == lease_id)
    shared.record(event(Refunded, lease_id), 3.0)
    assert (row.asked, row.charged) == (price, price)
    assert str(row.charged) == str(price)


def test_purchase_that_no_budget_has_room_for_leaves_no_trace(ledger: SqliteLedger) -> None:
    """The refusal and the intent are one transaction."""
    budget = Budget("run:1", "of the run", Money.parse("0.05 USD"))
    wish = replace(intended(), claims=(Claim(budget, Money.parse("0.10 USD")),))
    with pytest.raises(BudgetExceeded):
        ledger.record(wish, 1.0)
    assert (ledger.rows(), ledger.events("lease-1"), ledger.budgets()) == ([], [], [])


def test_sums_of_a_budget_are_exact(ledger: SqliteLedger) -> None:
    """Even while the application under test works with three digits."""
    budget = Budget("run:1", "of the run", Money.parse("2000 USD"))
    with localcontext(prec=3):
        for n in range(3):
            claim = Claim(budget, Money.parse("123.456 USD"))
            ledger.record(replace(intended(f"lease-{n}"), claims=(claim,)), 1.0)
        ledger.record(bought("lease-0"), 2.0)
        ledger.record(event(MessageArrived, "lease-0"), 3.0)
        ledger.record(event(Spent, "lease-0"), 4.0)
        (row,) = ledger.budgets()
    assert (str(row.spent), str(row.reserved)) == ("123.456 USD", "246.912 USD")


# -- the table of moves --------------------------------------------------------------------------


@given(st.data())
def test_any_life_ends_where_the_table_says(shared: SqliteLedger, data: st.DataObject) -> None:
    """A legal event moves the lease; an illegal one is refused and changes nothing."""
    lease_id, state = next(ids), None
    told: list[str] = []
    for at, kind in enumerate(data.draw(st.lists(st.sampled_from(KINDS), max_size=12))):
        after = MOVES.get((state, kind))
        if after is None:
            with pytest.raises(IllegalMove, match=f"{lease_id}: {kind.__name__} cannot happen"):
                shared.record(event(kind, lease_id), at)
        else:
            shared.record(event(kind, lease_id), at)
            state = after
            told.append(kind.__name__)
    assert names(shared, lease_id) == told
    assert [row.state for row in shared.rows() if row.lease_id == lease_id] == (
        [state] if state else []
    )


# -- many at once --------------------------------------------------------------------------------


def test_threads_share_one_ledger(ledger: SqliteLedger) -> None:
    """Nothing is lost and nothing fails."""

    def live(lease_id: str) -> None:
        for step in (intended(lease_id), bought(lease_id), event(Refunded, lease_id)):
            ledger.record(step, 1.0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(live, [f"thread-{n}" for n in range(100)]))
    assert [row.state for row in ledger.rows()] == [State.REFUNDED] * 100


WRITER = """
import sys
from contextlib import closing
from pathlib import Path
from pytest_otp.core import states
from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Activation

path, worker = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
with closing(SqliteLedger(path, Owner(worker, "run-1", worker))) as ledger:
    for n in range(50):
        lease_id = f"{worker}-{n}"
        ledger.record(states.Intended(
            lease_id=lease_id, provider="sandbox", base_url="", service="any", country="US",
            idempotency_key=lease_id, asked=None, test="t",
        ), n)
        activation = Activation(id=lease_id, number="+12025550123")
        ledger.record(states.NumberBought(lease_id=lease_id, activation=activation), n)
        ledger.record(states.Refunded(lease_id=lease_id), n)
"""


def test_eight_processes_make_and_fill_one_ledger(path: Path) -> None:
    """All begin at once on a file that does not exist; no write fails and none is lost."""
    command = [sys.executable, "-c", WRITER, str(path)]
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen([*command, f"gw{n}"], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for n in range(8)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 8
    with closing(SqliteLedger(path, Owner("reader"))) as ledger:
        rows = ledger.rows(run="run-1")
        assert {row.lease_id for row in rows} == {f"gw{w}-{n}" for w in range(8) for n in range(50)}
        assert {row.state for row in rows} == {State.REFUNDED}
        assert names(ledger, "gw7-49") == ["Intended", "NumberBought", "Refunded"]


# -- sudden ends ---------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from pathlib import Path
from pytest_otp.core import states
from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Activation

ledger = SqliteLedger(Path(sys.argv[1]), Owner("owner-1"))
ledger.record(states.Intended(
    lease_id="lease-1", provider="sandbox", base_url="", service="any", country="US",
    idempotency_key="lease-1", asked=None, test="t",
), 1.0)

def watch(statement):
    if statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

ledger._db.set_trace_callback(watch)
activation = Activation(id="act-1", number="+12025550123")
ledger.record(states.NumberBought(lease_id="lease-1", activation=activation), 2.0)
"""


@pytest.mark.parametrize("statement", ["BEGIN", "UPDATE lease", "INSERT INTO event", "COMMIT"])
def test_kill_in_the_middle_of_a_transaction(path: Path, statement: str) -> None:
    """What was committed before is there, nothing of the rest is, and the ledger goes on."""
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(path), statement],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(SqliteLedger(path, Owner("owner-2"))) as ledger:
        assert names(ledger) == ["Intended"]
        assert [(row.state, row.number) for row in ledger.rows()] == [(State.INTENDED, None)]
        ledger.record(bought(), 3.0)
        assert names(ledger) == ["Intended", "NumberBought"]


class Interrupted:
    """A connection in whose process Ctrl-C strikes when a statement has just been performed."""

    def __init__(self, db: sqlite3.Connection, after: str) -> None:
        self._db = db
        self._after = after

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3
        """As of the connection, but for the interruption."""
        cursor = self._db.execute(statement, *values)
        if statement.startswith(self._after):
            self._after = "never again"
            raise KeyboardInterrupt
        return cursor

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._db, name)


@pytest.mark.parametrize(
    ("statement", "recorded"),
    [
        ("BEGIN", ["Intended"]),
        ("SELECT", ["Intended"]),
        ("UPDATE lease", ["Intended"]),
        ("INSERT INTO event", ["Intended"]),
        ("COMMIT", ["Intended", "NumberBought"]),
    ],
)
def test_ctrl_c_leaves_no_open_transaction(
    ledger: SqliteLedger, statement: str, recorded: list[str]
) -> None:
    """All of the event is there or nothing, and the teardown can write."""
    ledger.record(intended(), 1.0)
    db, ledger._db = ledger._db, cast("Any", Interrupted(ledger._db, statement))
    with pytest.raises(KeyboardInterrupt):
        ledger.record(bought(), 2.0)
    ledger._db = db
    assert names(ledger) == recorded
    if len(recorded) == 1:
        ledger.record(bought(), 3.0)
    ledger.record(event(MessageArrived), 4.0)
    ledger.record(event(Spent), 5.0)
    assert [row.state for row in ledger.rows()] == [State.SPENT]
