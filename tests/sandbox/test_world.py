"""The state core, without HTTP and with a clock that stands still."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pytest_otp.models import Money
from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.carrier import Latency
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.market import Dialect, Rule, Wish
from pytest_otp.sandbox.world import World

if TYPE_CHECKING:
    from pytest_otp.sandbox.activation import Account, Activation
    from tests.sandbox.conftest import Play

START = datetime(2030, 1, 1, tzinfo=UTC)
OWN = Dialect("sandbox", lifetime_s=1200, reuse_s=3600)
WISH = Wish("telegram", "US")
PRICE = Money.parse("0.15 USD")


@pytest.fixture
def world() -> World:
    """Empty, and time moves only when told."""
    return World(Clock(lambda: 0.0, START), seed=1)


@pytest.fixture
def account(world: World) -> Account:
    """A customer with a starting balance."""
    return world.account(OWN, "key")


def buy(world: World, account: Account, wish: Wish = WISH) -> Activation:
    """A purchase without an idempotency key."""
    return world.lease(account, wish)[0]


def send(world: World, to: str, text: str = "code 123456") -> int:
    """An SMS at once."""
    return world.deliver(to, text, sender="Acme", via="test")


def kinds(account: Account) -> list[str]:
    """The wallet's movements, by kind."""
    return [movement.kind for movement in account.wallet.journal]


# Accounts


def test_the_first_use_of_a_key_opens_an_account(world: World) -> None:
    """A key has one account in each dialect, each with money of its own."""
    one = world.account(OWN, "one")
    assert world.account(OWN, "one") is one
    assert one.wallet.available == Money.parse("1000.00 USD")
    rupiah = Dialect("smscode", currency="IDR", per_usd=Decimal(16200), step=Decimal(1))
    assert world.account(rupiah, "one").wallet.available == Money.parse("16200000 IDR")


def test_a_revoked_key_opens_nothing(world: World, account: Account) -> None:
    """The key is refused from then on; other keys are not."""
    world.revoke("sandbox", "key")
    with pytest.raises(refusals.KeyRevoked):
        world.account(OWN, "key")
    world.account(OWN, "other")


def test_an_account_sees_only_its_own(world: World, account: Account) -> None:
    """Another account's activation is as unknown as one that never was."""
    activation = buy(world, account)
    with pytest.raises(refusals.NotFound):
        world.activation(world.account(OWN, "other"), activation.id)
    with pytest.raises(refusals.NotFound):
        world.activation(account, 99)
    assert world.activation(account, activation.id) is activation


# Buying


def test_a_purchase_holds_its_price_and_a_number(world: World, account: Account) -> None:
    """The buyer has a number of the country for twenty minutes, and its price is held."""
    activation = buy(world, account)
    assert activation.state is State.PENDING
    assert activation.number.startswith("+1")
    assert activation.expires_at == START + timedelta(minutes=20)
    assert (account.wallet.held, activation.price) == (PRICE, PRICE)


def test_the_same_key_and_wish_buy_once(world: World, account: Account) -> None:
    """A repeated purchase gives the same activation and charges nothing more."""
    first, created = world.lease(account, WISH, idempotency_key="k")
    again, created_again = world.lease(account, WISH, idempotency_key="k")
    assert (again is first, created, created_again) == (True, True, False)
    assert kinds(account) == ["deposit", "hold"]
    assert world.bought_with(account, "k") == [first]
    assert world.bought_with(account, "other") == []


def test_a_key_is_good_for_one_wish_and_one_account(world: World, account: Account) -> None:
    """Another wish under the same key is a conflict; another account may use the same key."""
    activation, _ = world.lease(account, WISH, idempotency_key="k")
    with pytest.raises(refusals.IdempotencyConflict):
        world.lease(account, Wish("google", "US"), idempotency_key="k")
    other, created = world.lease(world.account(OWN, "other"), WISH, idempotency_key="k")
    assert created
    assert other is not activation


def test_a_refused_purchase_leaves_its_key_free(world: World, account: Account) -> None:
    """After an empty stock was filled up, the same key buys."""
    world.market.rules.append(Rule(stock=0))
    with pytest.raises(refusals.OutOfStock):
        world.lease(account, WISH, idempotency_key="k")
    world.market.clear()
    assert world.lease(account, WISH, idempotency_key="k")[1]


def test_without_money_nothing_happens(world: World, account: Account) -> None:
    """A price over the balance takes no number and no stock."""
    account.wallet.set_available(Money.parse("0.14 USD"), at=START)
    world.market.rules.append(Rule(stock=1))
    free = world.numbers.free("US")
    with pytest.raises(refusals.InsufficientBalance):
        buy(world, account)
    assert world.numbers.free("US") == free
    assert world.market.stock(account, WISH) == 1
    assert world.activations == {}


