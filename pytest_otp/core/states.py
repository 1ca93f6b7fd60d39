"""The life of a lease: its states, its events and the one table of moves.

A move that ``MOVES`` does not list is an error. The diagram in ``docs/lease.md`` is generated from
this table (``python -m pytest_otp.core.states``) and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pytest_otp.errors import IllegalMove

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.core.budget import Claim
    from pytest_otp.models import Activation, Money


class State(StrEnum):
    """Where a lease stands."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    HELD = "held"
    RECEIVED = "received"
    OWED = "owed"
    REFUNDED = "refunded"
    SPENT = "spent"
    EXPIRED = "expired"
    FAILED = "failed"
    WRITTEN_OFF = "written_off"

    @property
    def closed(self) -> bool:
        """Nothing is left to do or to collect."""
        return self in CLOSED


# Closed, and what became of the reserved money: released, or gone.
RELEASED: Final = frozenset({State.REFUNDED, State.FAILED})
GONE: Final = frozenset({State.SPENT, State.EXPIRED, State.WRITTEN_OFF})
CLOSED: Final = RELEASED | GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the lease ``lease_id``."""

    lease_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended(Event):
    """We are about to buy. Recorded before the purchase leaves, so that nothing is forgotten.

    Attributes:
        base_url: where the provider is spoken to.
        idempotency_key: sent with the purchase where the provider knows such keys.
        asked: the price that the provider named before, if it did.
        test: node id of the test that asked.
        claims: what is reserved of which budget; the ledger may refuse them.
        balance_before: the account's money, where only it can tell a lost purchase later.
        balance_at: when it was asked for, in seconds since the epoch.
        reuse: as it was asked for: a purchase is repeated with the same words.
        steps: what was tried before this and did not come to a purchase.
    """

    provider: str
    base_url: str
    service: str
    country: str
    idempotency_key: str
    asked: Money | None
    test: str
    tags: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    balance_before: Money | None = None
    balance_at: float = 0.0
    reuse: bool = False
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost(Event):
    """The purchase left and no readable answer came: it may have been charged."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFailed(Event):
    """Nothing was bought; ``reason`` is the error's stable code."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBought(Event):
    """The provider confirmed the purchase.

    Attributes:
        claims: replace those of the intent where the price turned out to be another one. What is
            bought is bought: they are not refused.
    """

    activation: Activation
    claims: tuple[Claim, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageArrived(Event):
    """An SMS arrived: from now on the provider keeps the money.

    Attributes:
        awaited_s: seconds from the start of the wait, or from the resend after it, to the
            arrival; None where nobody waited.
        late: it was found when the test was done with the number.
    """

    message_id: str
    received_at: datetime | None
    awaited_s: float | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDeferred(Event):
    """A cancel is wanted but was not granted: the provider owes us a refund.

    Attributes:
        not_before: before this moment asking again is useless; None where nobody said.
    """

    reason: str
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(Event):
    """The cancel was granted and the money is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent(Event):
    """The lease did its work; its money is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Event):
    """The provider's window closed without a message, and without a refund that we saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOff(Event):
    """Nobody can say any more whether the purchase happened; reported as lost."""

    reason: str


# fmt: off
MOVES: Final[dict[tuple[State | None, type[Event]], State]] = {
    (None,           Intended):       State.INTENDED,
    (State.INTENDED, NumberBought):   State.HELD,
    (State.INTENDED, AnswerLost):     State.UNKNOWN,
    (State.INTENDED, PurchaseFailed): State.FAILED,
    (State.UNKNOWN,  NumberBought):   State.HELD,
    (State.UNKNOWN,  PurchaseFailed): State.FAILED,
    (State.UNKNOWN,  WrittenOff):     State.WRITTEN_OFF,
    (State.HELD,     MessageArrived): State.RECEIVED,
    (State.HELD,     CancelDeferred): State.OWED,
    (State.HELD,     Refunded):       State.REFUNDED,
    (State.HELD,     Expired):        State.EXPIRED,
    (State.RECEIVED, MessageArrived): State.RECEIVED,
    (State.RECEIVED, Spent):          State.SPENT,
    (State.OWED,     CancelDeferred): State.OWED,
    (State.OWED,     MessageArrived): State.RECEIVED,
    (State.OWED,     Refunded):       State.REFUNDED,
    (State.OWED,     Expired):        State.EXPIRED,
}
# fmt: on


def move(state: State | None, event: Event) -> State:
    """The state that ``event`` leads to from ``state`` (None: the lease does not exist yet).

    Raises:
        IllegalMove: the table does not list this move.
    """
    try:
        return MOVES[state, type(event)]
    except KeyError:
        raise IllegalMove(
            f"lease {event.lease_id}: {type(event).__name__} cannot happen to a lease that is "
            f"{state or 'not recorded'}"
        ) from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for (before, event), after in MOVES.items():
        lines.append(f"    {before or '[*]'} --> {after}: {event.__name__}")
    lines += [f"    {state} --> [*]" for state in State if state.closed]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(diagram(), end="")  # noqa: T201 - this is how the docs' diagram is made
