"""What an account's balance says of a lease that the provider says nothing more about.

Used where nothing better exists: a purchase whose answer was lost at a provider without keys and
lists, a window that closed without a word of its refund. Other leases moved the same money
meanwhile, some of them unseen, so the answer is yes only where no other explanation is left; else
money that is gone would be forgotten. A wrong no is only a loss that is reported and did not
happen.

So every movement that nobody is sure of is taken for the one that leaves more money: what the
account holds if this lease and all of those cost nothing is the only sum that proves anything.
"""

from __future__ import annotations

from operator import add, sub
from typing import TYPE_CHECKING, Final

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_otp.core.lease import Lease
    from pytest_otp.core.rows import Row
    from pytest_otp.models import Money

# No provider takes a number back by itself sooner, and none keeps it for longer.
SHORTEST_WINDOW_S: Final = 5 * 60
LONGEST_WINDOW_S: Final = 60 * 60


def is_whole(lease: Lease, available: Money, others: Sequence[Row], now: float) -> bool:
    """Whether the account certainly holds what it would hold if this lease had cost nothing.

    Args:
        lease: it has a ``balance_before``.
        available: the account's money.
        others: the other leases of the account that lived since, as they were known to be while
            the account was asked; at best all settled that can be.
        now: seconds since the epoch.
    """
    return available == _most(lease, others, now)


def was_sold(lease: Lease, available: Money, others: Sequence[Row], now: float) -> bool | None:
    """Whether a purchase in doubt cost money; None while other leases leave that open.

    Of several purchases in doubt none is called sold before the newer ones are judged, so that
    what they cost is counted: of those written off it is certain how many there were, if not which.
    Two leases never wait for each other, for a number in hand is settled by what its provider says.

    Args:
        lease: as for ``is_whole``, and in doubt.
        available: as for ``is_whole``.
        others: as for ``is_whole``.
        now: as for ``is_whole``.
    """
    most = _most(lease, others, now)
    if available == most:
        return False
    newer = [each for each in others if each.activation_id is None and _is_newer(each, lease)]
    if not all(each.state.closed for each in newer):
        return None
    for each in newer:
        if each.state is State.WRITTEN_OFF:
            most = _moved(most, sub, each.asked)
    if available == most:
        return False
    moment = _moment(lease, now)
    open_numbers = [each for each in others if each.state in {State.HELD, State.OWED}]
    return None if any(_perhaps_back_since(each, lease, moment) for each in open_numbers) else True


def _most(lease: Lease, others: Sequence[Row], now: float) -> Money | None:
    """What the account holds at most if this lease cost nothing; None where nobody knows."""
    moment = _moment(lease, now)
    most = lease.balance_before
    for other in others:
        bought = other.activation_id is not None and other.created_at > lease.begun_at
        back = _perhaps_back_since(other, lease, moment)
        if bought == back:
            continue  # it moved nothing, or there and back
        price = other.charged or other.asked
        most = _moved(most, sub if bought else add, price)
    return most


def _moved(
    money: Money | None, by: Callable[[Money, Money], Money], price: Money | None
) -> Money | None:
    if money is None or price is None or money.currency != price.currency:
        return None
    return by(money, price)


def _is_newer(other: Row, lease: Lease) -> bool:
    """In an order in which no two leases are equal, however coarse the clock is."""
    return (other.created_at, other.lease_id) > (lease.begun_at, lease.id)


def _perhaps_back_since(other: Row, lease: Lease, moment: float) -> bool:
    """Whether its money is back, or may be.

    Nobody tells of a window that runs out, and the answer to a cancel may be lost or on its way.
    """
    match other.state:
        case State.REFUNDED | State.EXPIRED:
            return other.changed_at >= lease.balance_at
        case State.HELD | State.OWED:
            if lease.provider.capabilities.cancels:
                return True
            ends_at = other.expires_at or other.created_at + SHORTEST_WINDOW_S
            return ends_at <= moment
        case State.INTENDED | State.UNKNOWN | State.WRITTEN_OFF:
            return _perhaps_ran_out(other, lease, moment)
        case State.FAILED:
            # That it cost nothing may mean that its window had run out.
            ended = other.changed_at
            return ended >= lease.balance_at and _perhaps_ran_out(other, lease, ended)
        case _:
            return False


def _perhaps_ran_out(other: Row, lease: Lease, moment: float) -> bool:
    """Whether a number that nobody knows was perhaps paid before the balance, and is back."""
    return other.created_at <= lease.begun_at and moment - other.created_at >= SHORTEST_WINDOW_S


def _moment(lease: Lease, now: float) -> float:
    """The present; where the lease's own window is known to be over, at least the end of that.

    A sandbox's clock may be ahead of ours.
    """
    if lease.ended is None or lease.activation is None or lease.activation.expires_at is None:
        return now
    return max(now, lease.activation.expires_at.timestamp())
