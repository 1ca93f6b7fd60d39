"""From the arrival of an SMS to its return: the kit's wait beside those of others, in real time.

One sandbox delivers every side's messages, as long after the start of each wait; the waits go
over real HTTP, many at once, and the sandbox counts their requests. A new wait begins at the
rate at which a loop would use a limit of 300 requests a minute up: so the kit, which obeys that
limit, is measured at the rate that the loop needs. Some waits before and after those that are
measured keep the number of waits even. ``pip install smscode sms-verifier`` adds the waits of
others; without them the loops that they run stand in.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median, quantiles
from typing import TYPE_CHECKING, Final

from arriving import SHAPES, arrivals, polls_of_loop
from pytest_otp.connections import Connections
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.handle import Sandbox
from serving import adapter, busiest, counting_sandbox, in_past
from waiting import SERVICE, Kit, Stage, loop, sms_verifier, smscode_sdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving import Counted
    from waiting import Side, Ticket

SEEN: Final = 100
LANES: Final = 2
# Waits of each lane before and after those that are measured.
RAMP: Final = 20
LIMIT_PER_S: Final = 300 / 60
# The kit is allowed a little less than the loops: for their requests take time, and so they make
# fewer than by their intervals.
LESS: Final = 0.97
PAST_S: Final = 600.0
TEXT: Final = "Your code is 123456"


@dataclass(slots=True)
class Run:
    """One side's waits, and what became of them.

    Attributes:
        rate: waits that begin in a second, in each lane.
        returned: when, by number.
        requests: for a code.
        busiest: requests of one lane in any minute, at most.
        refused: requests that were answered with a 429.
    """

    side: Side
    rate: float
    tickets: list[Ticket]
    returned: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    requests: float = 0.0
    busiest: int = 0
    refused: int = 0

    def start_s(self, n: int) -> float:
        """When a wait begins."""
        return (n // LANES) / self.rate

    @property
    def measured(self) -> list[str]:
        """The numbers whose waits are measured."""
        return [ticket.number for ticket in self.tickets[LANES * RAMP : -LANES * RAMP]]


def sides_at(seen: Sequence[float]) -> list[tuple[Side, float]]:
    """Everybody, and the interval of the loop at whose rate their waits begin."""
    return [
        (loop(5.0, "5 s loop"), 5.0),
        (sms_verifier(), 5.0),
        (smscode_sdk(), 3.0),
        (Kit("kit, 5 s documented", "smscode", seen, LANES), 5.0),
        (Kit("kit, limit as the 5 s loop needs", "sms-activate", seen, LANES, "five"), 5.0),
        (Kit("kit, limit as the 3 s loop needs", "sms-activate", seen, LANES, "three"), 3.0),
        (Kit("kit, room left", "dogesms", seen, LANES), 5.0),
    ]


def measure(shape: str, size: int, seed: int) -> list[Run]:
    """All sides at once on one shape."""
    ramps = [arrivals(shape, LANES * RAMP, seed + n) for n in (1, 2)]
    measured = arrivals(shape, size, seed)
    coming = [*ramps[0], *measured, *ramps[1]]
    sides = sides_at(arrivals(shape, SEEN, seed + 3))
    clock = Clock(start=datetime.now(UTC) - timedelta(seconds=PAST_S))
    with (
        tempfile.TemporaryDirectory() as folder,
        counting_sandbox(clock, seed) as (running, counted),
        adapter(running.url) as adapter_url,
        Sandbox(running.url) as sandbox,
    ):
        stage = Stage(running.url, adapter_url, Path(folder))
        with in_past(clock), ThreadPoolExecutor(len(sides)) as pool:
            bought = list(pool.map(lambda each: each[0].prepare(stage, len(coming)), sides))
        runs = [
            Run(side, LIMIT_PER_S / LESS / polls_of_loop(measured, interval_s), tickets)
            for (side, interval_s), tickets in zip(sides, bought, strict=True)
        ]
        skew = clock.now().timestamp() - time.time()
        begins = deliver_all(sandbox, runs, coming)
        wait_all(runs, begins)
        received = {each.to: each.received_at.timestamp() - skew for each in sandbox.messages()}
        numbers = {each.id: each.number for each in sandbox.activations()}
        waited = [each for each in counted if each.at >= begins]
        for run in runs:
            account(run, received, numbers, waited)
    return runs


def deliver_all(sandbox: Sandbox, runs: Sequence[Run], coming: Sequence[float]) -> float:
    """Put every message on its way; the moment at which the waits begin."""
    begins = time.time() + 2 + 0.01 * sum(len(run.tickets) for run in runs)
    for run in runs:
        for n, ticket in enumerate(run.tickets):
            due = begins + run.start_s(n) + coming[n]
            sandbox.deliver(ticket.number, TEXT, delay_s=max(0.0, due - time.time()))
    assert time.time() < begins, "this machine is too slow to deliver so many messages"
    return begins


def wait_all(runs: Sequence[Run], begins: float) -> None:
    """Begin each wait at its moment, and let all of them return."""
    due = sorted(
        ((run.start_s(n), run, ticket) for run in runs for n, ticket in enumerate(run.tickets)),
        key=lambda each: each[0],
    )

    def wait(run: Run, ticket: Ticket) -> None:
        ticket.wait()
        run.returned[ticket.number] = time.time()

    with ThreadPoolExecutor(len(due)) as pool:
        started = []
        for start_s, run, ticket in due:
            time.sleep(max(0.0, begins + start_s - time.time()))
            started.append(pool.submit(wait, run, ticket))
    for each in started:
        each.result()


def account(
    run: Run, received: dict[str, float], numbers: dict[int, str], counted: Sequence[Counted]
) -> None:
    """From what the sandbox saw: delays, requests and the busiest minute of an account."""
    own = [each for each in counted if each.key in run.side.keys]
    run.refused = sum(each.status == 429 for each in own)
    requests = Counter(numbers[_activation(each.path)] for each in own)
    run.requests = mean(requests[number] for number in run.measured)
    run.delays = [max(0.0, run.returned[number] - received[number]) for number in run.measured]
    # Others have one account for what the kit spreads over its lanes.
    lanes = LANES // len(run.side.keys)
    run.busiest = max(
        busiest([each.at for each in own if each.key == key], 60) // lanes for key in run.side.keys
    )


def _activation(path: str) -> int:
    """Every dialect's id of an activation ends in the sandbox's."""
    return int(re.findall(r"\d+", path)[-1])


def show(shape: str, runs: Sequence[Run]) -> None:
    """One table, and how the kit stands to the loops."""
    print(f"\n{shape}, {len(runs[0].delays)} codes a side")
    heads = f"{'mean':>8}{'median':>8}{'p95':>8}{'requests':>10}{'busiest minute':>16}"
    print(f"{'':34}{heads}{'refused':>9}")
    for run in runs:
        p95 = quantiles(run.delays, n=20)[-1]
        row = f"{mean(run.delays):8.2f}{median(run.delays):8.2f}{p95:8.2f}{run.requests:10.2f}"
        print(f"{run.side.label:34}{row}{run.busiest:16}{run.refused:9}")
    five, _, three, documented, as_five, as_three, room = runs
    for kit, other in ((documented, five), (as_five, five), (as_three, three), (room, five)):
        delay = mean(kit.delays) / mean(other.delays)
        requests = kit.requests / other.requests
        names = f"{kit.side.label} / {other.side.label}"
        print(f"{names:54}{delay:6.2f} of the delay,{requests:6.2f} of the requests")
    print(flush=True)


def long_poll(rounds: int = 200) -> None:
    """From the delivery at the sandbox to the return of the wait, on its own dialect."""
    with counting_sandbox(Clock(), 7) as (running, _), Sandbox(running.url) as sandbox:
        connections = Connections({}, live=False)
        provider = connections.rehearsal("sandbox", f"{running.url}/sandbox", "bench")
        driver = connections.reader()
        (offer,) = driver.run(provider.offers(SERVICE, "US"))
        delays = []
        for n in range(rounds):
            activation = driver.run(provider.buy(offer, f"key-{n}"))
            timer = threading.Timer(0.05, sandbox.deliver, (activation.number, TEXT))
            timer.start()
            driver.run(provider.read(activation, known=0, wait_s=10.0))
            returned = datetime.now(UTC)
            timer.join()
            (message,) = sandbox.messages(activation.number)
            delays.append(max(0.0, (returned - message.received_at).total_seconds()))
        connections.close()
    p95 = quantiles(delays, n=20)[-1]
    print(f"\nlong poll: median {median(delays) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codes", type=int, default=240, help="for each side and shape")
    parser.add_argument("--shape", choices=SHAPES, help="one of them alone")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    for each in [chosen.shape] if chosen.shape else SHAPES:
        show(each, measure(each, chosen.codes, chosen.seed))
    long_poll()
