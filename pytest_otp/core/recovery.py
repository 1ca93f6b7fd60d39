"""Finish what somebody else began: debts that are due, and the leases of processes that died.

Each row of the ledger is taken up where it stands. Nothing is bought here that was not meant to
be: only a purchase under the same idempotency key is asked for again, and then given back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pytest_otp.core.balances import is_unclear, is_whole
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
    from collections.abc import Callable, Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.rows import Row


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


def finish(lease: Lease, others: Callable[[], Sequence[Row]], served_at: float) -> Flow[None]:
    """Take a lease as far towards its end as the provider lets us now.

    It may stay unknown or owed, to be taken up again; a provider's errors are never raised.

    Args:
        lease: as ``resume`` made it of a row.
        others: looks up the account's other leases, against which its balance is read.
        served_at: before this moment the provider may still be busy with the purchase, though
            whoever sent it is gone; seconds since the epoch.
    """
    if lease.state is State.INTENDED:
        yield from lease.record(AnswerLost(lease_id=lease.id, reason="its process ended"))
    if lease.state is State.UNKNOWN:
        yield from find_out(lease, others, served_at)
    if lease.state in {State.HELD, State.OWED}:
        is_back = partial(_money_is_there, lease, others)
        if lease.provider.capabilities.cancels:
            yield from give_back(lease, is_back)
        else:
            until = lease.held.expires_at
            yield from settle_by_reading(lease, NO_CANCEL, until, is_back=is_back)
    yield from close(lease)


def find_out(lease: Lease, others: Callable[[], Sequence[Row]], served_at: float) -> Flow[None]:
    """Whether a purchase whose answer was lost took place.

    By the provider's list, else by the same idempotency key, else by the balance; where nothing
    can tell, the lease is written off. It stays unknown while the provider does not answer, while
    the purchase may yet take place, and while the account's other leases leave open what its
    balance means.
    """
    able = lease.provider.capabilities
    now = yield Pause(0)
    try:
        if able.lists_purchases:
            found = yield from lease.provider.find(lease.id)
            if found is None:
                if now >= served_at:
                    yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="not_listed"))
                return
        elif able.idempotent:
            found = yield from lease.provider.buy(lease.offer, lease.id)
        else:
            yield from _ask_balance(lease, others, served=now >= served_at)
            return
    except (OutOfStock, InsufficientBalance) as refused:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason=refused.code))
        return
    except ProviderError:
        return
    lease.activation = found
    yield from lease.record(NumberBought(lease_id=lease.id, activation=found))


def _ask_balance(lease: Lease, others: Callable[[], Sequence[Row]], *, served: bool) -> Flow[None]:
    if lease.balance_before is None:
        yield from lease.record(WrittenOff(lease_id=lease.id, reason="nothing can tell"))
    elif (yield from _money_is_there(lease, others)):
        if served:
            yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="balance_unchanged"))
    elif not is_unclear(lease, others(), (yield Pause(0))):
        yield from lease.record(
            WrittenOff(lease_id=lease.id, reason="the balance says that it was bought")
        )


def _money_is_there(lease: Lease, others: Callable[[], Sequence[Row]]) -> Flow[bool]:
    if lease.balance_before is None:
        return False
    known = others()  # what happens from here on may be in the balance, or not
    available = (yield from lease.provider.balance()).available
    return is_whole(lease, available, known, (yield Pause(0)))


def bury(lease: Lease) -> Flow[None]:
    """Close a lease of a sandbox that is gone: its numbers and its play money went with it."""
    if lease.state in {State.INTENDED, State.UNKNOWN}:
        yield from lease.record(PurchaseFailed(lease_id=lease.id, reason="sandbox_gone"))
    elif lease.state in {State.HELD, State.OWED}:
        yield from lease.record(Expired(lease_id=lease.id))
    yield from close(lease)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
