"""sms-activate.dev: five endpoints, one rate limit that every answer tells, no idempotency.

The document names no error and, of the words for an activation's state, two.
``docs/providers/sms-activate.md`` lists what is understood besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from pytest_otp.core.pacing import Quota
from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    CredentialsRefused,
    InsufficientBalance,
    OutOfStock,
    ProviderRefused,
)
from pytest_otp.models import Activation, Balance, Capabilities, Message, Offer, Rate, Reading
from pytest_otp.providers.access import Access, Key
from pytest_otp.providers.api import Api
from pytest_otp.providers.identity import message_id
from pytest_otp.providers.protocol import mentions, refusal, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Ending
    from pytest_otp.providers.answer import Answer

# Only the balance names its currency.
_CURRENCY: Final = "USD"
# For all that the key is used for.
_RATE: Final = Rate(300, 60.0)
_ENDINGS: Final[dict[str, Ending | None]] = {
    "received": None,
    "cancelled": "cancelled",
    # Not documented from here on.
    "pending": None,
    "waiting": None,
    "active": None,
    "canceled": "cancelled",
    "refunded": "cancelled",
    "expired": "expired",
    "timeout": "expired",
    "completed": "finished",
    "finished": "finished",
}
_REFUSALS: Final[dict[int, tuple[type[ProviderRefused], str]]] = {
    401: (CredentialsRefused, "the key is missing, wrong or rotated"),
    402: (InsufficientBalance, "the account has not enough credit"),
    403: (CredentialsRefused, "the key does not cover this"),
}


class SmsActivateProvider:
    """One account at sms-activate.dev.

    Args:
        base_url: without ``/api/v1``.
    """

    name: ClassVar = "sms-activate"
    capabilities: ClassVar = Capabilities(read_interval_s=0.0, read_rate=_RATE)
    access: ClassVar = Access(
        base_url="https://api.sms-activate.dev",
        base_url_variable="SMSACTIVATE_BASE_URL",
        key=Key("SMSACTIVATE_API_KEY"),
    )

    def __init__(self, base_url: str) -> None:
        quota = Quota(_RATE.window_s)
        self._unrefunded: set[str] = set()
        self._api = Api(self.name, base_url, _refused, reads=quota, writes=quota)

    def balance(self) -> Flow[Balance]:
        """The account's money."""
        answer = yield from self._api.ask(
            "balance", "GET", "/api/v1/balance", patience_s=_RATE.window_s
        )
        return Balance(answer.money("balance", answer.text("currency")))

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """What is for sale now; nothing for what it does not find."""
        try:
            answer = yield from self._api.ask(
                "offers",
                "GET",
                "/api/v1/numbers/available",
                params={"service": service, "country": country.lower()},
                patience_s=_RATE.window_s,
            )
        except ProviderRefused as refused:
            if refused.status == 404:
                return []
            raise
        stock = answer.integer("available")
        price = answer.price("price", answer.maybe_text("currency") or _CURRENCY)
        return [Offer(self.name, service, country, price, stock)] if stock > 0 else []

    def buy(self, offer: Offer, idempotency_key: str) -> Flow[Activation]:  # noqa: ARG002 - it knows none
        """Buy one number; never repeated, for nothing would stop a second charge."""
        answer = yield from self._api.ask(
            "buy",
            "POST",
            "/api/v1/numbers/buy",
            json={"service": offer.service, "country": offer.country.lower()},
            purchase=True,
            patience_s=_RATE.window_s,
        )
        return Activation(
            id=answer.id("id"),
            number=answer.number("number"),
            expires_at=answer.moment("expires_at"),
        )

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """Not possible: sms-activate lists no purchases.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} lists no purchases, nor the one of {idempotency_key}")

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:  # noqa: ARG002 - it answers at once
        """The latest code."""
        answer = yield from self._api.ask(
            "read", "GET", "/api/v1/activations/{}", activation.id, repeatable=False
        )
        ended = answer.word("status", _ENDINGS)
        code, received_at = answer.maybe_text("code"), answer.moment("received_at")
        refunded = False if activation.id in self._unrefunded else answer.maybe_flag("refunded")
        if code is None:
            return Reading(ended=ended, refunded=refunded)
        message = Message(message_id(code, received_at), "", code, received_at=received_at)
        return Reading((message,), ended, refunded)

    def cancel(self, activation: Activation) -> Flow[None]:
        """Give the number back.

        Raises:
            CancelRefused: it was cancelled without a refund, since an SMS had arrived.
        """
        answer = yield from self._api.ask(
            "cancel",
            "DELETE",
            "/api/v1/activations/{}",
            activation.id,
            repeatable=True,
            patience_s=2.0,
        )
        if not answer.flag("refunded"):
            # Only this answer tells: a later read just says "cancelled".
            self._unrefunded.add(activation.id)
            raise refusal(CancelRefused, answer, "it was cancelled, and the money is not refunded")

    def resend(self, activation: Activation) -> Flow[None]:
        """Not possible: the application under test sends the next message.

        Raises:
            NotSupported: always.
        """
        return unsupported(f"{self.name} cannot ask for another message on {activation.id}")


def _refused(answer: Answer) -> ProviderRefused:
    """The error for a refusal, none of which is documented: HTTP's meaning of the status first."""
    kind, otherwise = _REFUSALS.get(answer.status, (ProviderRefused, "it refused"))
    if kind is ProviderRefused:
        if answer.operation == "buy":
            kind = _unbought(answer)
        elif answer.operation in {"read", "cancel"} and answer.status in {404, 410}:
            kind, otherwise = ActivationNotFound, "there is no such activation"
        elif answer.operation == "cancel":
            kind = CancelRefused
    return refusal(kind, answer, otherwise)


def _unbought(answer: Answer) -> type[ProviderRefused]:
    told = refusal(ProviderRefused, answer, "")
    if mentions(told, "balance", "credit", "funds"):
        return InsufficientBalance
    if answer.status in {404, 409, 410} or mentions(told, "stock", "available", "no_number"):
        return OutOfStock
    return ProviderRefused
