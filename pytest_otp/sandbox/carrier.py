"""How long an SMS is under way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_otp.sandbox.clock import LONGEST_S

if TYPE_CHECKING:
    import random

# Standard normal quantile of 0.95: fixes a log-normal by its median and 95th percentile.
_Z95: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Latency:
    """A log-normal delay, the shape that SMS delivery times have; constant if both are equal.

    Attributes:
        median_s: half of the messages take no longer.
        p95_s: 95 of 100 take no longer.
    """

    median_s: float = 0.0
    p95_s: float = 0.0

    def draw(self, source: random.Random) -> float:
        """Seconds for one message."""
        if self.median_s == self.p95_s:
            return self.median_s
        sigma = math.log(self.p95_s / self.median_s) / _Z95
        return min(source.lognormvariate(math.log(self.median_s), sigma), LONGEST_S)


class Carrier:
    """Decides each message's delay.

    Args:
        source: seeded, so that a run can be repeated.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self.latency = Latency()

    def delay_s(self) -> float:
        """The next message's delay in seconds; 0 while no latency is set."""
        return self.latency.draw(self._source)
