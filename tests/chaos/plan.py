"""What a round of chaos will do, drawn from its seed.

The seed repeats the choices: the suite, the faults, the signals. It cannot repeat the moment at
which a signal strikes, for the scheduler has its say in that: a failure is made to come again by
more rounds like it, and explained by the ledger's events.
"""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.chaos.suite import KINDS

PROVIDERS: Final = ("sandbox", "dogesms", "sms-activate", "smsgang", "smscode")
# These have neither idempotency keys nor a list of purchases: a purchase whose answer was lost
# can be told from the balance only, and its number never.
KEYLESS: Final = frozenset({"sms-activate", "smsgang", "smscode"})

Target = Literal["main", "group", "worker"]

_TESTS: Final = 12
_HOLD_S: Final = 120
# No provider of the sandbox keeps a number without a message for longer.
_LONGEST_WINDOW_S: Final = 20 * 60
# SMSGang has no cancel, so its debts are settled by its window, 15 minutes.
_NO_CANCEL_WINDOW_S: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Stop:
    """How a run is stopped.

    Attributes:
        after_leases: numbers sold to this run before the signal.
        delay_s: from then to the signal.
        target: who gets it; a worker, only where there are workers.
        then_kill_s: after so long SIGKILL follows, as CI systems do it; None where it does not.
    """

    signal: signal.Signals
    target: Target
    after_leases: int
    delay_s: float
    then_kill_s: float | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One pytest process.

    Attributes:
        workers: of xdist; 0 without it.
        faults: keyword arguments of ``Sandbox.fault``.
        hold_s: how long after a purchase a cancel is refused.
        latency_s: how long a message is under way.
    """

    kinds: tuple[str, ...]
    workers: int
    faults: tuple[dict[str, Any], ...]
    hold_s: int
    latency_s: float
    stop: Stop


@dataclass(frozen=True, slots=True)
class Plan:
    """A round: runs on one ledger, one after the other, and the sweep that ends it.

    Attributes:
        advance_s: what the sandbox's clock is moved by before the sweep.
    """

    seed: int
    provider: str
    runs: tuple[RunPlan, ...]
    advance_s: int


def draw(provider: str, seed: int) -> Plan:
    """The round of this seed."""
    chance = random.Random(f"{seed}/{provider}")
    runs = tuple(_run(provider, chance) for _ in range(chance.choice((1, 1, 2))))
    past_hold = _HOLD_S if provider != "smsgang" else _NO_CANCEL_WINDOW_S
    advance_s = chance.choice((past_hold, past_hold, past_hold, _LONGEST_WINDOW_S))
    return Plan(seed, provider, runs, advance_s + 5)


def _run(provider: str, chance: random.Random) -> RunPlan:
    workers = chance.choice((0, 0, 0, 0, 4))
    return RunPlan(
        kinds=tuple(chance.choices(KINDS, k=_TESTS)),
        workers=workers,
        faults=tuple(chance.sample(_faults(provider), chance.randint(0, 3))),
        hold_s=chance.choice((0, _HOLD_S)),
        latency_s=chance.choice((0.0, 0.0, 0.2)),
        stop=_stop(workers, chance),
    )


def _stop(workers: int, chance: random.Random) -> Stop:
    targets: list[Target] = ["main", "main", "group", "worker"] if workers else ["main", "group"]
    how = chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
    impatient = how is not signal.SIGKILL and chance.random() < 0.3
    return Stop(
        signal=how,
        target=chance.choice(targets),
        after_leases=chance.randint(1, 8),
        delay_s=chance.choice((0.0, chance.uniform(0.0, 0.05), chance.uniform(0.0, 0.5))),
        then_kill_s=chance.uniform(0.0, 1.0) if impatient else None,
    )


def _faults(provider: str) -> list[dict[str, Any]]:
    """Every kind of misbehaviour; the purchase that is made and never answered comes twice."""
    everything = {"path": f"/{provider}/*"}
    purchase = {"path": f"/{provider}/*", "method": "POST"}
    return [
        {**purchase, "drop": "after", "probability": 0.3},
        {**purchase, "drop": "after", "probability": 0.3, "reset": True},
        {**everything, "drop": "during", "probability": 0.1},
        {**everything, "drop": "before", "probability": 0.1, "reset": True},
        {**everything, "status": 429, "retry_after_s": 1, "probability": 0.1},
        {**everything, "status": 429, "probability": 0.15},
        {**everything, "status": 500, "probability": 0.15},
        {**everything, "delay_s": 0.1, "probability": 0.3},
    ]
