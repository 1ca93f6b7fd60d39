"""What every ledger promises, asked of both stores with many examples and at every statement."""

from __future__ import annotations

from contextlib import closing
from decimal import localcontext
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_otp import ledger as stores
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import MOVES, MessageArrived, Refunded, Spent, State
from pytest_otp.errors import IllegalMove
from pytest_otp.models import Money
from tests.contract.leasing import claim
from tests.contract.leasing import intended as intended_with
from tests.unit.events import bought, event, intended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from pytest_otp.ledger import Ledger
    from tests.postgres_server import Postgres

KINDS = sorted({kind for _, kind in MOVES}, key=lambda kind: kind.__name__)
ids = (f"lease-{n}" for n in count(1))
examples = settings(derandomize=True, deadline=None, max_examples=60)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """One ledger for the many examples of a property."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
        with closing(stores.open(path, Owner("owner-1"))) as ledger:
            yield ledger
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        with postgres.database() as url, closing(stores.open(url, Owner("owner-1"))) as ledger:
            yield ledger


def names(ledger: Ledger, lease_id: str) -> list[str]:
    """What happened to a lease."""
    return [name for name, _ in ledger.events(lease_id)]


@given(amount=st.decimals(0, 10**9, places=18), currency=st.sampled_from(["USD", "IDR", "KWD"]))
@examples
def test_money_is_kept_exactly(shared: Ledger, amount: Decimal, currency: str) -> None:
    """To the last digit, as no float column could."""
    lease_id, price = next(ids), Money(amount, currency)
    shared.record(intended(lease_id, asked=price), 1.0)
    shared.record(bought(lease_id, price=price), 2.0)
    row = next(row for row in shared.rows(open_only=True) if row.lease_id == lease_id)
    shared.record(event(Refunded, lease_id), 3.0)
    assert (row.asked, row.charged) == (price, price)
    assert str(row.charged) == str(price)


@given(data=st.data())
@examples
def test_any_life_ends_where_the_table_says(shared: Ledger, data: st.DataObject) -> None:
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


def test_sums_are_exact_whatever_the_thread_counts_with(shared: Ledger) -> None:
    """Even while the application under test works with three digits."""
    share = claim("three digits", "2000 USD", Money.parse("123.456 USD"))
    first, *others = [next(ids) for _ in range(3)]
    with localcontext(prec=3):
        for lease_id in (first, *others):
            shared.record(intended_with(lease_id, share), 1.0)
        shared.record(bought(first), 2.0)
        shared.record(event(MessageArrived, first), 3.0)
        shared.record(event(Spent, first), 4.0)
        row = next(row for row in shared.budgets() if row.key == "three digits")
    assert (str(row.spent), str(row.reserved)) == ("123.456 USD", "246.912 USD")


class Interrupted:
    """A connection in whose process Ctrl-C strikes when a statement has just been performed."""

    def __init__(self, db: Any, after: str) -> None:  # noqa: ANN401 - a connection of either driver
        self._db = db
        self._after = after

    def execute(self, statement: str, *values: Any) -> Any:  # noqa: ANN401 - as the connection
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
    open_ledger: Callable[[], Ledger], statement: str, recorded: list[str]
) -> None:
    """All of the event is there or nothing, and the teardown can write."""
    ledger = cast("Any", open_ledger())
    ledger.record(intended(), 1.0)
    db, ledger._db = ledger._db, Interrupted(ledger._db, statement)
    with pytest.raises(KeyboardInterrupt):
        ledger.record(bought(), 2.0)
    ledger._db = db
    assert names(ledger, "lease-1") == recorded
    if len(recorded) == 1:
        ledger.record(bought(), 3.0)
    ledger.record(event(MessageArrived), 4.0)
    ledger.record(event(Spent), 5.0)
    assert [row.state for row in ledger.rows()] == [State.SPENT]
