"""A sweep over the leases of several dead processes, against a real sandbox."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

import pytest

from pytest_otp import providers
from pytest_otp.connections import Connections
from pytest_otp.core import buying
from pytest_otp.core.lease import Wish
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import State
from pytest_otp.drivers import retrying
from pytest_otp.drivers.clock import Clock
from pytest_otp.errors import PurchaseUnknown
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.sweep import Swept, Waiting, sweep, sweeping

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_otp.core.provider import Provider
    from pytest_otp.sandbox.handle import Sandbox


class Earlier(Clock):
    """So long ago that no purchase of then is under way any more."""

    def now(self) -> float:
        """Ten seconds before the present."""
        return super().now() - 10


class Dead:
    """Processes that leased and died: nothing is closed, and the ledger has their rows."""

    def __init__(self, path: Path, sandbox: Sandbox, provider: str) -> None:
        self._path = path
        self._provider = provider
        self._base_url = f"{sandbox.url}/{provider}"
        self._ids = count(1)

    def lease(self, worker: str, clock: Clock | None = None) -> None:
        """Buy a number as this worker, and die; ten seconds ago, unless a clock is named."""
        owner = Owner(f"{self._provider}-{next(self._ids)}", run="run", worker=worker)
        connections = Connections({}, live=False)
        connections.clock = clock or Earlier()
        seller = connections.rehearsal(self._provider, self._base_url, owner.account)
        wish = Wish(service="any", countries=("US",), addresses={self._provider: self._base_url})
        with closing(connections), closing(SqliteLedger(self._path, owner)) as ledger:
            new_id = f"lease-{owner.id}"
            connections.driver(ledger).run(buying.acquire(wish, [seller], lambda: new_id, []))

    def swept(self) -> list[State]:
        """The states of all leases after a sweep, in the order of their purchases."""
        with closing(SqliteLedger(self._path, Owner("sweeper"))) as ledger:
            sweep(ledger, {}, own=False)
            return [row.state for row in ledger.rows()]


def test_another_accounts_purchase_does_not_hide_a_lost_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Each worker of a rehearsal has its own money; what one paid says nothing of the other."""
    dead = Dead(tmp_path / "ledger", sandbox, "sms-activate")
    sandbox.fault(method="POST", path="*/buy", drop="after", times=1)
    with pytest.raises(PurchaseUnknown):
        dead.lease("gw0")
    dead.lease("gw1")
    assert dead.swept() == [State.WRITTEN_OFF, State.REFUNDED]


