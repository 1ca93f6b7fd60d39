"""The one state core of the sandbox: accounts, numbers, money, activations, the carrier.

It knows no HTTP and is handed its clock. Every method runs to its end on the server's event loop,
so there are no locks. Every method that looks at something settles the timeline first: an
activation past its end is expired, and its money back, for whoever asks.
"""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pytest_otp.sandbox.activation import Account, Activation, Message, State
from pytest_otp.sandbox.carrier import Carrier
from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES
from pytest_otp.sandbox.market import STARTING_BALANCE_USD, Market, Offer, Wish
from pytest_otp.sandbox.numbers import NumberPool
from pytest_otp.sandbox.refusals import (
    Ended,
    IdempotencyConflict,
    KeyRevoked,
    MessageArrived,
    NotFound,
    NothingReceived,
    OutOfStock,
    TooEarly,
    UnknownCountry,
    UnknownService,
)
from pytest_otp.sandbox.rentals import Rentals
from pytest_otp.sandbox.timeline import Timeline
from pytest_otp.sandbox.wallet import Wallet

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.sandbox.clock import Clock
    from pytest_otp.sandbox.market import Dialect

# The topic of `Changes` that every arriving message is announced on; the other topics are the
# ids of activations.
INBOX: Final = "inbox"

T = TypeVar("T")


