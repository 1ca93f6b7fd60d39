"""What only a ledger on a server must endure: lost connections, strangers, and crowds."""

from __future__ import annotations

import random
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import Refunded, Spent
from pytest_otp.errors import LedgerError
from pytest_otp.ledger.postgres import PostgresLedger
from pytest_otp.models import Money
from tests.contract.leasing import bought, claim, intended, message
from tests.contract.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.ledger import Ledger
    from tests.postgres_server import Postgres


def opened(url: str, owner: str = "owner-1") -> closing[Ledger]:
    """The ledger, as a context manager."""
    return closing(stores.open(url, Owner(owner, "run-1")))


def sessions(database: str, owner: str) -> list[int]:
    """The server's processes that serve this owner."""
    with psycopg.connect(database) as db:
        found = db.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [f"pytest-otp {owner}"]
        )
        return [pid for (pid,) in found]


def terminate(database: str, owner: str) -> None:
    """End the owner's session, as an administrator or a restart would."""
    (pid,) = sessions(database, owner)
    with psycopg.connect(database) as db:
        db.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def wait_until_blocked(database: str, owner: str) -> None:
    """Return when the owner's session waits for a lock."""
    (pid,) = sessions(database, owner)
    with psycopg.connect(database, autocommit=True) as db:
        while db.execute("SELECT pg_blocking_pids(%s) = '{}'", [pid]).fetchone() == (True,):
            pass


def orphans(ledger: Ledger) -> list[str]:
    """The ids of the leases that nobody living owns."""
    with ledger.orphans() as rows:
        return [row.lease_id for row in rows]


@pytest.fixture
def relay(database: str) -> Iterator[Relay]:
    """A relay before the server."""
    known = conninfo_to_dict(database)
    relay = Relay(str(known["host"]), int(known.get("port") or 5432))
    yield relay
    relay.close()


@pytest.fixture
def relayed(database: str, relay: Relay) -> str:
    """The database's URL by way of the relay."""
    parts = urlsplit(database)
    user, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}@127.0.0.1:{relay.port}").geturl()


# -- lost connections ------------------------------------------------------------------------------


def test_session_that_was_terminated_is_replaced(database: str) -> None:
    """The next call finds a new session, and the lease is still this process's own."""
    with opened(database) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        terminate(database, "owner-1")
        ledger.record(bought("a"), 2.0)
        assert orphans(sweeper) == []
        assert [name for name, _ in ledger.events("a")] == ["Intended", "NumberBought"]


def test_lease_of_a_session_that_is_gone_is_an_orphan(database: str) -> None:
    """The row is there, and recovery finds it."""
    with opened(database) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        terminate(database, "owner-1")
        assert orphans(sweeper) == ["a"]


def test_server_that_ends_idle_sessions_does_not_end_ours(database: str) -> None:
    """A process that waits two minutes for its SMS says nothing meanwhile, and lives."""
    with psycopg.connect(database, autocommit=True) as db:
        ((name,),) = db.execute("SELECT quote_ident(current_database())").fetchall()
        db.execute(f"ALTER DATABASE {name} SET idle_session_timeout = '100ms'")
    with opened(database) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        (ours,) = sessions(database, "owner-1")
        with psycopg.connect(database, application_name="pytest-otp other") as idle:
            assert idle.info.backend_pid
            while sessions(database, "other"):
                pass
        assert sessions(database, "owner-1") == [ours]
        assert orphans(sweeper) == []


def test_server_that_is_gone_for_a_while(relayed: str, relay: Relay, database: str) -> None:
    """One sentence while it is away; afterwards everything is there and goes on."""
    with opened(relayed) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        relay.refuse()
        relay.cut()
        with pytest.raises(LedgerError, match=r"cannot be opened: .*Connection refused") as told:
            ledger.record(bought("a"), 2.0)
        assert "\n" not in str(told.value)
        relay.allow()
        ledger.record(bought("a"), 3.0)
        assert orphans(sweeper) == []
        assert [at for _, at in ledger.events("a")] == [1.0, 3.0]


def test_session_that_the_server_still_believes_in_is_ended(
    relayed: str, relay: Relay, database: str
) -> None:
    """A network that drops a connection silently does not lock a process out of its own leases."""
    with opened(relayed) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        before = sessions(database, "owner-1")
        relay.desert()
        ledger.record(bought("a"), 2.0)
        after = sessions(database, "owner-1")
        assert len(after) == 1
        assert after != before
        assert orphans(sweeper) == []


