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
_SPREAD: Final = log(P95_S / MEDIAN_S) / 1.645

# The prior makes way one by one, and never wholly: its long tail keeps a late SMS possible.
ENOUGH: Final = 20
# Of every hundred messages two come at any time, or never: without them, no poll would be spent
# on the time after the last arrival that was seen.
_PUNCTUAL: Final = 0.98
_STRAY_S: Final = (5.0, 600.0)
# A seventh to either side. With a hundred arrivals of one hump, of two or of a heavy tail, the
# schedules from narrower blurs chase chance, and those from wider ones lose the humps.
_BLUR: Final = 0.15
_LEAST_S: Final = 0.05
_INSTANT_S: Final = 1e-6
_HALVINGS: Final = 20


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
        at = log(seconds)
        prior = max(1, ENOUGH - len(self.seen))
        arrived = sum(_log_normal(at, log(max(each, _LEAST_S)), _BLUR) for each in self.seen)
        published = _log_normal(at, log(MEDIAN_S), _SPREAD)
        punctual = (prior * published + arrived) / (prior + len(self.seen))
        return _PUNCTUAL * punctual + (1 - _PUNCTUAL) * 0.9 * _stray(seconds)

    def between(self, sooner_s: float, later_s: float, lot: float) -> float:
        """A moment at which a message arrived that came between two polls, nobody knows when.

        It is drawn from what is known already. The middle would not do: schedules that are made
        from middles ask too early, and what they see then has earlier middles still.

        Args:
            sooner_s: the poll that did not find it.
            later_s: the poll that did.
            lot: between 0 and 1, of uniform chance.
        """
        wanted = (1 - lot) * self.by(sooner_s) + lot * self.by(later_s)
        for _ in range(_HALVINGS):
            middle = (sooner_s + later_s) / 2
            if self.by(middle) < wanted:
                sooner_s = middle
            else:
                later_s = middle
        return (sooner_s + later_s) / 2


def _log_normal(at: float, center: float, spread: float) -> float:
    """The probability before ``at``, all in logarithms: delays of many steps multiply."""
    return 0.5 * (1 + erf((at - center) / (spread * sqrt(2))))


def _stray(seconds: float) -> float:
    """As likely between 10 and 20 s as between 100 and 200 s."""
    soonest, latest = _STRAY_S
    return min(1.0, max(0.0, log(seconds / soonest) / log(latest / soonest)))
