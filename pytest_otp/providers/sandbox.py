"""The sandbox's own dialect: long-polls, idempotent purchases, exact money as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import httpx

from pytest_otp.errors import (
    ActivationNotFound,
    CancelRefused,
    CredentialsRefused,
    InsufficientBalance,
    OutOfStock,
    ProviderError,
    ProviderRefused,
)
from pytest_otp.models import Activation, Balance, Capabilities, Message, Offer, Reading
from pytest_otp.providers import protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Ending
    from pytest_otp.providers.answer import Answer

_ENDINGS: Final[dict[str, Ending | None]] = {
    "pending": None,
    "received": None,
    "cancelled": "cancelled",
    "expired": "expired",
    "finished": "finished",
}
_REFUSALS: Final[dict[str, type[ProviderRefused]]] = {
    "unauthorized": CredentialsRefused,
    "key_revoked": CredentialsRefused,
    "insufficient_balance": InsufficientBalance,
    "out_of_stock": OutOfStock,
    "not_found": ActivationNotFound,
    "too_early": CancelRefused,
    "message_arrived": CancelRefused,
    "expired": CancelRefused,
    "finished": CancelRefused,
}
# Beyond what was asked of the server, for its answer to travel.
_TRAVEL_S: Final = 10.0


class SandboxProvider:
    """One account of the sandbox.

    Args:
        base_url: the sandbox's URL with the prefix ``/sandbox``.
    """

    name: ClassVar = "sandbox"
    capabilities: ClassVar = Capabilities(
        idempotent=True,
        lists_purchases=True,
        resends=True,
        long_poll_s=30.0,
        read_interval_s=0.05,
    )

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    def balance(self) -> Flow[Balance]:
        """The account's money."""
        answer = yield from self._ask("balance", "GET", "/balance")
        currency = answer.text("currency")
        return Balance(answer.money("available", currency), answer.money("held", currency))

    def offers(self, service: str, country: str) -> Flow[Sequence[Offer]]:
        """What is for sale now."""
        answer = yield from self._ask(
            "offers", "GET", "/offers", params={"service": service, "country": country}
        )
        return [
            Offer(
                provider=self.name,
                service=service,
                country=country,
                price=offer.money("price", offer.text("currency")),
                stock=offer.integer("stock"),
            )
            for offer in answer.objects("offers")
            if offer.integer("stock") > 0
        ]

    def buy(self, offer: Offer, idempotency_key: str) -> Flow[Activation]:
        """Buy one number; safe to repeat under the same key."""
        answer = yield from self._ask(
            "buy",
            "POST",
            "/activations",
            json={"service": offer.service, "country": offer.country},
            headers={"Idempotency-Key": idempotency_key},
        )
        return _activation(answer)

    def find(self, idempotency_key: str) -> Flow[Activation | None]:
        """The purchase made under this key."""
        answer = yield from self._ask(
            "find", "GET", "/activations", params={"idempotency_key": idempotency_key}
        )
        found = [_activation(item) for item in answer.objects("activations")]
        return found[0] if found else None

    def read(self, activation: Activation, *, known: int, wait_s: float) -> Flow[Reading]:
        """The messages so far; holds the answer back until there are more than ``known``."""
        answer = yield from self._ask(
            "read",
            "GET",
            f"/activations/{activation.id}",
            params={"after": str(known), "wait": f"{wait_s:.3f}"},
            extensions={"timeout": httpx.Timeout(_TRAVEL_S + wait_s).as_dict()},
            patience_s=0.0,
        )
        ended = answer.word("state", _ENDINGS)
        return Reading(tuple(map(_message, answer.objects("messages"))), ended)

    def cancel(self, activation: Activation) -> Flow[None]:
        """Give the number back."""
        yield from self._ask(
            "cancel", "POST", f"/activations/{activation.id}/cancel", patience_s=2.0
        )

    def resend(self, activation: Activation) -> Flow[None]:
        """Ask for another message."""
        yield from self._ask("resend", "POST", f"/activations/{activation.id}/resend")

    def _ask(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        json: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        extensions: dict[str, object] | None = None,
        patience_s: float = 10.0,
    ) -> Flow[Answer]:
        answer = yield from protocol.send(
            httpx.Request(
                method,
                self._base_url + path,
                params=params,
                json=json,
                headers=headers,
                extensions=extensions,
            ),
            provider=self.name,
            operation=operation,
            repeatable=True,
            purchase=operation == "buy",
            patience_s=patience_s,
        )
        if answer.status >= 400:
            raise _refusal(answer)
        return answer


def strays(sandbox_url: str, since: float) -> Flow[Sequence[str]]:
    """The numbers, held by nobody, that messages went to since a moment; none if it fails.

    Args:
        sandbox_url: without a prefix.
        since: seconds since the epoch.
    """
    try:
        answer = yield from protocol.send(
            httpx.Request("GET", f"{sandbox_url}/_sandbox/messages"),
            provider=SandboxProvider.name,
            operation="messages",
            repeatable=False,
            patience_s=0.0,
        )
        return [
            each.text("to")
            for each in answer.objects("messages")
            if not (each.has("activation") or each.has("rental")) and _arrived_at(each) >= since
        ]
    except ProviderError:
        return []


def _arrived_at(message: Answer) -> float:
    moment = message.moment("received_at")
    return moment.timestamp() if moment else 0.0


def _refusal(answer: Answer) -> ProviderRefused:
    error = answer.at(answer.document.get("error"))
    code = error.text("code")
    refused = _REFUSALS.get(code, ProviderRefused)(
        f"{error.text('message')} ({code})",
        provider=answer.provider,
        operation=answer.operation,
        status=answer.status,
    )
    refused.provider_code = code
    if isinstance(refused, CancelRefused):
        refused.retry_at = error.moment("retry_at")
    return refused


def _activation(answer: Answer) -> Activation:
    return Activation(
        id=answer.text("id"),
        number=answer.number("number"),
        price=answer.money("price", answer.text("currency")),
        expires_at=answer.moment("expires_at"),
        cancel_not_before=answer.moment("cancel_not_before"),
    )


def _message(answer: Answer) -> Message:
    return Message(
        id=answer.text("id"),
        text=answer.sms("text"),
        sender=answer.maybe_text("from"),
        received_at=answer.moment("received_at"),
    )