def test_session_that_is_lost_amid_a_transaction_leaves_nothing_by_halves(database: str) -> None:
    """The call says so in one sentence and writes nothing; the next one works."""
    share = claim("a", "5.00 USD")
    with opened(database) as ledger, ThreadPoolExecutor(1) as pool:
        ledger.record(intended("1", share), 1.0)
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM pytest_otp.budget FOR UPDATE")
            writing = pool.submit(ledger.record, intended("2", share), 2.0)
            wait_until_blocked(database, "owner-1")
            terminate(database, "owner-1")
            with pytest.raises(LedgerError, match=r"was lost: .*the next sweep finds out") as told:
                writing.result()
        assert "\n" not in str(told.value)
        assert [row.lease_id for row in ledger.rows()] == ["1"]
        ledger.record(intended("3", share), 3.0)
        assert [str(budget.reserved) for budget in ledger.budgets()] == ["2.00 USD"]


def test_process_that_was_taken_for_dead_learns_it(database: str) -> None:
    """While another one settles its leases it may not touch them; afterwards it may go on."""
    with opened(database) as ledger, opened(database, "sweeper") as sweeper:
        ledger.record(intended("a"), 1.0)
        terminate(database, "owner-1")
        with sweeper.orphans() as rows:
            assert [row.lease_id for row in rows] == ["a"]
            with pytest.raises(LedgerError, match="another process has begun to settle the same"):
                ledger.record(bought("a"), 2.0)
        ledger.record(bought("a"), 3.0)
        assert orphans(sweeper) == []


def test_sweeper_that_lost_its_session_keeps_what_it_adopted(database: str) -> None:
    """No second sweeper comes between."""
    with (
        opened(database, "gone") as gone,
        opened(database, "first") as first,
        opened(database, "second") as second,
    ):
        gone.record(intended("a"), 1.0)
        gone.close()
        with first.orphans() as rows:
            terminate(database, "first")
            assert [row.lease_id for row in first.rows()] == [row.lease_id for row in rows]
            assert orphans(second) == []
        assert orphans(second) == ["a"]


def test_both_ends_notice_a_peer_that_vanished(database: str) -> None:
    """Within half a minute, not after the hours that are usual: its locks are needed."""
    with closing(PostgresLedger(database, Owner("owner-1"))) as ledger:
        for name, value in [("idle", "15"), ("interval", "5"), ("count", "3")]:
            shown = ledger._db.execute(f"SHOW tcp_keepalives_{name}").fetchone()
            assert shown == (value,)
        parameters = ledger._db.info.get_parameters()
    assert parameters["keepalives_idle"] == "15"
    assert parameters["tcp_user_timeout"] == "30000"


# -- many at once ----------------------------------------------------------------------------------


def test_budgets_are_locked_row_by_row(database: str) -> None:
    """Who buys on another budget does not wait; who buys on the same one does."""
    with opened(database) as ledger, ThreadPoolExecutor(1) as pool:
        ledger.record(intended("1", claim("a", "5.00 USD")), 1.0)
        with psycopg.connect(database) as holder:
            holder.execute("SELECT FROM pytest_otp.budget WHERE key = 'a' FOR UPDATE")
            ledger.record(intended("2", claim("b", "5.00 USD")), 2.0)
            ledger.record(bought("2"), 3.0)
            waiting = pool.submit(ledger.record, intended("3", claim("a", "5.00 USD")), 4.0)
            wait_until_blocked(database, "owner-1")
            assert not waiting.done()
            holder.rollback()
            waiting.result(timeout=30)
        assert [row.lease_id for row in ledger.rows()] == ["1", "2", "3"]


