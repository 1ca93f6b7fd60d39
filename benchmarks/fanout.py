"""Many leases that wait at one account, in real time: requests, delay, memory.

``wait_for_code_async()`` on one event loop, over real HTTP, against a sandbox that counts. All
waits begin within five seconds; a thousand at 300 requests a minute take more than three minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from statistics import mean, quantiles
from typing import TYPE_CHECKING, Final

from pytest_otp.errors import CodeTimeout
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.handle import Sandbox
from serving import busiest, counting_sandbox
from waiting import Kit, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.phone import Phone

SIZES: Final = (1, 10, 100, 1000)
TIMEOUT_S: Final = 600.0
WITHIN_S: Final = 5.0
# Numbers are bought in the sandbox's past, a minute for each batch.
PAST_S: Final = 750.0
TEXT: Final = "Your code is 123456"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a provider's document allows an account to ask."""

    requests: int
    window_s: float


LIMITS: Final = {"dogesms": Limit(30, 1.0), "sms-activate": Limit(300, 60.0)}


def fan_out(provider: str, size: int) -> None:
    """One row of figures."""
    rng = random.Random(size)  # noqa: S311 - figures should repeat
    starts = [rng.uniform(0, WITHIN_S) for _ in range(size)]
    coming = [start + rng.lognormvariate(1.386, 0.668) for start in starts]
    clock = Clock(start=datetime.now(UTC) - timedelta(seconds=PAST_S))
    kit = Kit(provider, provider, timeout_s=TIMEOUT_S)
    with (
        tempfile.TemporaryDirectory() as folder,
        counting_sandbox(clock, size) as (running, counted),
        Sandbox(running.url) as sandbox,
    ):
        stage = Stage(running.url, "", Path(folder))
        warm, *phones = kit.lease(stage, size + 1, lambda: clock.advance(61.0))
        clock.advance(time.time() - clock.now().timestamp())
        sandbox.deliver(warm.number, TEXT)
        asyncio.run(wait_all([warm], [0.0], time.time()))
        begins = time.time() + 1 + 0.01 * size
        for phone, after_s in zip(phones, coming, strict=True):
            due = begins + after_s
            sandbox.deliver(phone.number, TEXT, delay_s=due - time.time())
        before = most_memory_mb()
        returned = asyncio.run(wait_all(phones, starts, begins))
        took_s = time.time() - begins
        more = most_memory_mb() - before
    delays = [
        at - begins - after_s for at, after_s in zip(returned, coming, strict=True) if at < inf
    ]
    own = [each for each in counted if each.at >= begins]
    refused = sum(each.status == 429 for each in own)
    limit = LIMITS[provider]
    most = f"{busiest([each.at for each in own], limit.window_s)} of {limit.requests}"
    p95 = quantiles(delays, n=20)[-1] if size > 1 else delays[0]
    print(
        f"{provider:14}{size:6}{len(own) / size:10.2f}{len(own) / took_s:10.2f}{most:>14}"
        f"{refused:9}{mean(delays):9.2f}{p95:9.2f}{size - len(delays):8}{more:9.1f}",
        flush=True,
    )


def most_memory_mb() -> float:
    """The most that this process had in memory so far, the sandbox included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


async def wait_all(phones: Sequence[Phone], starts: Sequence[float], begins: float) -> list[float]:
    """When each wait returned; infinity for one that gave up."""

    async def wait(phone: Phone, start_s: float) -> float:
        await asyncio.sleep(max(0.0, begins + start_s - time.time()))
        try:
            await phone.wait_for_code_async()
        except CodeTimeout:
            return inf
        return time.time()

    return await asyncio.gather(*map(wait, phones, starts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--provider", choices=LIMITS, help="one of them alone")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="waits at once")
    chosen = parser.parse_args()
    print(
        f"{'':14}{'waits':>6}{'per code':>10}{'a second':>10}{'at most':>14}"
        f"{'refused':>9}{'mean s':>9}{'p95 s':>9}{'missed':>8}{'more MB':>9}"
    )
    for each in [chosen.provider] if chosen.provider else LIMITS:
        for waits in chosen.sizes:
            fan_out(each, waits)
