"""The wallet's history and the API keys."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_otp.models import Money
from pytest_otp.providers.smsgang import SmsGangProvider
from tests.unit.providers.stage import Stage, ok

if TYPE_CHECKING:
    from pytest_otp.providers.smsgang.account import Account

KEY = {"id": 2, "name": "Production key", "key_prefix": "sgk_live", "revoked_at": None}


def account() -> Account:
    """The operations of one account."""
    return SmsGangProvider("https://api.example").account


def test_transactions_are_exact_money() -> None:
    """In dollars unless a row says else."""
    rows = [
        {"id": 1, "type": "credit", "amount": "0.10"},
        {"id": 2, "type": "debit", "amount": -20, "currency": "NGN"},
    ]
    stage = Stage(ok({"data": rows}))
    amounts = [row.amount for row in stage.play(account().transactions())]
    assert amounts == [Money(Decimal("0.10"), "USD"), Money(Decimal(-20), "NGN")]


def test_a_new_keys_secret_is_not_in_its_repr() -> None:
    """It is shown once, to whoever asks for the field."""
    stage = Stage(ok({"data": {**KEY, "plain_key": "sgk_live_secret"}}, 201))
    key = stage.play(account().create_api_key("Production key"))
    assert key.plain_key == "sgk_live_secret"
    assert "sgk_live_secret" not in repr(key)
    assert not stage.sends[0].repeatable


def test_a_key_may_be_revoked_again() -> None:
    """A revocation whose answer was lost must not be left undone."""
    stage = Stage(ok({"message": "API key revoked successfully"}))
    stage.play(account().revoke_api_key(2))
    assert stage.requests[0].url.path == "/api/developer/api-keys/2"
    assert stage.sends[0].repeatable