def test_no_order_of_purchases_ends_in_a_deadlock(database: str) -> None:
    """Eight sessions buy and settle on overlapping budgets, which the server sorts otherwise."""
    keys = ["a", "B", "c", "D", "e:1", "E", "f-2", "F 1"]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with opened(database, f"worker-{seed}") as ledger:
            for n in range(12):
                lease_id = f"{seed}-{n}"
                claims = [claim(key, "96.00 USD") for key in chance.sample(keys, 4)]
                ledger.record(intended(lease_id, *claims), 1.0)
                ledger.record(bought(lease_id, claims=tuple(chance.sample(claims, 4))), 2.0)
                if chance.random() < 0.5:
                    ledger.record(Refunded(lease_id=lease_id), 3.0)
                else:
                    ledger.record(message(lease_id), 3.0)
                    ledger.record(Spent(lease_id=lease_id), 4.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with opened(database) as ledger:
        budgets = ledger.budgets()
        assert {str(budget.reserved) for budget in budgets} == {"0.00 USD"}
        spent = sum(str(row.state) == "spent" for row in ledger.rows())
        assert sum(budget.spent.amount for budget in budgets) == 4 * spent


# -- strangers -------------------------------------------------------------------------------------


def test_tables_of_an_application_are_left_alone(database: str) -> None:
    """The ledger has a schema of its own, so its tables may have any names."""
    with psycopg.connect(database) as db:
        db.execute("CREATE TABLE public.lease (id int); CREATE TABLE public.owner (id int)")
    with opened(database) as ledger:
        ledger.record(intended("a"), 1.0)
    with psycopg.connect(database) as db:
        assert db.execute("SELECT count(*) FROM public.lease").fetchone() == (0,)


def changed(url: str, **parts: str) -> str:
    """The URL with another user, password, port or database."""
    split = urlsplit(url)
    user = parts.get("user", split.username)
    password = parts.get("password", split.password)
    port = parts.get("port", split.port)
    database = parts.get("database", split.path.lstrip("/"))
    return f"postgresql://{user}:{password}@{split.hostname}:{port}/{database}"


def refused(url: str, reason: str) -> None:
    """What is wrong, where and by which setting, on one line, and never the password."""
    with pytest.raises(LedgerError) as told:
        stores.open(url, Owner("owner-1"))
    text = str(told.value)
    assert reason in text
    assert "--otp-ledger" in text
    assert "postgresql://127.0.0.1:" in text
    assert "\n" not in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"password": "s3cret"}, "password authentication failed"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"database": "postgres?colour=s3cret"}, "libpq does not understand the URL"),
        ({"password": "s3cret%zz"}, "libpq does not understand the URL"),
    ],
    ids=["wrong password", "no database", "unknown parameter", "bad escape"],
)
def test_database_that_cannot_be_opened(database: str, parts: dict[str, str], reason: str) -> None:
    """The run ends before its first test, with one sentence that helps."""
    refused(changed(database, **parts), reason)


def test_server_that_is_down(database: str) -> None:
    """As a wrong password: one sentence."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = str(silent.getsockname()[1])
        refused(changed(database, password="s3cret", port=port), "Connection refused")


def test_user_without_the_right_to_make_tables(postgres: Postgres, database: str) -> None:
    """The sentence says what to grant; a schema that an administrator made is enough."""
    name = urlsplit(database).path.lstrip("/")
    role = f"poor_{name}"
    postgres.run(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'")
    poor = changed(database, user=role, password="pw")
    try:
        with pytest.raises(LedgerError, match=r"permission denied.*GRANT CREATE ON DATABASE") as no:
            stores.open(poor, Owner("owner-1"))
        assert "\n" not in str(no.value)
        with psycopg.connect(database) as db:
            db.execute(f"CREATE SCHEMA pytest_otp AUTHORIZATION {role}")
        with opened(poor) as ledger:
            ledger.record(intended("a", claim("a", "1.00 USD", Money.parse("1.00 USD"))), 1.0)
        with psycopg.connect(database) as db:
            db.execute("ALTER SCHEMA pytest_otp OWNER TO CURRENT_USER")
        refused(poor, "permission denied for schema pytest_otp")
    finally:
        with psycopg.connect(database) as db:
            db.execute(f"DROP OWNED BY {role}")
        postgres.run(f"DROP ROLE {role}")


def test_defaults_of_the_server_do_not_matter(database: str, postgres: Postgres) -> None:
    """Read-only, serializable and another search path are how some servers are set up."""
    name = urlsplit(database).path.lstrip("/")
    for setting in [
        "default_transaction_isolation = serializable",
        "default_transaction_read_only = on",
        "search_path = nowhere",
    ]:
        postgres.run(f"ALTER DATABASE {name} SET {setting}")
    with ExitStack() as stack:
        ledgers = [stack.enter_context(opened(database, f"owner-{n}")) for n in range(4)]
        share = claim("a", "40.00 USD")

        def lease(ledger: Ledger) -> None:
            for n in range(10):
                ledger.record(intended(f"{ledger.owner.id}-{n}", share), 1.0)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lease, ledgers))
        assert [str(budget.reserved) for budget in ledgers[0].budgets()] == ["40.00 USD"]
