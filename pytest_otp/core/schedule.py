"""At which seconds of a wait to ask, so that a code is returned as early as its polls allow.

Each poll has a price: the seconds of expected delay that it must save to be made. The best times
under a price follow from the arrivals by dynamic programming, backwards from the deadline. What
looks expensive takes a millisecond: of two polls the later one is never followed by the earlier
successor, so each search begins where the last one ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_otp.core.arrivals import Arrivals

# Where the provider leaves room: 25 polls for each second by which codes come earlier.
PRICE: Final = 0.04
# Where it asks for an interval, polls are dear to it: a tenth of the interval each.
_PRICE_OF_INTERVAL: Final = 0.1
_STEP_S: Final = 0.05
_GROWTH: Final = 1.03
_HALVINGS: Final = 12


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to ask next, given when was asked last; seconds from the start of the wait.

    Attributes:
        times: the moments that were considered; the last one is the deadline.
        following: for each of them the next one at which to ask.
        polls: expected for one code; waits for nothing do not count.
        delay_s: expected between arrival and return.
    """

    times: tuple[float, ...]
    following: tuple[int, ...]
    polls: float
    delay_s: float

    @property
    def first_s(self) -> float:
        """The first poll."""
        return self.after(0.0)

    def after(self, asked_s: float) -> float:
        """The poll after one at ``asked_s``; the deadline where that is over."""
        at = bisect_right(self.times, max(0.0, asked_s)) - 1
        return self.times[self.following[at]]

    def polls_s(self) -> list[float]:
        """Every poll of a wait that nothing ends before its deadline."""
        found, at = [], 0
        while at < len(self.times) - 1:
            at = self.following[at]
            found.append(self.times[at])
        return found


@lru_cache(maxsize=128)
def plan(arrivals: Arrivals, timeout_s: float, interval_s: float, share_s: float) -> Schedule:
    """The schedule with the least expected delay for the polls allowed.

    Args:
        arrivals: when messages arrive.
        timeout_s: of the wait.
        interval_s: least seconds between two polls; 0 where none is documented.
        share_s: seconds for each poll that the rate limit leaves to this wait; 0 for no limit.
            The schedule makes no more polls for a code than a loop with this interval would,
            but makes them where messages arrive.
    """
    curve = _Curve.of(arrivals, timeout_s)
    cheap = max(PRICE, _PRICE_OF_INTERVAL * interval_s)
    best = curve.schedule(cheap, interval_s)
    allowed = curve.polls_of_loop(share_s, enough=best.polls)
    if best.polls <= allowed:
        return best
    dear = cheap
    while best.polls > allowed and dear < timeout_s:
        cheap, dear = dear, 2 * dear
        best = curve.schedule(dear, interval_s)
    for _ in range(_HALVINGS):
        price = (cheap + dear) / 2
        tried = curve.schedule(price, interval_s)
        if tried.polls <= allowed:
            dear, best = price, tried
        else:
            cheap = price
    return best


@dataclass(frozen=True, slots=True)
class _Curve:
    """The arrivals at the moments that are considered.

    Attributes:
        arrived: the probability that the message is there by then.
        area: the integral of ``arrived``, from which every delay follows.
    """

    times: tuple[float, ...]
    arrived: tuple[float, ...]
    area: tuple[float, ...]

    @classmethod
    def of(cls, arrivals: Arrivals, timeout_s: float) -> _Curve:
        times = [0.0]
        while times[-1] < timeout_s:
            times.append(min(timeout_s, times[-1] * _GROWTH + _STEP_S))
        arrived = tuple(map(arrivals.by, times))
        steps = (
            (later - sooner) * (by_then + by_now) / 2
            for (sooner, later), (by_now, by_then) in zip(
                pairwise(times), pairwise(arrived), strict=True
            )
        )
        return cls(tuple(times), arrived, tuple(accumulate(steps, initial=0.0)))

    def delay(self, sooner: int, later: int) -> float:
        """What is added to the expected delay by not asking between these two moments."""
        span = self.times[later] - self.times[sooner]
        return self.area[later] - self.area[sooner] - span * self.arrived[sooner]

    def schedule(self, price: float, interval_s: float) -> Schedule:
        """The best schedule if each poll costs ``price`` seconds of delay."""
        times, last = self.times, len(self.times) - 1
        cost, following, latest = [0.0] * (last + 1), [last] * (last + 1), last
        for at in range(last - 1, -1, -1):
            soonest = max(at + 1, bisect_left(times, times[at] + interval_s) if at else 1)
            if soonest > last:
                cost[at] = inf  # from here the deadline could not be asked at any more
                continue
            least = inf
            for later in range(soonest, max(soonest, latest) + 1):
                delay = self.delay(at, later)
                if delay > least:
                    break
                if delay + cost[later] < least:
                    least, following[at] = delay + cost[later], later
            latest = following[at]
            cost[at] = least + price * (1 - self.arrived[at])
        polls, delay = self._expected(following)
        return Schedule(times, tuple(following), polls, delay)

    def polls_of_loop(self, interval_s: float, enough: float) -> float:
        """Expected polls of a loop that asks at once and then each interval; or ``enough``."""
        if interval_s <= 0:
            return enough
        polls, at_s = 1.0, 0.0
        while polls < enough and at_s < self.times[-1]:
            polls += self._missing(bisect_left(self.times, at_s))
            at_s += interval_s
        return polls

    def _expected(self, following: list[int]) -> tuple[float, float]:
        polls = delay = 0.0
        at = 0
        while at < len(self.times) - 1:
            polls += self._missing(at)
            delay += self.delay(at, following[at])
            at = following[at]
        return polls, delay / (self.arrived[-1] or 1.0)

    def _missing(self, at: int) -> float:
        """The probability that a message that comes in time is not there yet."""
        comes = self.arrived[-1]
        return (comes - self.arrived[at]) / comes if comes else 1.0
