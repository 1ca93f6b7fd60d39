"""What the kit learns from its own waits, in simulated time; and what could be reached at best.

Real clients and flows, thousands of codes. Where a provider gives no moments, the kit knows of an
arrival only between which of its polls it was: whether it learns from that cannot be seen with a
history of exact arrivals. *Known* is the same schedule, made from the very distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import httpx

from arriving import SHAPES, arrivals, arrived, polls_of_loop
from pytest_otp.core import lifecycle
from pytest_otp.core.arrivals import Arrivals
from pytest_otp.core.effects import Pause, Send
from pytest_otp.core.lease import Lease
from pytest_otp.core.pacing import Poll, Turn
from pytest_otp.core.states import MessageArrived, State
from pytest_otp.models import Activation, Offer
from pytest_otp.providers.sms_activate import SmsActivateProvider
from pytest_otp.providers.smscode import SmsCodeProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_otp.core.effects import Effect, Flow
    from pytest_otp.core.provider import Provider

CODES: Final = 800
TIMEOUT_S: Final = 120.0
URL: Final = "http://127.0.0.1:1"
# What the ledger tells, and after how many codes it is asked again.
LATEST: Final = 100
AFRESH: Final = 10


class Distribution(Protocol):
    """What schedules are made from."""

    def by(self, seconds: float) -> float:
        """The probability of an arrival by then."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A shape as it is."""

    shape: str

    def by(self, seconds: float) -> float:
        """The probability of an arrival by then."""
        return arrived(self.shape, seconds)

    def between(self, sooner_s: float, _later_s: float, _lot: float) -> float:
        """Nothing is learnt."""
        return sooner_s


@dataclass(frozen=True, slots=True)
class Pacing:
    """A provider's client, and how many wait there."""

    label: str
    loop_s: float
    provider: Callable[[str], Provider]
    pending: dict[str, object]
    there: dict[str, object]
    waiting: int = 1


_WAITING: Final = {"success": True, "data": {"status": "WAITING"}}
_RECEIVED: Final = {"success": True, "data": {"status": "OTP_RECEIVED", "otp_code": "123456"}}
PACINGS: Final = [
    Pacing("5 s documented", 5.0, SmsCodeProvider, _WAITING, _RECEIVED),
    *(
        Pacing(
            label,
            loop_s,
            SmsActivateProvider,
            {"status": "pending"},
            {"status": "received", "code": "123456"},
            waiting,
        )
        for label, loop_s, waiting in (
            ("share of a poll in 5 s", 5.0, 25),
            ("share of a poll in 3 s", 3.0, 15),
            ("room left", 5.0, 1),
        )
    ),
]


class Wait:
    """One wait, played in simulated time."""

    def __init__(self, pacing: Pacing, name: str, known: Distribution, arrives_s: float) -> None:
        self.now = 0.0
        self.requests = 0
        self.learnt: float | None = None
        self._pacing = pacing
        self._arrives_s = arrives_s
        provider = pacing.provider(URL)
        lease = Lease(
            id=name,
            provider=provider,
            offer=Offer(provider.name, "any", "US", None),
            state=State.HELD,
            activation=Activation("1", "+12025550123"),
            arrivals=cast("Arrivals", known),
        )
        self._play(lifecycle.wait(lease, lambda _message: None, TIMEOUT_S))

    def _play(self, flow: Flow[object]) -> None:
        answer: Any = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration:
                return
            answer = self._perform(effect)

    def _perform(self, effect: Effect) -> object:
        match effect:
            case Pause(seconds):
                self.now += seconds
                return self.now
            case Send():
                self.requests += 1
                pacing, there = self._pacing, self.now >= self._arrives_s
                return httpx.Response(200, json=pacing.there if there else pacing.pending)
        if isinstance(effect.event, Poll):
            return Turn(self.now, self._pacing.waiting)
        if isinstance(effect.event, MessageArrived):
            self.learnt = effect.event.awaited_s
        return None


def play(pacing: Pacing, coming: Sequence[float], known: Distribution | None) -> list[Wait]:
    """Every code in turn; without a distribution given, what was learnt from those before."""
    waits: list[Wait] = []
    seen: list[float] = []
    for n, arrives_s in enumerate(coming):
        if known is None or n % AFRESH == 0:
            distribution = known or Arrivals(tuple(seen[-(n // AFRESH) * AFRESH :][-LATEST:]))
        wait = Wait(pacing, f"lease-{n}", distribution, arrives_s)
        waits.append(wait)
        seen.append(wait.learnt or 0.0)
    return waits


def told(pacing: Pacing, coming: Sequence[float], waits: Sequence[Wait]) -> str:
    """Delay and requests as parts of the loop's."""
    delay = mean(wait.now - at for wait, at in zip(waits, coming, strict=True))
    of_loop = mean(-at % pacing.loop_s for at in coming)
    requests = mean(wait.requests for wait in waits)
    return f"{delay / of_loop:10.2f}{requests / polls_of_loop(list(coming), pacing.loop_s):6.2f}"


if __name__ == "__main__":
    print("delay and requests, as parts of the loop's")
    print(f"{'':40}{'nothing seen':>16}{'learning':>16}{'known':>16}")
    for shape in SHAPES:
        coming = arrivals(shape, CODES, 7)
        for pacing in PACINGS:
            cells = [
                told(pacing, coming, play(pacing, coming, Arrivals())),
                told(pacing, coming[LATEST:], play(pacing, coming, None)[LATEST:]),
                told(pacing, coming, play(pacing, coming, cast("Distribution", Known(shape)))),
            ]
            print(f"{shape + ', ' + pacing.label:40}{''.join(cells)}")
