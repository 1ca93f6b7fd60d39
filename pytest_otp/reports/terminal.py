"""The block at the end of a run: what was bought and what became of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from pytest_otp.core.states import State
from pytest_otp.redact import mask_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_otp.core.rows import BudgetRow, Row
    from pytest_otp.models import Money


def summary(rows: Sequence[Row], budgets: Sequence[BudgetRow]) -> list[str]:
    """The lines of the block; none where nothing was leased.

    Args:
        rows: the leases of the run.
        budgets: those that the run claimed.
    """
    if not rows:
        return []
    return [
        _counts(rows),
        *_open(rows),
        *_money(rows),
        *_budgets(budgets),
        *_times(rows),
        *_late(rows),
    ]


def _counts(rows: Sequence[Row]) -> str:
    """*bought 14 · spent 3 · refunded 9 · owed 2 (earliest 14:03:11) · lost 0*."""
    states = Counter(row.state for row in rows)
    owed = f"owed {states[State.OWED]}"
    due = [row.due_at for row in rows if row.state is State.OWED and row.due_at]
    if due:
        owed += f" (earliest {datetime.fromtimestamp(min(due)).astimezone():%H:%M:%S})"
    parts = [
        f"bought {sum(row.activation_id is not None for row in rows)}",
        f"spent {states[State.SPENT]}",
        f"refunded {states[State.REFUNDED]}",
        owed,
        f"lost {states[State.WRITTEN_OFF]}",
    ]
    rare = {
        "expired": states[State.EXPIRED],
        "unknown": states[State.UNKNOWN] + states[State.INTENDED],
        "still held": states[State.HELD] + states[State.RECEIVED],
        "not sold": states[State.FAILED],
    }
    parts += [f"{name} {count}" for name, count in rare.items() if count]
    return " · ".join(parts)


def _open(rows: Sequence[Row]) -> Iterator[str]:
    if count := sum(not row.state.closed for row in rows):
        yield f"still to settle: {count} (the next run does it, or pytest-otp sweep --wait)"


def _money(rows: Sequence[Row]) -> Iterator[str]:
    """What was paid for good, in all and by tag, in the currencies that were paid."""
    paid = _totals(row for row in rows if row.state is not State.REFUNDED)
    if paid:
        yield f"paid or open: {paid}"
    for tag in sorted({tag for row in rows for tag in row.tags}):
        tagged = _totals(r for r in rows if tag in r.tags and r.state is not State.REFUNDED)
        yield f"  tag {tag}: {tagged or 'nothing'}"


def _totals(rows: Iterable[Row]) -> str:
    totals: dict[str, Money] = {}
    for row in rows:
        if row.charged:
            currency = row.charged.currency
            known = totals.get(currency)
            totals[currency] = known + row.charged if known else row.charged
    return ", ".join(str(total) for total in totals.values())


def _budgets(budgets: Sequence[BudgetRow]) -> Iterator[str]:
    """A line each; of all tests, which have one limit, only for the one that came closest."""
    tests = [budget for budget in budgets if budget.key.startswith("test:")]
    for budget in budgets:
        if budget not in tests:
            yield _budget(budget)
    if tests:
        most = max(tests, key=lambda test: (test.spent + test.reserved).amount)
        yield _budget(most) + (f" (the most of {len(tests)} tests)" if len(tests) > 1 else "")


def _budget(budget: BudgetRow) -> str:
    reserved = f", {budget.reserved} reserved" if budget.reserved.amount else ""
    return f"budget {budget.name}: {budget.spent} of {budget.limit} spent{reserved}"


def _times(rows: Sequence[Row]) -> Iterator[str]:
    arrived = [(row.code_after_s, row.test) for row in rows if row.code_after_s is not None]
    if arrived:
        slowest, test = max(arrived)
        middle = median(seconds for seconds, _ in arrived)
        yield f"first message after {middle:.1f} s (median), {slowest:.1f} s (slowest: {test})"


def _late(rows: Sequence[Row]) -> Iterator[str]:
    """Numbers whose message came when nobody waited any more."""
    for row in rows:
        if row.late and row.code_after_s is not None:
            yield (
                f"arrived late: {mask_number(row.number or '')} ({row.provider}), "
                f"{row.code_after_s:.1f} s after the purchase, {row.test}; "
                "a longer --otp-timeout may help"
            )
