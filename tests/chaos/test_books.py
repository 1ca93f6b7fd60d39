"""The comparison can fail: each kind of discrepancy is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pytest_otp.core.rows import BudgetRow, Owner, Row
from pytest_otp.core.states import State
from pytest_otp.models import Money
from pytest_otp.sandbox.views import SandboxActivation, SandboxMovement, SandboxWallet
from tests.chaos.books import Books, compare

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = Money.parse("0.10 USD")
NOTHING = Money.parse("0 USD")
ROW = Row(
    lease_id="lease",
    state=State.REFUNDED,
    owner=Owner("owner", run="run", worker="main"),
    test="test_a.py::test_b",
    provider="smscode",
    base_url="",
    service="any",
    country="US",
    tags=(),
    asked=PRICE,
    charged=PRICE,
    refunded=PRICE,
    balance_before=None,
    balance_at=0.0,
    activation_id="ord_1",
    number="+12025550123",
    expires_at=None,
    due_at=None,
    code_after_s=None,
    created_at=NOW.timestamp(),
    changed_at=NOW.timestamp(),
)
NAMELESS = replace(ROW, activation_id=None, number=None, charged=None, refunded=None)
SOLD = SandboxActivation(
    id=1,
    dialect="smscode",
    account="run-main",
    state="cancelled",
    service="any",
    country="US",
    number="+12025550123",
    price=PRICE,
    refunded=True,
    idempotency_key=None,
    created_at=NOW,
    messages=0,
)
PAID = replace(SOLD, state="finished", refunded=False, messages=1)
PENDING = replace(SOLD, state="pending", refunded=False)


def books(
    row: Row,
    *sold: SandboxActivation,
    events: tuple[str, ...] = (),
    keyless: bool = False,
    spent: str = "0",
    reserved: str = "0",
    available: str = "100",
) -> Books:
    """Both sides of a round with one lease."""
    deposit = SandboxMovement(NOW, "deposit", Money.parse("100 USD"), None, None)
    left = Money(Decimal(available), "USD")
    return Books(
        rows=[row],
        events={"lease": events},
        budgets=[
            BudgetRow(
                "run:run",
                "of the run",
                Money.parse("5 USD"),
                Money(Decimal(reserved), "USD"),
                Money(Decimal(spent), "USD"),
            )
        ],
        activations=sold,
        wallets=[SandboxWallet("smscode", "run-main", left, NOTHING, NOTHING, (deposit,))],
        keyless=keyless,
    )


LOST = ("Intended", "AnswerLost", "WrittenOff")


@pytest.mark.parametrize(
    "agreeing",
    [
        books(ROW, SOLD),
        books(replace(ROW, state=State.SPENT), PAID, spent="0.1", available="99.9"),
        books(replace(NAMELESS, state=State.FAILED)),
        books(
            replace(NAMELESS, state=State.WRITTEN_OFF),
            PENDING,
            events=LOST,
            keyless=True,
            spent="0.1",
            available="99.9",
        ),
        books(replace(NAMELESS, state=State.FAILED), SOLD, events=LOST[:2], keyless=True),
    ],
    ids=["refunded", "spent", "nothing bought", "lost", "lost and back"],
)
def test_agreement(agreeing: Books) -> None:
    """Money that is where the ledger says makes no difference."""
    assert compare(agreeing).differences == []


@pytest.mark.parametrize(
    ("differing", "told"),
    [
        (books(replace(ROW, state=State.HELD), SOLD), "is still held"),
        (books(replace(NAMELESS, state=State.UNKNOWN)), "is still unknown"),
        (books(ROW), "never sold"),
        (books(ROW, replace(SOLD, number="+12025550124")), "another number"),
        (books(ROW, replace(SOLD, account="run-gw0")), "another number, account"),
        (books(ROW, PENDING), "still active"),
        (books(ROW, replace(SOLD, messages=1)), "1 messages arrived"),
        (books(replace(ROW, state=State.SPENT), SOLD), "0 messages arrived"),
        (books(ROW, replace(SOLD, refunded=False)), "not in the books"),
        (books(replace(ROW, state=State.EXPIRED), SOLD), "cancelled in the books"),
        (books(ROW, SOLD, replace(SOLD, id=2)), "does not know"),
        (books(replace(NAMELESS, state=State.WRITTEN_OFF)), "could have been asked"),
        (books(ROW, SOLD, available="99.9"), "by the ledger 100"),
        (books(ROW, SOLD, reserved="0.1"), "nothing should be reserved"),
        (books(ROW, SOLD, spent="0.1"), "0 spent"),
        (books(ROW, SOLD, replace(SOLD, id=2), keyless=True), "1 numbers unknown, 0 lost"),
        (
            books(replace(NAMELESS, state=State.FAILED), PENDING, events=LOST[:2], keyless=True),
            "1 numbers lost, 0 written off",
        ),
    ],
)
def test_difference(differing: Books, told: str) -> None:
    """Each way in which the two can disagree is said."""
    assert told in "\n".join(compare(differing).differences)
