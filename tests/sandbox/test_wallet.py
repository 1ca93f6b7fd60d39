"""The books of one account."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_otp.models import Money
from pytest_otp.sandbox.refusals import InsufficientBalance
from pytest_otp.sandbox.wallet import Wallet

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def usd(text: str) -> Money:
    """Money in US dollars."""
    return Money.parse(f"{text} USD")


def wallet_with(text: str) -> Wallet:
    """A wallet in which so much is available."""
    wallet = Wallet("USD")
    wallet.move("deposit", usd(text), at=NOW)
    return wallet


def test_a_purchase_holds_and_then_charges_or_refunds() -> None:
    """A held price is spent with the message, or comes back without one."""
    wallet = wallet_with("1.00")
    wallet.move("hold", usd("0.10"), at=NOW, activation=1)
    wallet.move("hold", usd("0.20"), at=NOW, activation=2)
    assert (wallet.available, wallet.held) == (usd("0.70"), usd("0.30"))
    wallet.move("charge", usd("0.10"), at=NOW, activation=1)
    wallet.move("refund", usd("0.20"), at=NOW, activation=2)
    assert (wallet.available, wallet.held, wallet.charged) == (
        usd("0.90"),
        usd("0.00"),
        usd("0.10"),
    )


def test_what_is_not_available_cannot_be_held() -> None:
    """A price over the balance is refused, and the books stay as they were."""
    wallet = wallet_with("0.10")
    with pytest.raises(InsufficientBalance, match=r"0\.11 USD is more than the 0\.10 USD"):
        wallet.move("hold", usd("0.11"), at=NOW)
    assert wallet.available == usd("0.10")
    assert [line.kind for line in wallet.journal] == ["deposit"]


def test_the_balance_is_set_by_a_movement_that_the_books_show() -> None:
    """Setting the balance deposits or withdraws the difference; the same balance moves nothing."""
    wallet = wallet_with("1.00")
    for balance in ("2.50", "0.05", "0.05"):
        wallet.set_available(usd(balance), at=NOW)
    assert [(line.kind, line.amount) for line in wallet.journal] == [
        ("deposit", usd("1.00")),
        ("deposit", usd("1.50")),
        ("withdrawal", usd("2.45")),
    ]
    assert wallet.currency == "USD"


def test_what_is_had_at_once_is_paid_at_once() -> None:
    """Spending holds and charges in one go, and the books say what for."""
    wallet = wallet_with("1.00")
    wallet.spend(usd("0.40"), at=NOW, purpose="rental")
    assert (wallet.available, wallet.held, wallet.charged) == (usd("0.60"), usd("0"), usd("0.40"))
    assert [(line.kind, line.purpose) for line in wallet.journal] == [
        ("deposit", None),
        ("hold", "rental"),
        ("charge", "rental"),
    ]
