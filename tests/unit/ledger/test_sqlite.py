"""The journal in one SQLite file: what it holds whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.rows import Owner
from pytest_otp.core.states import Refunded, State
from pytest_otp.errors import LedgerError
from pytest_otp.ledger.damage import APPLICATION_ID
from pytest_otp.ledger.sqlite import SCHEMA_VERSION, SqliteLedger
from tests.unit.events import bought, event, intended
from tests.unit.striking import strike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is; its folder does not exist yet."""
    return tmp_path / "folder" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """A ledger of this test's own."""
    with closing(SqliteLedger(path, Owner("owner-1", "run-1", "gw0"))) as ledger:
        yield ledger


def names(ledger: SqliteLedger, lease_id: str = "lease-1") -> list[str]:
    """What happened to a lease."""
    return [name for name, _ in ledger.events(lease_id)]


# -- the file ------------------------------------------------------------------------------------


def test_folder_that_is_gone_is_said_in_a_sentence(path: Path, ledger: SqliteLedger) -> None:
    """A test that cleans up too much meets no traceback of ours, and buys nothing."""
    shutil.rmtree(path.parent)
    with pytest.raises(LedgerError, match="was removed while this run used it"):
        ledger.record(intended(), 1.0)


@pytest.mark.parametrize("name", ["link", "folder/ledger.sqlite3"], ids=["link", "relative"])
def test_locks_stand_beside_the_file_whatever_it_is_called(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One names it by a link, or by a path from a folder that it leaves: it counts as alive."""
    (tmp_path / "link").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    with closing(SqliteLedger(Path(name), Owner("living"))) as living:
        monkeypatch.chdir("/")
        living.record(intended(), 1.0)
        with closing(SqliteLedger(path, Owner("sweeper"))) as sweeper, sweeper.orphans() as found:
            assert [row.lease_id for row in sweeper.rows()] == ["lease-1"]
            assert found == []


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


def test_git_ignores_the_kits_own_folder(tmp_path: Path) -> None:
    """Numbers stand in there. A folder of the project's is left alone, and so is what it wrote."""
    ours, other = tmp_path / ".pytest_otp", tmp_path / "folder"
    SqliteLedger(ours / "ledger.sqlite3", Owner("owner-1")).close()
    assert (ours / ".gitignore").read_text("utf-8").splitlines()[-1] == "*"
    SqliteLedger(other / "ledger.sqlite3", Owner("owner-1")).close()
    assert not (other / ".gitignore").exists()
    (ours / ".gitignore").unlink()
    SqliteLedger(ours / "ledger.sqlite3", Owner("owner-1")).close()
    assert not (ours / ".gitignore").exists()


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


@pytest.mark.parametrize("content", [b"{}" * 600, b"SQLite format 3\0" + b"\xff" * 4080])
def test_file_that_is_no_ledger_is_kept(path: Path, content: bytes) -> None:
    """One sentence names it, and not a byte of it changes."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"folder/ledger\.sqlite3 cannot be used: .+"):
        SqliteLedger(path, Owner("owner-1"))
    assert path.read_bytes() == content


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("before", [[], ["lease-0"]], ids=["first", "second"])
def test_nothing_is_bought_after_the_file_was_removed(
    ledger: SqliteLedger, path: Path, what: str, before: list[str]
) -> None:
    """Whoever came after a crash would find no row; what is leased already is settled as ever."""
    for lease_id in before:
        ledger.record(intended(lease_id), 1.0)
    shutil.rmtree(path.parent) if what == "folder" else path.unlink()
    with pytest.raises(LedgerError, match="was removed while this run used it, so nothing is"):
        ledger.record(intended("lease-1"), 2.0)
    for lease_id in before:
        ledger.record(bought(lease_id), 3.0)
        assert names(ledger, lease_id) == ["Intended", "NumberBought"]


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


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "it is a folder"),
        (os.mkfifo, "it is no regular file"),
        (lambda path: path.symlink_to("/dev/full"), "it is no regular file"),
        (lambda path: path.symlink_to(path), "it is no regular file"),
    ],
    ids=["folder", "pipe", "device", "loop"],
)
def test_what_is_no_file_is_refused(path: Path, make: Callable[[Path], None], reason: str) -> None:
    """One sentence names it and the setting."""
    path.parent.mkdir()
    make(path)
    sentence = rf"the ledger {path} cannot be written: {reason}; name .* with --otp-ledger"
    with pytest.raises(LedgerError, match=sentence):
        SqliteLedger(path, Owner("owner-1"))


def test_file_where_the_folder_should_be_is_told(path: Path) -> None:
    """Not as *File exists*, which reads as if the ledger did."""
    path.parent.touch()
    with pytest.raises(LedgerError, match="cannot be written: its folder is a file; name"):
        SqliteLedger(path, Owner("owner-1"))


def test_what_sqlite_says_comes_with_a_remedy(path: Path) -> None:
    """Here of a ledger that lacks its tables."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("CREATE TABLE lease (x)")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    with (
        closing(SqliteLedger(path, Owner("owner-1"))) as ledger,
        pytest.raises(LedgerError, match=r"cannot be used: no such .*; mend that, or name another"),
    ):
        ledger.rows()


# -- writing -------------------------------------------------------------------------------------


def test_event_is_committed_when_record_returns(ledger: SqliteLedger, path: Path) -> None:
    """Write first: the purchase may leave, for every other process can see the intent."""
    ledger.record(intended(), 1.5)
    with closing(SqliteLedger(path, Owner("owner-2"))) as other:
        assert other.events("lease-1") == [("Intended", 1.5)]
        assert [row.state for row in other.rows()] == [State.INTENDED]


# -- many at once --------------------------------------------------------------------------------


WRITER = """
import sys
from contextlib import closing
from functools import partial
from itertools import count
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


# -- interruptions -------------------------------------------------------------------------------


def test_ctrl_c_anywhere_leaves_no_open_transaction(path: Path, ledger: SqliteLedger) -> None:
    """All of the event is there or nothing, and whoever comes next can write at once."""
    kept = []
    with closing(sqlite3.connect(path, timeout=0)) as other:
        for point in count(1):
            lease = f"lease-{point}"
            ledger.record(intended(lease), 1.0)
            kept.append(strike(partial(ledger.record, bought(lease), 2.0), point))
            if kept[-1] is None:
                break
            other.execute("BEGIN IMMEDIATE").connection.rollback()
            if names(ledger, lease) == ["Intended"]:
                ledger.record(bought(lease), 3.0)
            ledger.record(event(Refunded, lease), 4.0)
            assert names(ledger, lease) == ["Intended", "NumberBought", "Refunded"]
    assert len(kept) > 100
