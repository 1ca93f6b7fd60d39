"""Terms, and how tests change them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_otp.models import Money
from pytest_otp.sandbox.activation import Account
from pytest_otp.sandbox.market import Dialect, Market, Rule, Wish
from pytest_otp.sandbox.numbers import NumberPool
from pytest_otp.sandbox.wallet import Wallet

OWN = Dialect("sandbox")
RUPIAH = Dialect("smscode", currency="IDR", per_usd=Decimal(16200), cancel_hold_s=60)
WISH = Wish("telegram", "US")


@pytest.fixture
def market() -> Market:
    """Without any rule."""
    return Market(NumberPool(1))


def account(key: str = "key", dialect: Dialect = OWN) -> Account:
    """A customer with an empty wallet."""
    return Account(dialect, key, Wallet(dialect.currency))


def test_each_dialect_sells_in_its_own_currency(market: Market) -> None:
    """The same number costs cents in one place and whole rupiah in the other."""
    assert market.price(account(), WISH) == Money.parse("0.15 USD")
    assert market.price(account(dialect=RUPIAH), WISH) == Money.parse("2430 IDR")


def test_a_dialect_may_sell_several_products_for_one_wish(market: Market) -> None:
    """Products differ in price, and a rule can empty one of them."""
    buyer = account(dialect=Dialect("smscode", products=(Decimal(1), Decimal("1.2"))))
    cheap, dear = WISH, WISH._replace(product=1)
    assert [str(market.price(buyer, wish)) for wish in (cheap, dear)] == ["0.15 USD", "0.18 USD"]
    market.rules.append(Rule(product=0, stock=0))
    assert market.stock(buyer, cheap) == 0
    assert market.stock(buyer, dear) > 0


def test_stock_is_what_is_free_unless_a_rule_says_less(market: Market) -> None:
    """A rule's stock shrinks with each purchase; a rule cannot invent numbers."""
    buyer = account()
    free = market.stock(buyer, WISH)
    market.take(buyer, WISH)
    assert market.stock(buyer, WISH) == free
    market.rules.append(Rule(country="US", stock=2))
    market.take(buyer, WISH)
    assert market.stock(buyer, WISH) == 1
    market.rules.append(Rule(stock=10**9))
    assert market.stock(buyer, WISH) == free


@pytest.mark.parametrize(
    "rule",
    [
        Rule(dialect="dogesms", stock=0),
        Rule(account="other", stock=0),
        Rule(service="google", stock=0),
        Rule(country="GB", stock=0),
        Rule(product=1, stock=0),
    ],
)
def test_a_rule_holds_only_where_it_says(market: Market, rule: Rule) -> None:
    """Another dialect, account, service, country or product is none of its business."""
    market.rules.append(rule)
    assert market.stock(account(), WISH) > 0


def test_the_youngest_rule_decides(market: Market) -> None:
    """A later price replaces an earlier one, where its currency is the account's."""
    market.rules += [
        Rule(price=Money.parse("0.30 USD")),
        Rule(service="telegram", price=Money.parse("0.50 USD")),
        Rule(price=Money.parse("9000 IDR")),
    ]
    assert market.price(account(), WISH) == Money.parse("0.50 USD")
    assert market.price(account(dialect=RUPIAH), WISH) == Money.parse("9000 IDR")


def test_the_cancel_hold_is_the_dialects_until_a_rule_changes_it(market: Market) -> None:
    """Each dialect has its own; a rule turns it on or off."""
    assert market.cancel_hold_s(account(), WISH) == 0
    assert market.cancel_hold_s(account(dialect=RUPIAH), WISH) == 60
    market.rules.append(Rule(dialect="smscode", cancel_hold_s=0))
    assert market.cancel_hold_s(account(dialect=RUPIAH), WISH) == 0


def test_rules_are_cleared_for_one_account_or_for_all(market: Market) -> None:
    """Clearing one account's rules leaves the others."""
    mine, yours = Rule(account="mine", stock=0), Rule(account="yours", stock=0)
    market.rules += [mine, yours]
    market.clear("mine")
    assert market.rules == [yours]
    market.clear()
    assert market.rules == []