def test_refund_in_the_same_sweep_does_not_hide_a_lost_purchase(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A number that is given back just before makes the balance what it was; it is counted."""
    dead = Dead(tmp_path / "ledger", sandbox, "sms-activate")
    dead.lease("gw0")
    sandbox.fault(method="POST", path="*/buy", drop="after", times=2)
    for _ in range(2):
        with pytest.raises(PurchaseUnknown):
            dead.lease("gw0")
    sandbox.clear_faults()
    sandbox.fault(method="POST", path="*/buy", drop="before", times=1)
    with pytest.raises(PurchaseUnknown):
        dead.lease("gw0")
    assert dead.swept() == [State.REFUNDED, State.WRITTEN_OFF, State.WRITTEN_OFF, State.FAILED]
    assert [each.refunded for each in sandbox.activations()] == [True, False, False]


def test_refund_whose_answer_was_lost_does_not_hide_a_lost_purchase(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The money of the one is back, which nobody knows yet, and makes up for that of the other."""
    dead = Dead(tmp_path / "ledger", sandbox, "smscode")
    sandbox.fault(method="POST", path="*/orders", drop="after", times=1)
    with pytest.raises(PurchaseUnknown):
        dead.lease("gw0")
    dead.lease("gw0")
    sandbox.fault(path="*/cancel", drop="after", times=1)
    sandbox.fault(path="*/cancel", status=429, retry_after_s=60)
    assert dead.swept() == [State.UNKNOWN, State.OWED]
    assert [each.refunded for each in sandbox.activations()] == [False, True]
    sandbox.clear_faults()
    assert dead.swept() == [State.WRITTEN_OFF, State.REFUNDED]


@pytest.mark.parametrize("provider", ["sandbox", "sms-activate", "smsgang", "smscode"])
def test_purchase_that_may_yet_take_place_is_not_called_unsold(
    tmp_path: Path, sandbox: Sandbox, provider: str
) -> None:
    """Whoever sent it died a moment ago, and the provider may still be busy with it."""
    dead = Dead(tmp_path / "ledger", sandbox, provider)
    for clock in (Earlier(), Clock()):
        sandbox.fault(method="POST", path=f"/{provider}/*", drop="before", times=1)
        sandbox.fault(method="POST", path=f"/{provider}/*", status=429, retry_after_s=60)
        with pytest.raises(PurchaseUnknown):
            dead.lease("gw0", clock)
        sandbox.clear_faults()
    assert dead.swept() == [State.FAILED, State.UNKNOWN]


@pytest.mark.parametrize("provider", ["smsgang", "sms-activate", "smscode"])
def test_windows_that_closed_together_are_all_seen_refunded(
    tmp_path: Path, sandbox: Sandbox, provider: str
) -> None:
    """No cancel is left to tell: the balance must, and one sweep settles several such leases."""
    dead = Dead(tmp_path / "ledger", sandbox, provider)
    for _ in range(3):
        dead.lease("gw0")
    sandbox.advance(60 * 60)
    assert dead.swept() == [State.REFUNDED] * 3


def test_window_that_closed_without_a_refund_is_paid(tmp_path: Path, sandbox: Sandbox) -> None:
    """As far as the balance can tell: here somebody else has used the account meanwhile."""
    dead = Dead(tmp_path / "ledger", sandbox, "sms-activate")
    dead.lease("gw0")
    sandbox.advance(60 * 60)
    sandbox.set_balance("run-gw0", "7 USD", dialect="sms-activate")
    assert dead.swept() == [State.EXPIRED]


def test_number_that_its_provider_forgot_is_no_open_lease_for_ever(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """SMSGang answers 404 for it: the balance tells whether the money came back."""
    dead = Dead(tmp_path / "ledger", sandbox, "smsgang")
    dead.lease("gw0")
    sandbox.advance(15 * 60 + 1)
    sandbox.fault(path="*/check-sms", status=404, body={"message": "Activation not found"})
    assert dead.swept() == [State.REFUNDED]


def test_granted_cancel_is_no_refund_where_messages_forfeit_it(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """SMSCode cancels after the code too, and its answer need not tell; the order does."""
    dead = Dead(tmp_path / "ledger", sandbox, "smscode")
    dead.lease("gw0")
    dead.lease("gw0")
    used, _unused = sandbox.activations()
    sandbox.deliver(used.number, "Your code is 123456")
    granted = {"success": True, "data": {"order_id": "ord", "status": "CANCELLED"}}
    sandbox.fault(path=f"*/ord_{used.id}/cancel", status=200, body=granted)
    assert dead.swept() == [State.SPENT, State.REFUNDED]


def test_leases_of_one_account_share_a_client_and_so_its_pace(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred debts are collected no faster than the provider lets one client ask."""
    dead = Dead(tmp_path / "ledger", sandbox, "dogesms")
    for worker in ("gw0", "gw0", "gw1"):
        dead.lease(worker)
    made: list[str] = []
    create = providers.create

    def counted(name: str, base_url: str) -> Provider:
        made.append(name)
        return create(name, base_url)

    monkeypatch.setattr(providers, "create", counted)
    assert dead.swept() == [State.REFUNDED] * 3
    assert made == ["dogesms"] * 2


def test_provider_that_does_not_answer_is_asked_once_for_all_its_leases(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A run does not begin with the timeouts of a hundred debts; another account's are settled."""
    silent, well = (Dead(tmp_path / "ledger", sandbox, name) for name in ("dogesms", "smscode"))
    for dead in (silent, silent, well, silent):
        dead.lease("gw0")
    sandbox.fault(path="/dogesms/*", drop="before")
    assert well.swept() == [State.HELD, State.HELD, State.REFUNDED, State.HELD]
    assert sandbox.fault_hits() == [retrying.TRIES]
    sandbox.clear_faults()
    assert silent.swept() == [State.REFUNDED] * 4


def test_what_is_settled_is_told_before_the_wait_for_the_rest(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """An hour of waiting for the last refund does not keep the first one from being told."""
    dead = Dead(tmp_path / "ledger", sandbox, "sms-activate")
    sandbox.set_cancel_hold(120)
    dead.lease("gw0")
    sandbox.advance(121)
    dead.lease("gw0")
    with closing(SqliteLedger(tmp_path / "ledger", Owner("sweeper"))) as ledger:
        steps = sweeping(ledger, {}, own=False, wait_s=3600)
        first, then = next(steps), next(steps)
        steps.close()
    assert isinstance(first, Swept)
    assert first.state is State.REFUNDED
    assert isinstance(then, Waiting)
    assert then.leases == 1


def test_a_refund_that_fails_again_and_again_is_not_asked_for_without_a_pause(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The time that the provider named is over, and it is still down: seconds, not moments."""
    dead = Dead(tmp_path / "ledger", sandbox, "sandbox")
    dead.lease("gw0")
    sandbox.fault(path="*/cancel", status=429, retry_after_s=0, times=9)
    with closing(SqliteLedger(tmp_path / "ledger", Owner("sweeper"))) as ledger:
        steps = sweeping(ledger, {}, own=False, wait_s=3600)
        waiting = next(steps)
        steps.close()
        (row,) = ledger.rows()
    assert isinstance(waiting, Waiting)
    assert row.due_at is not None
    assert waiting.until >= row.changed_at + 5
