"""From the arrival of an SMS to its return: the kit's wait beside those of others.

``pip install smscode sms-verifier`` adds their own, unchanged wait functions; without them the
loops that they run stand in. All wait in simulated time, on the same seeded arrivals, and a request
takes none: what is compared is when each of them asks. Only the long poll is measured in real
time, against a sandbox of this process.
"""

from __future__ import annotations

import random
import threading
import time
from argparse import Namespace
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from importlib import import_module
from io import StringIO
from statistics import mean, median, quantiles
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx

from pytest_otp.connections import Connections
from pytest_otp.core import lifecycle
from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.effects import Pause, Send
from pytest_otp.core.lease import Lease
from pytest_otp.core.pacing import Poll, Turn
from pytest_otp.core.states import State
from pytest_otp.models import Activation, Offer
from pytest_otp.providers.sms_activate import SmsActivateProvider
from pytest_otp.providers.smscode import SmsCodeProvider
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_otp.core.effects import Effect, Flow
    from pytest_otp.core.provider import Provider
    from pytest_otp.core.states import Event
    from pytest_otp.models import Message

CODES, SEEN, TIMEOUT_S = 400, 100, 120.0
URL = "http://127.0.0.1:1"


@dataclass
class Provided:
    """A provider's side of one wait: when its SMS arrives, the time, and the requests."""

    arrives_s: float
    now: float = 0.0
    requests: int = 0

    def there(self) -> bool:
        """A request: whether the SMS has arrived."""
        self.requests += 1
        return self.now >= self.arrives_s

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


def loop(interval_s: float) -> Callable[[Provided], None]:
    """At once, and then each interval."""

    def wait(provided: Provided) -> None:
        while not provided.there():
            provided.sleep(interval_s)

    return wait


def smscode_sdk() -> tuple[str, Callable[[Provided], None]]:
    """The official SDK's ``wait_for_otp`` with its default interval, 3 s."""
    with suppress(ImportError):
        wait_for_otp = import_module("smscode.wait").wait_for_otp

        def wait(provided: Provided) -> None:
            def order() -> dict[str, object]:
                there = provided.there()
                return {"otp_code": "123456" if there else None, "status": "ACTIVE"}

            wait_for_otp(order, sleep=provided.sleep, now=lambda: provided.now * 1000)

        return "smscode SDK, 3 s", wait
    return "3 s loop (smscode is not installed)", loop(3.0)


def sms_verifier() -> tuple[str, Callable[[Provided], None]]:
    """``sms-verifier``'s ``do_wait`` with its default interval, 5 s."""
    with suppress(ImportError):
        core = import_module("sms_verifier.core")

        def wait(provided: Provided) -> None:
            def status(*_: object) -> str:
                return "STATUS_OK:123456" if provided.there() else "STATUS_WAIT_CODE"

            clock = SimpleNamespace(time=lambda: provided.now, sleep=provided.sleep)
            options = Namespace(timeout=1e6, interval=5.0, no_cancel_on_timeout=True)
            record = {"provider": "x", "phone": "x"}
            with (
                patch.multiple(core, pool_call=status, time=clock, save_state=lambda _state: None),
                redirect_stdout(StringIO()),
            ):
                core.do_wait(options, {}, "1", record)

        return "sms-verifier, 5 s", wait
    return "5 s loop (sms-verifier is not installed)", loop(5.0)


@dataclass
class Kit:
    """This kit's wait on one of its real clients.

    Attributes:
        waiting: leases that share the account's limit.
        seen: arrivals that the ledger has seen.
    """

    provider: Callable[[], Provider]
    answer: Callable[[bool], dict[str, object]]
    waiting: int = 1
    seen: tuple[float, ...] = ()
    effects: int = field(default=0)

    def __call__(self, provided: Provided) -> None:
        """Play the flow."""
        provider = self.provider()
        lease = Lease(
            id="lease-1",
            provider=provider,
            offer=Offer(provider.name, "any", "US", None),
            state=State.HELD,
            activation=Activation("1", "+12025550123"),
            arrivals=Arrivals(self.seen),
        )
        flow: Flow[object] = lifecycle.wait(lease, _anything, TIMEOUT_S)
        answer: Any = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration:
                return
            answer = self._perform(effect, provided)

    def _perform(self, effect: Effect, provided: Provided) -> object:
        match effect:
            case Pause(seconds):
                provided.sleep(seconds)
                return provided.now
            case Send():
                return httpx.Response(200, json=self.answer(provided.there()))
            case _:
                return self._turn(effect.event, provided.now)

    def _turn(self, event: Event | Poll, now: float) -> Turn | None:
        return Turn(now, self.waiting) if isinstance(event, Poll) else None


