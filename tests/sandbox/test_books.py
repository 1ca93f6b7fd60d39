"""Whatever is done in whatever order, the sandbox's books balance."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_otp.models import Money
from pytest_otp.sandbox import refusals
from pytest_otp.sandbox.activation import State
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.market import Dialect, Rule, Wish
from pytest_otp.sandbox.world import World

START = datetime(2030, 1, 1, tzinfo=UTC)
OWN = Dialect("sandbox", lifetime_s=1200, reuse_s=3600)
PRICE = Money.parse("0.15 USD")


class Books(RuleBasedStateMachine):
    """Whatever two accounts do in whatever order, the books balance."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Clock(lambda: 0.0, START), seed=1)
        self.accounts = [self.world.account(OWN, key) for key in ("one", "two")]
        for account in self.accounts:
            account.wallet.set_available(Money.parse("2.00 USD"), at=START)

    @rule(
        who=st.integers(0, 1),
        service=st.sampled_from(["telegram", "whatsapp"]),
        country=st.sampled_from(["US", "AU"]),
        key=st.sampled_from([None, "a", "b"]),
        reuse=st.booleans(),
    )
    def buy(self, who: int, service: str, country: str, key: str | None, reuse: bool) -> None:  # noqa: FBT001 - drawn
        """A purchase, granted or not."""
        wish = Wish(service, country, reuse=reuse)
        with suppress(refusals.Refusal):
            self.world.lease(self.accounts[who], wish, idempotency_key=key)

    @precondition(lambda self: self.world.activations)
    @rule(data=st.data(), what=st.sampled_from(["cancel", "forfeit", "finish", "sms", "late sms"]))
    def use(self, data: st.DataObject, what: str) -> None:
        """Anything that can be done to an activation, whatever its state."""
        activation = data.draw(st.sampled_from(list(self.world.activations.values())))
        with suppress(refusals.Refusal):
            if what == "finish":
                self.world.finish(activation)
            elif what in {"cancel", "forfeit"}:
                self.world.cancel(activation, forfeit=what == "forfeit")
            else:
                delay_s = 700 if what == "late sms" else 0
                to = activation.number
                self.world.deliver(to, "code", sender="A", via="test", delay_s=delay_s)

    @rule(seconds=st.sampled_from([1, 90, 600, 5000]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.world.timeline.advance(seconds)

    @rule(change=st.sampled_from([Rule(stock=2), Rule(cancel_hold_s=100), Rule(price=PRICE)]))
    def change_terms(self, change: Rule) -> None:
        """A test changes the terms."""
        self.world.market.rules.append(change)

    @rule(who=st.integers(0, 1), cents=st.integers(0, 300))
    def set_balance(self, who: int, cents: int) -> None:
        """A test sets a balance."""
        balance = Money(Decimal(cents) / 100, "USD")
        self.accounts[who].wallet.set_available(balance, at=START)

    @invariant()
    def the_books_balance(self) -> None:
        """What came in is available, held or charged, and the journal says the same."""
        for account in self.accounts:
            wallet = account.wallet
            sums: Counter[str] = Counter()
            for movement in wallet.journal:
                assert movement.amount.amount >= 0
                sums[movement.kind] += movement.amount.amount  # type: ignore[assignment] # Decimals
            available, held = wallet.available.amount, wallet.held.amount
            assert sums["deposit"] - sums["withdrawal"] == available + held + wallet.charged.amount
            assert sums["hold"] - sums["charge"] - sums["refund"] == held
            assert sums["charge"] == wallet.charged.amount
            assert min(available, held) >= 0

    @invariant()
    def the_money_follows_the_messages(self) -> None:
        """Held are the pending, charged those with a message, refunded those that ended without."""
        for account in self.accounts:
            own = [a for a in self.world.activations.values() if a.account is account]
            held = sum(a.price.amount for a in own if a.state is State.PENDING)
            charged = sum(a.price.amount for a in own if a.messages)
            assert account.wallet.held.amount == held
            assert account.wallet.charged.amount == charged
            for activation in own:
                assert activation.refunded is (not activation.open and not activation.messages)

    @invariant()
    def no_number_is_held_twice(self) -> None:
        """Open activations have different numbers."""
        held = [a.number for a in self.world.activations.values() if a.open]
        assert len(held) == len(set(held))


Books.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBooks = Books.TestCase
