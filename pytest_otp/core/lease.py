"""A lease in memory: what was asked for, what was bought, and what has arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.budget import Limits
from pytest_otp.core.effects import Record
from pytest_otp.core.states import move
from pytest_otp.errors import OtpError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.states import Event, State
    from pytest_otp.models import Activation, Ending, Message, Money, Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a test asks for.

    Attributes:
        service: service slug.
        countries: ISO 3166-1 alpha-2, in the order in which to try them.
        max_price: the most that one number may cost.
        test: node id of the test.
        tags: labels that budgets can be set for.
        reuse: the number should be one that can be used again for a while.
        limits: the budgets of the run.
        addresses: base URL of each provider, for whoever must finish what we began.
    """

    service: str
    countries: tuple[str, ...]
    max_price: Money | None = None
    test: str = ""
    tags: tuple[str, ...] = ()
    reuse: bool = False
    limits: Limits = field(default_factory=Limits)
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Lease:
    """One number held for one test. Mutable: it follows the events as they are recorded.

    Attributes:
        balance_at: when that balance was asked for; what others bought and gave back since then is
            perhaps not in it.
        lost_at: since when nobody waits for the purchase's answer any more, if it is in doubt.
        account: whatever waits at the same one shares its rate limit.
        arrivals: when messages for such a lease have arrived so far.
        asked_at: when the provider was last asked for messages.
        polls: which wait makes the poll after that moment; ``setdefault`` decides between threads.
        resent_at: when the provider was last asked to let another message through.
        unanswered: a wait ended without a message; of a lease that another process began, one may
            have.
    """

    id: str
    provider: Provider
    offer: Offer
    state: State | None = None
    activation: Activation | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    taken: dict[str, object] = field(default_factory=dict)
    ended: Ending | None = None
    balance_before: Money | None = None
    balance_at: float = 0.0
    begun_at: float = 0.0
    lost_at: float = 0.0
    account: str = ""
    arrivals: Arrivals = field(default_factory=Arrivals)
    asked_at: float = -inf
    polls: dict[float, object] = field(default_factory=dict)
    resent_at: float = -inf
    unanswered: bool = True

    @property
    def held(self) -> Activation:
        """The purchase; a lease that ``acquire`` returned always has one."""
        if self.activation is None:
            raise OtpError(f"lease {self.id} holds no number: it is {self.state}")
        return self.activation

    def record(self, event: Event) -> Flow[None]:
        """Move to the state that ``event`` leads to, once the ledger has it.

        An interruption (Ctrl-C) may come before the commit or after it, and only the ledger knows
        which. So nothing more is done with the lease here: the sweep that ends the run goes by
        its row.
        """
        state = move(self.state, event)
        try:
            yield Record(event)
        except Exception:
            raise
        except BaseException:
            self.state = None
            raise
        self.state = state