def _anything(_message: Message) -> str | None:
    return None


def sms_activate(there: bool) -> dict[str, object]:  # noqa: FBT001 - the one thing to say
    """What sms-activate.dev answers to a read."""
    return {"status": "received", "code": "123456"} if there else {"status": "pending"}


def smscode(there: bool) -> dict[str, object]:  # noqa: FBT001 - as above
    """What SMSCode answers to a read."""
    order = {"status": "OTP_RECEIVED", "otp_code": "123456"} if there else {"status": "WAITING"}
    return {"success": True, "data": order}


def arrivals(name: str, rng: random.Random) -> float:
    """Seconds from the start of a wait to the SMS."""
    if name == "bimodal" and rng.random() < 0.4:
        return rng.lognormvariate(3.2, 0.25)
    if name == "heavy tail":
        return min(110.0, 2.2 * rng.paretovariate(1.2))
    if name == "bimodal":
        return rng.lognormvariate(1.0, 0.4)
    return rng.lognormvariate(1.386, 0.668)


def compare(name: str) -> None:
    """One table: every wait on the same arrivals."""
    rng = random.Random(7)  # noqa: S311 - figures should repeat
    seen = tuple(arrivals(name, rng) for _ in range(SEEN))
    coming = [min(119.0, arrivals(name, rng)) for _ in range(CODES)]

    def kit(label: str, **how: Any) -> tuple[str, Callable[[Provided], None]]:  # noqa: ANN401 - passed on
        return label, Kit(lambda: SmsActivateProvider(URL), sms_activate, **how)

    def paced(label: str, **how: Any) -> tuple[str, Callable[[Provided], None]]:  # noqa: ANN401 - passed on
        return label, Kit(lambda: SmsCodeProvider(URL), smscode, **how)

    print(f"\n{name}: median {median(coming):.1f} s, mean {mean(coming):.1f} s")
    print(f"{'':42}{'mean':>8}{'median':>8}{'p95':>8}{'requests':>10}")
    for label, wait in [
        ("5 s loop", loop(5.0)),
        sms_verifier(),
        smscode_sdk(),
        paced("kit, 5 s documented, nothing seen"),
        paced(f"kit, 5 s documented, {SEEN} seen", seen=seen),
        kit("kit, share of one in 5 s, nothing seen", waiting=25),
        kit(f"kit, share of one in 5 s, {SEEN} seen", waiting=25, seen=seen),
        kit("kit, share of one in 3 s, nothing seen", waiting=15),
        kit(f"kit, share of one in 3 s, {SEEN} seen", waiting=15, seen=seen),
        kit("kit, room left, nothing seen"),
        kit(f"kit, room left, {SEEN} seen", seen=seen),
    ]:
        show(label, *run(wait, coming))


def run(wait: Callable[[Provided], None], coming: Sequence[float]) -> tuple[list[float], float]:
    """The delays, and the requests for a code."""
    all_provided = [Provided(each) for each in coming]
    for provided in all_provided:
        wait(provided)
    delays = [each.now - each.arrives_s for each in all_provided]
    return delays, mean(each.requests for each in all_provided)


def show(label: str, delays: Sequence[float], requests: float) -> None:
    """One row."""
    p95 = quantiles(delays, n=20)[-1]
    row = f"{mean(delays):8.2f}{median(delays):8.2f}{p95:8.2f}{requests:10.2f}"
    print(f"{label:42}{row}")


def long_poll(rounds: int = 200) -> None:
    """In real time: from the delivery at the sandbox to the return of the wait."""
    with start() as running:
        sandbox = Sandbox(running.url)
        connections = Connections({}, live=False)
        provider = connections.rehearsal("sandbox", f"{running.url}/sandbox", "bench")
        driver = connections.reader()
        delays = []
        for n in range(rounds):
            (offer,) = driver.run(provider.offers("any", "US"))
            activation = driver.run(provider.buy(offer, f"key-{n}"))
            arrived: list[float] = []

            def deliver(number: str = activation.number, arrived: list[float] = arrived) -> None:
                time.sleep(0.05)
                sandbox.deliver(number, "Your code is 123456")
                arrived.append(time.monotonic())

            thread = threading.Thread(target=deliver)
            thread.start()
            driver.run(provider.read(activation, known=0, wait_s=10.0))
            returned = time.monotonic()
            thread.join()
            delays.append(max(0.0, returned - arrived[0]))
        connections.close()
        sandbox.close()
    p95 = quantiles(delays, n=20)[-1]
    print(f"\nlong poll, real time: median {median(delays) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")


if __name__ == "__main__":
    for each in ("log-normal", "bimodal", "heavy tail"):
        compare(each)
    long_poll()
