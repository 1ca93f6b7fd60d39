"""Many leases that wait at one account, in simulated time: requests, delay, memory.

sms-activate.dev's client and limit, 300 requests a minute for a key. All waits begin within five
seconds of each other, and take their turns through a real ledger.
"""

from __future__ import annotations

import heapq
import random
import tempfile
import time
import tracemalloc
from bisect import bisect_right
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import mean, quantiles
from typing import TYPE_CHECKING, Any

import httpx

from pytest_otp.core import lifecycle
from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.core.lease import Lease
from pytest_otp.core.pacing import Poll
from pytest_otp.core.rows import Owner
from pytest_otp.core.states import State
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.models import Activation, Message, Offer
from pytest_otp.providers.sms_activate import SmsActivateProvider

if TYPE_CHECKING:
    from pytest_otp.core.effects import Flow

TIMEOUT_S = 600.0
LIMIT, WINDOW_S = 300, 60.0


def waits(size: int, ledger: SqliteLedger) -> None:
    """One row of figures."""
    rng = random.Random(size)  # noqa: S311 - figures should repeat
    provider = SmsActivateProvider("http://127.0.0.1:1")
    due: list[tuple[float, int, int, Flow[Any], Any]] = []
    order = count()
    arrives: list[float] = []
    for n in range(size):
        lease = Lease(
            id=f"{size}-{n}",
            provider=provider,
            offer=Offer(provider.name, "any", "US", None),
            state=State.HELD,
            activation=Activation(str(n), "+12025550123"),
            account=f"account of {size}",
        )
        begins = rng.uniform(0, 5)
        arrives.append(begins + rng.lognormvariate(1.386, 0.668))
        flow = lifecycle.wait(lease, lambda _message: None, TIMEOUT_S)
        heapq.heappush(due, (begins, next(order), n, flow, None))
    asked: list[float] = []
    delays: list[float] = []
    missed = 0
    while due:
        now, _, n, flow, sent = heapq.heappop(due)
        try:
            effect = flow.send(sent)
        except StopIteration as done:
            if isinstance(done.value, Message):
                delays.append(now - arrives[n])
            else:
                missed += 1
            continue
        at = now
        answer: object = None
        match effect:
            case Pause(seconds):
                at = now + seconds
                answer = at
            case Send():
                asked.append(now)
                there = now >= arrives[n]
                body = {"status": "received", "code": "1"} if there else {"status": "pending"}
                answer = httpx.Response(200, json=body)
            case Record(event) if isinstance(event, Poll):
                answer = ledger.record(event, now)
        heapq.heappush(due, (at, next(order), n, flow, answer))
    busiest = max(bisect_right(asked, each + WINDOW_S - 1e-6) - i for i, each in enumerate(asked))
    p95 = quantiles(delays, n=20)[-1] if len(delays) > 1 else delays[0]
    print(
        f"{size:6}{len(asked) / size:12.1f}{busiest:10} of {LIMIT}{mean(delays):10.1f}{p95:8.1f}"
        f"{missed:8}",
        end="",
    )


if __name__ == "__main__":
    print(
        f"{'waits':>6}{'requests':>12}{'busiest minute':>17}"
        f"{'mean s':>10}{'p95 s':>8}{'missed':>8}",
        end="",
    )
    print(f"{'ms each':>10}{'peak MB':>10}")
    for each in (1, 10, 100, 1000):
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(SqliteLedger(Path(folder, "ledger.sqlite3"), Owner("bench"))) as store,
        ):
            tracemalloc.start()
            began = time.perf_counter()
            waits(each, store)
            took_ms = (time.perf_counter() - began) * 1e3 / each
            peak = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
            print(f"{took_ms:10.1f}{peak:10.1f}")
