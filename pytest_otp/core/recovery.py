"""Finish what somebody else began: debts that are due, and the leases of processes that died.

Each row of the ledger is taken up where it stands. Nothing is bought here that was not meant to
be: only a purchase under the same idempotency key is asked for again, and then given back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pytest_otp.core.balances import is_whole, was_sold
from pytest_otp.core.effects import Pause
from pytest_otp.core.lease import Lease
from pytest_otp.core.lifecycle import NO_CANCEL, close, give_back, settle_by_reading
from pytest_otp.core.states import (
    AnswerLost,
    Expired,
    NumberBought,
    PurchaseFailed,
    State,
    WrittenOff,
)
from pytest_otp.errors import InsufficientBalance, OutOfStock, ProviderError
from pytest_otp.models import Activation, Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.rows import Row
    from pytest_otp.models import Money


def resume(row: Row, provider: Provider) -> Lease:
    """The lease that a row tells of."""
    offer = Offer(row.provider, row.service, row.country, row.asked, reuse=row.reuse)
    lease = Lease(
        id=row.lease_id,
        provider=provider,
        offer=offer,
        state=row.state,
        balance_before=row.balance_before,
        balance_at=row.balance_at,
        begun_at=row.created_at,
        lost_at=row.changed_at,
    )
    if row.activation_id and row.number:
        lease.activation = Activation(
            id=row.activation_id,
            number=row.number,
            price=row.charged,
            expires_at=_moment(row.expires_at),
            cancel_not_before=_moment(row.due_at),
        )
    return lease


def in_turn(rows: Iterable[Row]) -> list[Row]:
    """The order in which a sweep takes leases up, some of them twice.

    Numbers in hand come first, for the balance tells more when they are settled. Then purchases in
    doubt: the oldest first, for what is certainly not sold clears the younger ones; and the
    newest first, for what is certainly sold is counted for the older ones.
    """
    by_age = sorted(rows, key=lambda row: (row.created_at, row.lease_id))
    in_hand = [row for row in by_age if row.activation_id is not None]
    in_doubt = [row for row in by_age if row.activation_id is None]
    return [*reversed(in_hand), *in_doubt, *in_doubt[-2::-1]]


def finish(lease: Lease, others: Callable[[], Sequence[Row]], served_s: float) -> Flow[None]:
    """Take a lease as far towards its end as the provider lets us now.

    It may stay unknown or owed, to be taken up again; a provider's errors are never raised.

    Args:
        lease: as ``resume`` made it of a row.
        others: looks up the account's other leases, against which its balance is read.
        served_s: for so long after whoever sent it is gone may the provider be busy with a
            purchase.
    """
    if lease.state is State.INTENDED:
        yield from lease.record(AnswerLost(lease_id=lease.id, reason="its process ended"))
        lease.lost_at = yield Pause(0)
    if lease.state is State.UNKNOWN:
        yield from find_out(lease, others, served_s)
    if lease.state in {State.HELD, State.OWED}:
        is_back = partial(_is_back, lease, others)
        if lease.provider.capabilities.cancels:
            yield from give_back(lease, is_back)
        else:
            until = lease.held.expires_at
            yield from settle_by_reading(lease, NO_CANCEL, until, is_back=is_back)
    yield from close(lease)


def find_out(lease: Lease, others: Callable[[], Sequence[Row]], served_s: float) -> Flow[None]:
    """Whether a purchase whose answer was lost took place.

    By the provider's list, else by the same idempotency key, else by the balance; where nothing
    can tell, the lease is written off. It stays unknown while the provider does not answer, while
    the purchase may yet take place, and while the account's other leases leave open what its
    balance means.
    """
    able = lease.provider.capabilities
    served = (yield Pause(0)) >= lease.lost_at + served_s
    try:
        if able.lists_purchases:
            found = yield from lease.provider.find(lease.id)
            if found is None:
                if served:
                    yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="not_listed"))
                return
        elif able.idempotent:
            found = yield from lease.provider.buy(lease.offer, lease.id)
        else:
            if served:
                yield from _ask_balance(lease, others)
            return
    except (OutOfStock, InsufficientBalance) as refused:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason=refused.code))
        return
    except ProviderError:
        return
    lease.activation = found
    yield from lease.record(NumberBought(lease_id=lease.id, activation=found))


def _ask_balance(lease: Lease, others: Callable[[], Sequence[Row]]) -> Flow[None]:
    if lease.balance_before is None:
        yield from lease.record(WrittenOff(lease_id=lease.id, reason="nothing can tell"))
        return
    sold = yield from _by_balance(lease, others, was_sold)
    if sold:
        yield from lease.record(
            WrittenOff(lease_id=lease.id, reason="the balance says that it was bought")
        )
    elif sold is not None:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="balance_unchanged"))


def _is_back(lease: Lease, others: Callable[[], Sequence[Row]]) -> Flow[bool | None]:
    if lease.balance_before is None:
        return False
    return (yield from _by_balance(lease, others, is_whole))


def _by_balance(
    lease: Lease,
    others: Callable[[], Sequence[Row]],
    judge: Callable[[Lease, Money, Sequence[Row], float], bool | None],
) -> Flow[bool | None]:
    """What the balance says; None where something happened while it was asked for."""
    known = others()
    available = (yield from lease.provider.balance()).available
    now = yield Pause(0)
    return judge(lease, available, known, now) if others() == known else None


def bury(lease: Lease) -> Flow[None]:
    """Close a lease of a sandbox that is gone: its numbers and its play money went with it."""
    if lease.state in {State.INTENDED, State.UNKNOWN}:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="sandbox_gone"))
    elif lease.state in {State.HELD, State.OWED}:
        yield from lease.record(Expired(lease_id=lease.id))
    yield from close(lease)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
