"""Every order of events that Hypothesis can think of, at a provider that can be asked.

Flows are interleaved effect by effect; processes die between any two effects; answers are lost,
refused or late. See ``machine.py``.
"""

from __future__ import annotations

from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from pytest_otp.core.budget import Limits
from pytest_otp.core.states import GONE, RELEASED
from pytest_otp.models import Money
from tests.flows.machine import Machine
from tests.flows.shop import LIFETIME_S
from tests.flows.worker import Polled

HOLD_S = 120.0


class Keyed(Machine):
    """The shop has idempotency keys."""

    crew = 8
    wait_s: ClassVar = 20.0
    provider = Polled
    limits: ClassVar = Limits(
        scope="run",
        run=Money.parse("1.25 USD"),
        test=Money.parse("0.60 USD"),
        day=Money.parse("2.00 USD"),
        tags={"signup": Money.parse("0.70 USD")},
    )

    @rule(
        hold_s=st.sampled_from([0.0, HOLD_S]),
        charged=st.sampled_from(["0.30", "0.25"]),
        seconds=st.sampled_from([0.0, HOLD_S, LIFETIME_S]),
    )
    def disturb(self, hold_s: float, charged: str, seconds: float) -> None:
        """Terms change, and time goes by."""
        self.shop.hold_s = hold_s
        self.shop.charged = charged
        self.now += seconds

    def teardown(self) -> None:
        """Everybody dies; whoever comes next settles all that is left, to the cent."""
        self.bury()
        rows = self.settle(sweeps=3, every_s=HOLD_S)
        kept = {key: sale for key, sale in self.shop.sales.items() if not sale.cancelled}
        paid = {row.lease_id: row.charged for row in rows if row.state in GONE}
        assert paid == {key: Money.parse(f"{sale.price} USD") for key, sale in kept.items()}
        released = {row.lease_id for row in rows if row.state in RELEASED}
        assert released.isdisjoint(kept)


def test_no_order_of_events_passes_a_limit_or_loses_money() -> None:
    """Limits hold, moves stay in the table, reserved money returns to zero, the books agree."""
    run_state_machine_as_test(
        Keyed,
        settings=settings(derandomize=True, deadline=None, max_examples=80, stateful_step_count=50),
    )
