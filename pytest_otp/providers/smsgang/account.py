"""The account's history of money at SMSGang, and its API keys.

The endpoints for keys are signed with the account's own token, ``SMSGANG_TOKEN``: an API key can
make no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Money
    from pytest_otp.providers.answer import Answer
    from pytest_otp.providers.api import Api

_V1: Final = "/api/developer/v1"
_KEYS: Final = "/api/developer/api-keys"
_CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A movement of money.

    Attributes:
        type: SMSGang's word, such as ``credit``, ``debit`` or ``sms_purchase``.
    """

    id: int
    type: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret.

    Attributes:
        key_prefix: how the secret begins.
        revoked_at: None while the key is good.
    """

    id: int
    name: str
    key_prefix: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApiKey(ApiKey):
    """A key just made; its secret is shown this once."""

    plain_key: str = field(repr=False)


class Account:
    """The operations on the account itself."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def wallet_transactions(self) -> Flow[Sequence[Transaction]]:
        """What went into the wallet and out of it."""
        return (yield from self._transactions("wallet_transactions", "/wallet/transactions"))

    def wallet_history(self) -> Flow[Sequence[Transaction]]:
        """The same under its older name."""
        return (yield from self._transactions("wallet_history", "/wallet/history"))

    def transactions(self) -> Flow[Sequence[Transaction]]:
        """What was bought of every kind."""
        return (yield from self._transactions("transactions", "/transactions"))

    def api_keys(self) -> Flow[Sequence[ApiKey]]:
        """The account's keys, revoked ones too."""
        answer = yield from self._api.ask("api_keys", "GET", _KEYS)
        return [
            ApiKey(
                id=row.integer("id"),
                name=row.text("name"),
                key_prefix=row.text("key_prefix"),
                last_used_at=row.moment("last_used_at"),
                revoked_at=row.moment("revoked_at"),
            )
            for row in answer.objects("data")
        ]

    def create_api_key(self, name: str) -> Flow[NewApiKey]:
        """Make a key; never repeated, for a lost answer leaves a key whose secret nobody knows.

        Args:
            name: what it is for.
        """
        answer = yield from self._api.ask("create_api_key", "POST", _KEYS, json={"name": name})
        data = answer.inside("data")
        return NewApiKey(
            id=data.integer("id"),
            name=data.text("name"),
            key_prefix=data.text("key_prefix"),
            last_used_at=data.moment("last_used_at"),
            revoked_at=data.moment("revoked_at"),
            plain_key=data.text("plain_key"),
        )

    def revoke_api_key(self, api_key: int) -> Flow[None]:
        """Revoke a key for good.

        Args:
            api_key: its id.
        """
        yield from self._api.ask(
            "revoke_api_key", "DELETE", f"{_KEYS}/{{}}", str(api_key), repeatable=True
        )

    def _transactions(self, operation: str, path: str) -> Flow[Sequence[Transaction]]:
        answer = yield from self._api.ask(operation, "GET", _V1 + path)
        return [_transaction(row) for row in answer.objects("data")]


def _transaction(row: Answer) -> Transaction:
    currency = row.maybe_text("currency") or _CURRENCY
    return Transaction(row.integer("id"), row.text("type"), row.money("amount", currency))