class World:
    """Everything that is the case in one sandbox.

    Args:
        clock: the only source of time.
        seed: decides the order of numbers and the carrier's delays.

    Attributes:
        accounts: by dialect and key.
        activations: every one ever, by id.
        messages: every SMS that arrived, oldest first, whoever held its number.
    """

    def __init__(self, clock: Clock, *, seed: int) -> None:
        self.seed = seed
        self.timeline = Timeline(clock)
        self.numbers = NumberPool(seed)
        self.market = Market(self.numbers)
        self.rentals = Rentals(self.timeline, self.market, self.numbers)
        self.carrier = Carrier(random.Random(f"{seed}/carrier"))  # noqa: S311 - not a secret
        self.accounts: dict[tuple[str, str], Account] = {}
        self.activations: dict[int, Activation] = {}
        self.messages: list[Message] = []
        self._revoked: set[tuple[str, str]] = set()
        self._drawers: dict[type, Any] = {}
        self._holders: dict[str, Activation] = {}
        self._activation_ids = itertools.count(1)
        self._message_ids = itertools.count(1)

    # Accounts

    def account(self, dialect: Dialect, key: str) -> Account:
        """The account of a key; the first use of a key opens one with a starting balance.

        Raises:
            KeyRevoked: the key was revoked.
        """
        now = self.timeline.settle()
        name = (dialect.name, key)
        if self.is_revoked(*name):
            raise KeyRevoked("this key was revoked")
        if name not in self.accounts:
            wallet = Wallet(dialect.currency)
            wallet.move("deposit", dialect.money(STARTING_BALANCE_USD), at=now)
            self.accounts[name] = Account(dialect, key, wallet)
        return self.accounts[name]

    def revoke(self, dialect: str, key: str) -> None:
        """Let the key open nothing from now on; its account and books stay."""
        self._revoked.add((dialect, key))

    def is_revoked(self, dialect: str, key: str) -> bool:
        """Whether `revoke` was called for it."""
        return (dialect, key) in self._revoked

    def drawer(self, kind: type[T]) -> T:
        """What one dialect keeps here beside the world: the only object of its kind."""
        if kind not in self._drawers:
            self._drawers[kind] = kind()
        found: T = self._drawers[kind]
        return found

    # Buying

    def offers(
        self, account: Account, *, service: str | None = None, country: str | None = None
    ) -> list[Offer]:
        """What the account could buy, by service and country.

        Raises:
            UnknownService, UnknownCountry: not in the catalogue.
        """
        self.timeline.settle()
        _check_catalogue(service, country)
        wishes = itertools.starmap(
            Wish,
            itertools.product(
                [service] if service else SERVICES,
                [country] if country else COUNTRIES,
                range(len(account.dialect.products)),
            ),
        )
        market = self.market
        return [
            Offer(wish, market.price(account, wish), market.stock(account, wish)) for wish in wishes
        ]

    def lease(
        self, account: Account, wish: Wish, *, idempotency_key: str | None = None
    ) -> tuple[Activation, bool]:
        """Sell a number; its price is held until a message comes or none can.

        Args:
            account: who pays.
            wish: what for.
            idempotency_key: the same key and wish give the same activation again.

        Returns:
            The activation, and whether it was made by this call.

        Raises:
            IdempotencyConflict: the key was used for another wish.
            UnknownService, UnknownCountry: not in the catalogue.
            OutOfStock: no number is left.
            InsufficientBalance: the price is more than the wallet has available.
        """
        now = self.timeline.settle()
        if idempotency_key is not None and idempotency_key in account.purchases:
            earlier_wish, activation = account.purchases[idempotency_key]
            if earlier_wish != wish:
                raise IdempotencyConflict("this idempotency key was used for another purchase")
            return activation, False
        _check_catalogue(wish.service, wish.country)
        if self.market.stock(account, wish) < 1:
            raise OutOfStock(f"no number of {wish.country} is left for {wish.service}")
        activation = self._sell(account, wish, now, idempotency_key)
        if idempotency_key is not None:
            account.purchases[idempotency_key] = (wish, activation)
        return activation, True

    def _sell(self, account: Account, wish: Wish, now: datetime, key: str | None) -> Activation:
        dialect = account.dialect
        price = self.market.price(account, wish)
        hold_s = self.market.cancel_hold_s(account, wish)
        activation_id = next(self._activation_ids)
        # First the money: if there is not enough, nothing else may have happened.
        account.wallet.move("hold", price, at=now, activation=activation_id)
        self.market.take(account, wish)
        activation = Activation(
            id=activation_id,
            account=account,
            service=wish.service,
            country=wish.country,
            number=self.numbers.take(wish.country),
            price=price,
            idempotency_key=key,
            created_at=now,
            expires_at=now + timedelta(seconds=dialect.lifetime_s),
            cancel_not_before=now + timedelta(seconds=hold_s) if hold_s else None,
            reuse_until=now + timedelta(seconds=dialect.reuse_s) if wish.reuse else None,
        )
        self.activations[activation.id] = activation
        self._holders[activation.number] = activation
        self.timeline.plan(activation.ends_at, lambda at: self._run_out(activation, at))
        return activation

    # An account's activations

    def activation(self, account: Account, activation_id: int) -> Activation:
        """One activation of this account.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        self.timeline.settle()
        activation = self.activations.get(activation_id)
        if activation is None or activation.account is not account:
            raise NotFound("this account has no such activation")
        return activation

    def bought_with(self, account: Account, idempotency_key: str) -> list[Activation]:
        """What a key bought: one activation or none."""
        self.timeline.settle()
        if idempotency_key not in account.purchases:
            return []
        return [account.purchases[idempotency_key][1]]

    async def wait_for_news(self, activation: Activation, *, after: int, wait_s: float) -> None:
        """Wait until there are more than `after` messages, the activation ended, or time is up."""
        changes = self.timeline.changes
        end = self.timeline.clock.now() + timedelta(seconds=wait_s)
        while not changes.closed:
            remaining_s = (end - self.timeline.settle()).total_seconds()
            if not activation.open or len(activation.messages) > after or remaining_s <= 0:
                return
            await changes.wait(activation.id, remaining_s)

    def cancel(self, activation: Activation, *, forfeit: bool = False) -> None:
        """Give the number back for a refund. A cancelled activation stays as it is.

        Args:
            activation: whose number it is.
            forfeit: give it back after a message too, for no refund.

        Raises:
            TooEarly: the provider does not take it back yet.
            MessageArrived: a message came.
            Ended: it expired.
        """
        now = self.timeline.settle()
        if activation.state is State.CANCELLED:
            return
        if activation.messages and not forfeit:
            raise MessageArrived("a message arrived, so the number is paid for")
        _check_open(activation)
        hold = activation.cancel_not_before
        if hold and now < hold and not activation.messages:
            raise TooEarly(
                "this number cannot be cancelled so soon after its purchase",
                retry_at=hold,
            )
        self._end(activation, State.CANCELLED, now)

    def finish(self, activation: Activation) -> None:
        """Give the number back after use. A finished activation stays as it is.

        Raises:
            NothingReceived: no message came yet; a cancel would give a refund.
            Ended: it was cancelled or expired.
        """
        now = self.timeline.settle()
        if activation.state is State.FINISHED:
            return
        _check_open(activation)
        if not activation.messages:
            raise NothingReceived("no message arrived yet; cancel it instead")
        self._end(activation, State.FINISHED, now)

    def resend(self, activation: Activation) -> None:
        """Say that one more message is wanted: an open number takes any number of them.

        Raises:
            Ended: it is over.
        """
        self.timeline.settle()
        _check_open(activation)

    def _run_out(self, activation: Activation, at: datetime) -> None:
        if not activation.open:
            return
        if at < activation.ends_at:
            self.timeline.plan(activation.ends_at, lambda at: self._run_out(activation, at))
            return
        self._end(activation, State.FINISHED if activation.messages else State.EXPIRED, at)

    def _end(self, activation: Activation, state: State, at: datetime) -> None:
        activation.state = state
        if not activation.messages:
            activation.refunded = True
            wallet = activation.account.wallet
            wallet.move("refund", activation.price, at=at, activation=activation.id)
        del self._holders[activation.number]
        self.numbers.give_back(activation.country, activation.number)
        self.timeline.changes.notify(activation.id)

    # The carrier

    def deliver(
        self, to: str, text: str, *, sender: str, via: str, delay_s: float | None = None
    ) -> int:
        """Take in an SMS for any number; who holds the number when it arrives gets it.

        Args:
            to: E.164.
            text: any text.
            sender: what the phone would show as the sender.
            via: the gateway's name.
            delay_s: time under way; the carrier decides by default.

        Returns:
            The message's id.
        """
        now = self.timeline.settle()
        message_id = next(self._message_ids)

        def arrive(at: datetime) -> None:
            activation, rental = self._holders.get(to), self.rentals.holder(to)
            self._receive(Message(message_id, to, sender, text, via, now, at, activation, rental))

        delay_s = self.carrier.delay_s() if delay_s is None else delay_s
        if delay_s > 0:
            self.timeline.plan(now + timedelta(seconds=delay_s), arrive)
        else:
            arrive(now)
        return message_id

    def _receive(self, message: Message) -> None:
        self.messages.append(message)
        activation = message.activation
        if activation is not None:
            if not activation.messages:
                activation.state = State.RECEIVED
                activation.account.wallet.move(
                    "charge", activation.price, at=message.received_at, activation=activation.id
                )
            activation.messages.append(message)
            self.timeline.changes.notify(activation.id)
        if message.rental is not None:
            message.rental.messages.append(message)
        self.timeline.changes.notify(INBOX)


def _check_catalogue(service: str | None, country: str | None) -> None:
    if service is not None and service not in SERVICES:
        raise UnknownService(f"no service {service!r}; there are {', '.join(SERVICES)}")
    if country is not None and country not in COUNTRIES:
        raise UnknownCountry(f"no country {country!r}; there are {', '.join(COUNTRIES)}")


def _check_open(activation: Activation) -> None:
    if not activation.open:
        raise Ended(f"this activation is {activation.state}", state=activation.state)
