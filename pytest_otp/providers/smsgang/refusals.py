"""What SMSGang's refusals mean: a status and a sentence, and the same 422 for several things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_otp.errors import (
    ActivationNotFound,
    CredentialsRefused,
    InsufficientBalance,
    OutOfStock,
    ProviderRefused,
)
from pytest_otp.providers.protocol import mentions, refusal

if TYPE_CHECKING:
    from pytest_otp.providers.answer import Answer

_STATUSES: Final[dict[int, tuple[type[ProviderRefused], str]]] = {
    401: (CredentialsRefused, "the key is missing, wrong or revoked"),
    402: (InsufficientBalance, "the wallet has not enough money"),
    403: (CredentialsRefused, "the key does not cover this"),
}


def refused(answer: Answer) -> ProviderRefused:
    """The error for an answer of 4xx."""
    kind, otherwise = _STATUSES.get(answer.status, (ProviderRefused, "it refused"))
    if answer.operation == "read" and answer.status in {404, 410}:
        kind, otherwise = ActivationNotFound, "there is no such activation, or no longer"
    elif answer.purchase and answer.status in {400, 422}:
        kind, otherwise = _unbought(answer)
    return refusal(kind, answer, otherwise)


def _unbought(answer: Answer) -> tuple[type[ProviderRefused], str]:
    """Why nothing was bought; ``errors`` lists what was wrong with the request itself."""
    told = refusal(ProviderRefused, answer, "")
    if answer.document.get("errors"):
        return ProviderRefused, "the request is not as it should be"
    if mentions(told, "balance", "funds") or (answer.status == 422 and not told.message):
        return InsufficientBalance, "the wallet has not enough money"
    if answer.operation != "send_notification" and (
        answer.status == 400 or mentions(told, "number", "stock", "available")
    ):
        return OutOfStock, "it sells no number for this service and country"
    return ProviderRefused, "it refused"
