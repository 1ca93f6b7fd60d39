"""What an account's balance says of a lease that the provider says nothing more about.

Used where nothing better exists: a purchase whose answer was lost at a provider without keys and
lists, a window that closed at one without cancels. Other leases moved the same money meanwhile,
some of them unseen, so the answer is yes only where no other explanation is left; else money
that is gone would be forgotten. A wrong no is only a loss that is reported and did not happen.

So every movement that nobody is sure of is taken for the one that leaves more money: what the
account holds if this lease and all of those cost nothing is the only sum that proves anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        others: the other leases of the account that lived since, as they were known to be before
            the account was asked; at best all settled that can be.
        now: seconds since the epoch.
    """
    if lease.balance_before is None:
        return False
    moment = _moment(lease, now)
    whole = lease.balance_before
    for other in others:
        bought, back = _bought_since(other, lease), _perhaps_back_since(other, lease, moment)
        if bought == back:
            continue  # it moved nothing, or there and back
        price = other.charged or other.asked
        if price is None or price.currency != whole.currency:
            return False
        whole = whole - price if bought else whole + price
    return available == whole


def is_unclear(lease: Lease, others: Sequence[Row], now: float) -> bool:
    """Whether the account may prove more once other leases are settled.

    Two leases never wait for each other: a number in hand is settled by what its provider says,
    and of two purchases in doubt the newer one goes first.
    """
    moment = _moment(lease, now)
    for other in others:
        match other.state:
            case State.HELD | State.OWED:
                if _perhaps_back_since(other, lease, moment):
                    return True
            case State.INTENDED | State.UNKNOWN:
                if other.created_at >= lease.begun_at:
                    return True
    return False


def _bought_since(other: Row, lease: Lease) -> bool:
    bought = other.activation_id is not None or other.state is State.WRITTEN_OFF
    return bought and other.created_at >= lease.begun_at


def _perhaps_back_since(other: Row, lease: Lease, moment: float) -> bool:
    """Whether its money is back, or may be.

    Nobody tells of a window that runs out, and the answer to a cancel may be lost or on its way.
    """
    long_ago = moment - other.created_at >= SHORTEST_WINDOW_S
    match other.state:
        case State.REFUNDED | State.EXPIRED:
            return other.changed_at >= lease.balance_at
        case State.HELD | State.OWED:
            if lease.provider.capabilities.cancels:
                return True
            return long_ago if other.expires_at is None else other.expires_at <= moment
        case State.WRITTEN_OFF:
            return long_ago
        case State.INTENDED | State.UNKNOWN:
            return long_ago and other.created_at < lease.begun_at
        case _:
            return False


def _moment(lease: Lease, now: float) -> float:
    """The present; where the lease's own window is known to be over, at least the end of that.

    A sandbox's clock may be ahead of ours.
    """
    if lease.ended is None or lease.activation is None or lease.activation.expires_at is None:
        return now
    return max(now, lease.activation.expires_at.timestamp())