def test_what_the_catalogue_has_not_is_refused(world: World, account: Account) -> None:
    """An unknown service or country is named, with those that there are."""
    with pytest.raises(refusals.UnknownService, match="'viber'; there are any, discord"):
        buy(world, account, Wish("viber", "US"))
    with pytest.raises(refusals.UnknownCountry, match="'XX'; there are AU, BR"):
        world.offers(account, country="XX")


def test_a_country_runs_dry(world: World, account: Account) -> None:
    """When every Australian number is held, Australia is out of stock and nothing else is."""
    held = {buy(world, account, Wish("any", "AU")).number for _ in range(30)}
    assert len(held) == 30
    with pytest.raises(refusals.OutOfStock, match="no number of AU is left for any"):
        buy(world, account, Wish("any", "AU"))
    buy(world, account)


def test_offers_are_by_service_country_and_product(world: World) -> None:
    """Each product is an offer with its own price; filters narrow."""
    two = Dialect("two", products=(Decimal(1), Decimal(2)))
    buyer = world.account(two, "key")
    offers = world.offers(buyer, service="telegram", country="US")
    assert [(o.wish.product, o.price) for o in offers] == [(0, PRICE), (1, PRICE + PRICE)]
    assert all(offer.stock == 12_200 for offer in offers)
    assert len(world.offers(buyer)) == 2 * 7 * 13


# Messages


def test_a_message_reaches_who_holds_the_number(world: World, account: Account) -> None:
    """The first message charges the held price; each has an identity, also with the same text."""
    activation = buy(world, account)
    ids = [send(world, activation.number), send(world, activation.number)]
    assert [message.id for message in activation.messages] == ids
    assert len(set(ids)) == 2
    assert activation.state is State.RECEIVED
    assert kinds(account) == ["deposit", "hold", "charge"]


def test_a_message_for_nobody_is_kept(world: World, account: Account) -> None:
    """The application used another number: the message is there to be read, with no holder."""
    activation = buy(world, account)
    send(world, "+12025550999")
    assert [(m.to, m.activation) for m in world.messages] == [("+12025550999", None)]
    assert activation.messages == []


def test_a_late_message_finds_nobody(world: World, account: Account) -> None:
    """An SMS under way while the number was given back reaches nobody, and costs nothing."""
    activation = buy(world, account)
    world.deliver(activation.number, "late", sender="Acme", via="test", delay_s=30)
    world.timeline.advance(10)
    world.cancel(activation)
    world.timeline.advance(20)
    assert [message.activation for message in world.messages] == [None]
    assert activation.refunded


def test_a_message_in_time_counts_though_it_was_noticed_late(
    world: World, account: Account
) -> None:
    """In one jump over arrival and expiry, the message arrives first and is charged."""
    activation = buy(world, account)
    world.deliver(activation.number, "code", sender="Acme", via="test", delay_s=1199)
    world.timeline.advance(7200)
    assert [m.received_at for m in activation.messages] == [START + timedelta(seconds=1199)]
    assert (activation.state, activation.refunded) == (State.FINISHED, False)


def test_the_carrier_delays_what_applications_send(world: World, account: Account) -> None:
    """With a latency, a message is there only after it."""
    world.carrier.latency = Latency(5, 5)
    activation = buy(world, account)
    send(world, activation.number)
    world.timeline.advance(4.9)
    assert activation.messages == []
    world.timeline.advance(0.1)
    assert len(activation.messages) == 1


# The end


def test_a_cancel_before_the_message_refunds(world: World, account: Account) -> None:
    """The money is back and the number free; a second cancel changes nothing."""
    activation = buy(world, account)
    world.cancel(activation)
    world.cancel(activation)
    assert (activation.state, activation.refunded) == (State.CANCELLED, True)
    assert kinds(account) == ["deposit", "hold", "refund"]
    assert world.numbers.free("US") == 12_200


def test_a_cancel_after_the_message_is_refused(world: World, account: Account) -> None:
    """The number is paid for, whether it is still held or not."""
    activation = buy(world, account)
    send(world, activation.number)
    with pytest.raises(refusals.MessageArrived):
        world.cancel(activation)
    world.finish(activation)
    with pytest.raises(refusals.MessageArrived):
        world.cancel(activation)


