"""The sides of the latency benchmark: how each of them waits for a code, over real HTTP."""

from __future__ import annotations

import os
import signal
import time
from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import uuid4

import httpx

from pytest_otp.connections import Connections
from pytest_otp.core import states
from pytest_otp.core.rows import Owner
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.markers import LeaseOptions
from pytest_otp.models import Activation
from pytest_otp.runtime import Runtime
from pytest_otp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_otp.phone import Phone

SERVICE: Final = "telegram"
# A lease takes three requests.
BATCH: Final = 90


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the sides play.

    Attributes:
        sandbox: URL.
        adapter: URL.
        folder: for ledgers and the like.
    """

    sandbox: str
    adapter: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number, and a call that returns when its code is there."""

    number: str
    wait: Callable[[], object]


class Side(Protocol):
    """One way to wait."""

    @property
    def label(self) -> str:
        """Its name in the tables."""
        ...

    @property
    def keys(self) -> Sequence[str]:
        """The accounts whose requests are its own, one for each lane."""
        ...

    def prepare(self, stage: Stage, size: int) -> list[Ticket]:
        """Buy the numbers; the lanes take turns."""
        ...


# -- others ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Other:
    """A wait that is not the kit's, on numbers of the sandbox's own dialect.

    Attributes:
        begin: makes the wait for one activation, given its id.
    """

    label: str
    key: str
    begin: Callable[[Stage, str], Callable[[str], object]]

    @property
    def keys(self) -> Sequence[str]:
        """One account: its dialect has no rate limit."""
        return [self.key]

    def prepare(self, stage: Stage, size: int) -> list[Ticket]:
        """Buy the numbers."""
        connections = Connections({}, live=False)
        provider = connections.rehearsal("sandbox", f"{stage.sandbox}/sandbox", self.key)
        driver = connections.reader()
        (offer,) = driver.run(provider.offers(SERVICE, "US"))
        wait = self.begin(stage, self.key)
        tickets = []
        for _ in range(size):
            activation = driver.run(provider.buy(offer, str(uuid4())))
            number = activation.id.removeprefix("act-")
            tickets.append(Ticket(activation.number, partial(wait, number)))
        connections.close()
        return tickets


def loop(interval_s: float, label: str) -> Other:
    """At once, and then each interval."""

    def begin(stage: Stage, key: str) -> Callable[[str], object]:
        client = httpx.Client(
            base_url=f"{stage.sandbox}/sandbox/activations",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        )

        def wait(activation: str) -> None:
            while not client.get(f"/act-{activation}").json()["messages"]:
                time.sleep(interval_s)

        return wait

    return Other(label, f"loop {interval_s:g}", begin)


def smscode_sdk() -> Other:
    """The official SDK's ``orders.wait_for_otp``, with its default interval of 3 s."""
    if find_spec("smscode") is None:
        return loop(3.0, "3 s loop, for smscode: not installed")

    def begin(stage: Stage, key: str) -> Callable[[str], object]:
        client = import_module("smscode").SmscodeClient(token=key, base_url=stage.adapter)
        return lambda order: client.orders.wait_for_otp(int(order))

    return Other("smscode SDK, 3 s", "smscode sdk", begin)


def sms_verifier() -> Other:
    """``sms-verifier``'s ``do_wait``, with its default interval of 5 s."""
    if find_spec("sms_verifier") is None:
        return loop(5.0, "5 s loop, for sms-verifier: not installed")

    core: Any = import_module("sms_verifier.core")
    # It lets a lost connection kill the process, and it prints each code.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    core.print = lambda *_args, **_options: None

    def begin(stage: Stage, key: str) -> Callable[[str], object]:
        os.environ["SMS_PROVIDER_BASE_URL"] = f"{stage.adapter}/handler_api.php"
        os.environ["SMS_PROVIDER_API_KEY"] = key
        core.STATE = stage.folder / "activations.json"
        options = Namespace(timeout=300.0, interval=5.0, no_cancel_on_timeout=True)
        record = {"provider": "sms-activate", "phone": ""}
        return lambda activation: core.do_wait(options, {}, activation, dict(record))

    return Other("sms-verifier, 5 s", "sms-verifier", begin)


# -- the kit -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kit:
    """``Phone.wait_for_code()`` on one of the kit's clients, with a ledger that has seen arrivals.

    Attributes:
        provider: whose client and dialect.
        seen: arrivals of earlier runs.
        lanes: accounts, which take turns.
        name: tells several sides at one provider apart.
    """

    label: str
    provider: str
    seen: Sequence[float] = ()
    lanes: int = 1
    name: str = "kit"
    timeout_s: float = 120.0

    @property
    def keys(self) -> Sequence[str]:
        """An account for each lane."""
        return [self._owner(lane).account for lane in range(self.lanes)]

    def prepare(self, stage: Stage, size: int) -> list[Ticket]:
        """Lease the phones."""
        return [Ticket(each.number, each.wait_for_code) for each in self.lease(stage, size)]

    def lease(
        self, stage: Stage, size: int, after_batch: Callable[[], None] | None = None
    ) -> list[Phone]:
        """Tell the ledger what earlier runs saw, and lease so many phones.

        Args:
            stage: where.
            size: how many.
            after_batch: called whenever sms-activate.dev's limit of a minute is nearly used up.
        """
        path = stage.folder / f"{self.name} {self.provider}.sqlite3"
        settings = Settings(
            providers=(self.provider,), service=SERVICE, timeout_s=self.timeout_s, ledger=path
        )
        options = LeaseOptions.of(settings)
        ledgers = [SqliteLedger(path, self._owner(lane)) for lane in range(self.lanes)]
        self._remember(ledgers[0])
        runtimes = [Runtime(settings, stage.sandbox, ledger) for ledger in ledgers]
        phones = []
        for n in range(size):
            phones.append(runtimes[n % self.lanes].lease(options, f"wait-{n}", []))
            if after_batch and n % BATCH == BATCH - 1:
                after_batch()
        return phones

    def _owner(self, lane: int) -> Owner:
        return Owner(str(uuid4()), self.name, f"{self.provider}-{lane}")

    def _remember(self, ledger: SqliteLedger) -> None:
        for n, awaited_s in enumerate(self.seen):
            name, at = f"earlier-{n}", time.time() - 3600
            intended = states.Intended(
                lease_id=name,
                provider=self.provider,
                base_url="http://127.0.0.1:1",
                service=SERVICE,
                country="US",
                idempotency_key=name,
                asked=None,
                test="",
            )
            activation = Activation(id=name, number="+12025550123")
            for event in (
                intended,
                states.NumberBought(lease_id=name, activation=activation),
                states.MessageArrived(
                    lease_id=name, message_id="1", received_at=None, awaited_s=awaited_s
                ),
                states.Spent(lease_id=name),
            ):
                ledger.record(event, at)
