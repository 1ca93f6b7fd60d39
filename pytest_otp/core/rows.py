"""What a ledger tells of leases and budgets, whatever store it keeps them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_otp.core.states import State
    from pytest_otp.models import Money


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that a lease belongs to while it lives.

    Attributes:
        id: the process's own; its liveness is a lock that dies with it.
        run: id of the pytest run.
        worker: the xdist worker, or ``main``.
        live: it talks to real providers.
    """

    id: str
    run: str = ""
    worker: str = "main"
    live: bool = False

    @property
    def account(self) -> str:
        """The sandbox's account of the process."""
        return f"{self.run}-{self.worker}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A lease as the ledger has it.

    Attributes:
        asked: the price that was named before the purchase.
        charged: the price of the purchase; None until it is confirmed.
        refunded: what came back.
        balance_before: the account's money, where only it can tell a lost purchase.
        balance_at: when that was asked for; without it, nothing.
        activation_id: the provider's id of the purchase; None until it is confirmed.
        number: E.164; None until it is confirmed.
        expires_at: seconds since the epoch, as every moment here.
        due_at: before this moment collecting the debt is useless; None where nobody said.
        code_after_s: seconds from the purchase to the first message; None without one.
        reuse: a number was asked for that can be used again.
        late: a message was found when the test was done with the number.
    """

    lease_id: str
    state: State
    owner: Owner
    test: str
    provider: str
    base_url: str
    service: str
    country: str
    tags: tuple[str, ...]
    asked: Money | None
    charged: Money | None
    refunded: Money | None
    balance_before: Money | None
    balance_at: float
    activation_id: str | None
    number: str | None
    expires_at: float | None
    due_at: float | None
    code_after_s: float | None
    created_at: float
    changed_at: float
    late: bool = False
    reuse: bool = False

    @property
    def account(self) -> tuple[str, str, str]:
        """Whose money it is: in a rehearsal each process has an account of its own."""
        return (self.provider, self.base_url, "" if self.owner.live else self.owner.account)


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """What a budget has seen.

    Attributes:
        reserved: claimed by leases that are open.
        spent: gone for good.
    """

    key: str
    name: str
    limit: Money
    reserved: Money
    spent: Money
