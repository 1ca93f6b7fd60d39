"""What the lifecycle asks of a provider. Every method is a flow; none knows a socket or a clock.

It stands in ``core`` and not beside the providers because the lifecycle may import nothing else;
a provider needs no base class, it only has to fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Activation, Balance, Capabilities, Offer, Reading


class Provider(Protocol):
    """One account at one provider.

    Besides the errors that each method names, all raise ``CredentialsRefused``,
    ``ProviderUnavailable`` and ``ProviderProtocolError``.
    """

    @property
    def name(self) -> str:
        """The provider's id, as in ``--otp-provider``."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def balance(self) -> Flow[Balance]:
        """The account's money."""
        ...

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """What is for sale now, in the order in which to try; may be empty."""
        ...

    def buy(self, offer: Offer, idempotency_key: str) -> Flow[Activation]:
        """Buy one number.

        Raises:
            OutOfStock: none is left.
            InsufficientBalance: the account has not enough money.
            PurchaseUnknown: the answer was lost; it may have been charged.
        """
        ...

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """The purchase made under this key, if ``capabilities.lists_purchases``."""
        ...

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:
        """The messages so far and whether more can come.

        Args:
            activation: the purchase.
            known: messages seen before; a read that may wait ends when there are more.
            wait_s: how long the provider may hold the answer back, at most
                ``capabilities.long_poll_s``.

        Raises:
            ActivationNotFound: the provider does not know it, or no longer.
        """
        ...

    def cancel(self, activation: Activation) -> Flow[None]:
        """Give the number back for a refund; harmless on one already given back.

        Raises:
            CancelRefused: too early (``retry_at`` says when), or a message has arrived.
            ActivationNotFound: the provider does not know it, or no longer.
        """
        ...

    def resend(self, activation: Activation) -> Flow[None]:
        """Ask for another message on the same number, if ``capabilities.resends``."""
        ...