def test_a_forfeiting_cancel_ends_it_without_refund(world: World, account: Account) -> None:
    """Some providers take a number back after the message too, and keep the money."""
    world.market.rules.append(Rule(cancel_hold_s=60))
    activation = buy(world, account)
    send(world, activation.number)
    world.cancel(activation, forfeit=True)
    assert (activation.state, activation.refunded) == (State.CANCELLED, False)
    assert account.wallet.charged == PRICE


def test_a_cancel_may_be_too_early(world: World, account: Account) -> None:
    """Within the hold a cancel is refused with its time, and at that time it is granted."""
    world.market.rules.append(Rule(cancel_hold_s=120))
    activation = buy(world, account)
    world.timeline.advance(119)
    with pytest.raises(refusals.TooEarly) as refused:
        world.cancel(activation)
    assert refused.value.retry_at == START + timedelta(seconds=120)
    world.timeline.advance(1)
    world.cancel(activation)
    assert activation.refunded


def test_without_a_message_it_expires_and_refunds(world: World, account: Account) -> None:
    """At its end, not before, the money is back; then nothing can be done with it."""
    activation = buy(world, account)
    world.timeline.advance(1199.9)
    assert world.activation(account, activation.id).state is State.PENDING
    world.timeline.advance(0.1)
    assert (activation.state, activation.refunded) == (State.EXPIRED, True)
    assert account.wallet.journal[-1].at == START + timedelta(minutes=20)
    for operation in (world.cancel, world.finish, world.resend):
        with pytest.raises(refusals.Ended) as refused:
            operation(activation)
        assert refused.value.state is State.EXPIRED


def test_finish_needs_a_message(world: World, account: Account) -> None:
    """Before the message a finish is refused; after it the number is free, once and for all."""
    activation = buy(world, account)
    with pytest.raises(refusals.NothingReceived):
        world.finish(activation)
    send(world, activation.number)
    world.resend(activation)
    world.finish(activation)
    world.finish(activation)
    assert activation.state is State.FINISHED
    assert world.numbers.free("US") == 12_200
    send(world, activation.number)
    assert len(activation.messages) == 1


def test_a_number_for_reuse_stays_after_its_message(world: World, account: Account) -> None:
    """Bought for reuse and used, it takes messages until the reuse window ends."""
    activation = buy(world, account, WISH._replace(reuse=True))
    send(world, activation.number)
    world.timeline.advance(3000)
    send(world, activation.number)
    assert len(activation.messages) == 2
    world.timeline.advance(600)
    assert activation.state is State.FINISHED
    unused = buy(world, account, WISH._replace(reuse=True))
    world.timeline.advance(1200)
    assert unused.state is State.EXPIRED


# Waiting


def test_a_wait_ends_with_the_message(play: Play, world: World, account: Account) -> None:
    """A long poll is woken by the next message for its number, and by no other's."""
    activation, other = buy(world, account), buy(world, account)

    async def story() -> list[bool]:
        waiting = asyncio.create_task(world.wait_for_news(activation, after=1, wait_s=60))
        done = []
        for number in (other.number, activation.number, activation.number):
            await asyncio.sleep(0)
            send(world, number)
            for _ in range(5):
                await asyncio.sleep(0)
            done.append(waiting.done())
        return done

    assert play(story()) == [False, False, True]


@pytest.mark.parametrize("seconds", [60, 1200])
def test_a_wait_ends_when_the_clock_jumps(
    play: Play, world: World, account: Account, seconds: int
) -> None:
    """Over the wait's end or the activation's, a jump of the sandbox's clock ends the wait."""
    activation = buy(world, account)

    async def story() -> None:
        waiting = asyncio.create_task(world.wait_for_news(activation, after=0, wait_s=60))
        await asyncio.sleep(0)
        world.timeline.advance(seconds)
        await waiting

    play(story())
    assert activation.open is (seconds == 60)


def test_a_wait_ends_when_the_sandbox_closes(play: Play, world: World, account: Account) -> None:
    """A server that stops answers its long polls."""
    activation = buy(world, account)

    async def story() -> None:
        waiting = asyncio.create_task(world.wait_for_news(activation, after=0, wait_s=60))
        await asyncio.sleep(0)
        world.timeline.changes.close()
        await waiting

    play(story())


def test_a_wait_for_what_is_there_does_not_wait(play: Play, world: World, account: Account) -> None:
    """A message that came before the wait counts, and so does the end."""
    activation = buy(world, account)
    send(world, activation.number)
    play(world.wait_for_news(activation, after=0, wait_s=60))
    world.finish(activation)
    play(world.wait_for_news(activation, after=1, wait_s=60))
