"""Numbers held for months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_otp.models import Money
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.market import Dialect, Rule
from pytest_otp.sandbox.refusals import InsufficientBalance, NotFound, OutOfStock, UnknownCountry
from pytest_otp.sandbox.rentals import months_later
from pytest_otp.sandbox.world import World

if TYPE_CHECKING:
    from pytest_otp.sandbox.activation import Account
    from pytest_otp.sandbox.rentals import Rental

DIALECT = Dialect("test")
START = datetime(2030, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """Time stands still until it is advanced."""
    return World(Clock(ticks=lambda: 0.0, start=START), seed=1)


def account(world: World, *, available: str = "100.00") -> Account:
    """A customer with so many dollars."""
    account = world.account(DIALECT, "key")
    account.wallet.set_available(Money.parse(f"{available} USD"), at=START)
    return account


def pass_until(world: World, rental: Rental) -> None:
    """Move the clock to the end of what is paid."""
    world.timeline.advance((rental.expires_at - world.timeline.clock.now()).total_seconds())


def test_all_months_are_charged_at_once(world: World) -> None:
    """Three months cost three times a month, for good, and the books say what it was for."""
    customer = account(world)
    rental = world.rentals.rent(customer, "GB", months=3, note="nightly")
    assert str(customer.wallet.charged) == "21.60 USD"
    assert str(customer.wallet.held) == "0.00 USD"
    assert {line.purpose for line in customer.wallet.journal[-2:]} == {"rental"}
    assert rental.expires_at == datetime(2030, 4, 30, 12, tzinfo=UTC)


def test_a_refused_rental_changes_nothing(world: World) -> None:
    """Without the money for every month, no month is sold and no number is taken."""
    customer = account(world, available="11.99")
    before = world.rentals.offer(customer, "US").stock
    with pytest.raises(InsufficientBalance):
        world.rentals.rent(customer, "US", months=2)
    assert world.rentals.offer(customer, "US").stock == before
    assert str(customer.wallet.available) == "11.99 USD"


def test_terms_are_the_markets(world: World) -> None:
    """Price and stock of rentals are set as those of the service ``rental``."""
    customer = account(world)
    price = Money.parse("5.00 USD")
    world.market.rules.append(Rule(service="rental", country="US", stock=1, price=price))
    world.rentals.rent(customer, "US")
    assert customer.wallet.charged == price
    with pytest.raises(OutOfStock):
        world.rentals.rent(customer, "US")
    with pytest.raises(UnknownCountry):
        world.rentals.rent(customer, "AQ")


def test_messages_reach_the_rental_to_its_end(world: World) -> None:
    """Every message counts until the last day; then the number is free again."""
    rental = world.rentals.rent(account(world), "US")
    for text in ("one", "two"):
        world.deliver(rental.number, text, sender="Test", via="test")
    pass_until(world, rental)
    world.deliver(rental.number, "three", sender="Test", via="test")
    assert [message.text for message in rental.messages] == ["one", "two"]
    assert [message.rental for message in world.messages] == [rental, rental, None]
    assert not rental.active


def test_renewal_pays_for_another_month(world: World) -> None:
    """A rental that renews itself keeps its number and its day of the month."""
    customer = account(world)
    rental = world.rentals.rent(customer, "US")
    rental.auto_renew = True
    pass_until(world, rental)
    assert rental.active
    assert str(customer.wallet.charged) == "12.00 USD"
    assert rental.expires_at == datetime(2030, 3, 31, 12, tzinfo=UTC)


def test_renewal_needs_money(world: World) -> None:
    """Without the price of a month the rental ends."""
    customer = account(world, available="6.00")
    rental = world.rentals.rent(customer, "US")
    rental.auto_renew = True
    pass_until(world, rental)
    assert not rental.active
    assert str(customer.wallet.charged) == "6.00 USD"


def test_rentals_are_private(world: World) -> None:
    """An account sees its own rentals, past ones too, and no others."""
    customer, stranger = account(world), world.account(DIALECT, "another")
    rental = world.rentals.rent(customer, "US")
    pass_until(world, rental)
    assert world.rentals.of(customer) == [rental]
    assert world.rentals.rental(customer, rental.id) is rental
    assert world.rentals.of(stranger) == []
    with pytest.raises(NotFound):
        world.rentals.rental(stranger, rental.id)


@pytest.mark.parametrize(
    ("months", "end"), [(1, (2030, 2, 28)), (2, (2030, 3, 31)), (12, (2031, 1, 31))]
)
def test_a_month_ends_on_the_same_day(months: int, end: tuple[int, int, int]) -> None:
    """Or on the last one, where the month has no such day."""
    assert months_later(START, months) - timedelta(hours=12) == datetime(*end, tzinfo=UTC)
