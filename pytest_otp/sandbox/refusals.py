"""What the world says no to. Each dialect turns these into its provider's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.sandbox.activation import State


class Refusal(Exception):
    """A request that a provider would decline; the text is a sentence for people."""


class UnknownService(Refusal):
    """The catalogue has no such service."""


class UnknownCountry(Refusal):
    """The catalogue has no such country."""


class KeyRevoked(Refusal):
    """The key was valid once."""


class InsufficientBalance(Refusal):
    """The wallet has less available than the price."""


class OutOfStock(Refusal):
    """No number is left for the service and country."""


class IdempotencyConflict(Refusal):
    """The key was used for another request."""


class NotFound(Refusal):
    """The account has no such activation."""


class TooEarly(Refusal):
    """A cancel before its time.

    Attributes:
        retry_at: from then on the cancel is granted.
    """

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class MessageArrived(Refusal):
    """A cancel after a message came: the money is spent."""


class NothingReceived(Refusal):
    """A finish before any message came."""


class Ended(Refusal):
    """The activation is over.

    Attributes:
        state: how it ended.
    """

    def __init__(self, message: str, *, state: State) -> None:
        super().__init__(message)
        self.state = state
