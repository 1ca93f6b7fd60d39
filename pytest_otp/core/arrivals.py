"""When SMS arrive: what the ledger has seen, on top of what is published.

Seconds count from the start of the wait, or from a resend after it, and never from the purchase:
how long a test takes to fill in a form says nothing about a carrier. Each arrival that was seen is
blurred, since the next SMS will not come at the very same instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, log, sqrt
from typing import Final

# Published figures: the median between 2 and 6 s, the 95th percentile between 8 and 15 s.
MEDIAN_S: Final = 4.0
P95_S: Final = 12.0
_SIGMA: Final = log(P95_S / MEDIAN_S) / 1.645

# The prior makes way one by one, and never wholly: its long tail keeps a late SMS possible.
ENOUGH: Final = 20
# Of every hundred messages two come at any time, or never: without them, no poll would be spent
# on the time after the last arrival that was seen.
_PUNCTUAL: Final = 0.98
_STRAY_S: Final = (5.0, 600.0)
_BLUR: Final = 0.6
_LEAST_S: Final = 0.05
_INSTANT_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The distribution of arrivals for one provider, country and service.

    Attributes:
        seen: seconds from the start of the wait to the arrival; 0 for what was there already.
    """

    seen: tuple[float, ...] = ()

    def by(self, seconds: float) -> float:
        """The probability that the message has arrived so long after the wait began."""
        if seconds < _INSTANT_S:
            return 0.0
        prior = max(1, ENOUGH - len(self.seen))
        arrived = sum(_blurred(seconds, max(each, _LEAST_S)) for each in self.seen)
        punctual = (prior * _published(seconds) + arrived) / (prior + len(self.seen))
        return _PUNCTUAL * punctual + (1 - _PUNCTUAL) * 0.9 * _stray(seconds)


def _published(seconds: float) -> float:
    """A log-normal distribution: delays of many independent steps multiply."""
    return 0.5 * (1 + erf(log(seconds / MEDIAN_S) / (_SIGMA * sqrt(2))))


def _stray(seconds: float) -> float:
    """As likely between 10 and 20 s as between 100 and 200 s."""
    soonest, latest = _STRAY_S
    return min(1.0, max(0.0, log(seconds / soonest) / log(latest / soonest)))


def _blurred(seconds: float, seen: float) -> float:
    """How much of one blurred arrival lies before ``seconds``: about a third to either side."""
    return min(1.0, max(0.0, 0.5 + log(seconds / seen) / _BLUR))
