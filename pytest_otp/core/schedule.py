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

# Where the limit leaves room: a poll may save a sixty-seventh of a second. At the busiest moment of
# the published arrivals that is one in 0.4 s, half of what the tightest limit of our providers
# leaves to a lease on its own.
PRICE: Final = 0.015
# An interval in a document says that polls are dear to the provider: a third of them is saved.
OF_A_LOOP: Final = 0.66
_STEP_S: Final = 0.03
_GROWTH: Final = 1.015
# Polls an interval apart must find themselves on the grid, as long as messages are likely.
_STEPS_OF_INTERVAL: Final = 16
_INTERVALS: Final = 12
# Prices that are tried, from that one up to some twenty seconds a poll.
_RUNG: Final = 1.15
_RUNGS: Final = 51


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
        """The poll after one at ``asked_s``; the deadline where that is over.

        A poll that came a little later than planned has its successor a little later too.
        """
        at = bisect_right(self.times, max(0.0, asked_s)) - 1
        due_s = self.times[self.following[at]]
        if at == len(self.times) - 1:
            return due_s
        part = (max(0.0, asked_s) - self.times[at]) / (self.times[at + 1] - self.times[at])
        return due_s + part * (self.times[self.following[at + 1]] - due_s)

    def polls_s(self) -> list[float]:
        """Every poll of a wait that nothing ends before its deadline."""
        found, at = [], 0
        while at < len(self.times) - 1:
            at = self.following[at]
            found.append(self.times[at])
        return found


def plan(
    arrivals: Arrivals, timeout_s: float, interval_s: float, share_s: float, lot: float = 1.0
) -> Schedule:
    """The schedule with the least expected delay for the polls allowed.

    A loop asks at once and then at every interval or, without one, whenever its share allows.
    The schedule makes as many polls for a code as the loop, or a third fewer where an interval
    is documented, unless it would be later than the loop.

    Args:
        arrivals: when messages arrive.
        timeout_s: of the wait.
        interval_s: least seconds between two polls; 0 where none is documented.
        share_s: seconds for each poll that the rate limit leaves to this wait; 0 for no limit.
        lot: of the lease, between 0 and 1. Often there is no schedule with just the polls
            allowed: then one with more and one with fewer are given out by lot, so that leases
            have the right number on average. 1 has the one with fewer.
    """
    curve = _curve(arrivals, timeout_s, interval_s)
    most = _at(curve, 0, interval_s)
    allowed, latest_s = curve.loop(interval_s or share_s, enough=inf if interval_s else most.polls)
    if interval_s:
        allowed *= OF_A_LOOP

    def is_dear(rung: int) -> int:
        schedule = _at(curve, rung, interval_s)
        return schedule.polls <= allowed or schedule.delay_s > latest_s

    rung = bisect_left(range(_RUNGS), 1, key=is_dear)
    if rung == 0:
        return most
    more, fewer = (_at(curve, each, interval_s) for each in (rung - 1, rung))
    if fewer.delay_s > latest_s:
        return more
    return more if lot < (allowed - fewer.polls) / (more.polls - fewer.polls) else fewer


@lru_cache(maxsize=32)
def _curve(arrivals: Arrivals, timeout_s: float, interval_s: float) -> _Curve:
    return _Curve.of(arrivals, timeout_s, interval_s)


@lru_cache(maxsize=512)
def _at(curve: _Curve, rung: int, interval_s: float) -> Schedule:
    return curve.schedule(PRICE * _RUNG**rung, interval_s)


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The arrivals at the moments that are considered; each is equal to itself alone.

    Attributes:
        arrived: the probability that the message is there by then.
        area: the integral of ``arrived``, from which every delay follows.
    """

    times: tuple[float, ...]
    arrived: tuple[float, ...]
    area: tuple[float, ...]

    @classmethod
    def of(cls, arrivals: Arrivals, timeout_s: float, interval_s: float) -> _Curve:
        steps_of_first = _STEPS_OF_INTERVAL if interval_s else 1
        times = [n * interval_s / _STEPS_OF_INTERVAL for n in range(steps_of_first)]
        while times[-1] < min(timeout_s, _INTERVALS * interval_s):
            times.append(times[-_STEPS_OF_INTERVAL] + interval_s)
        del times[max(1, bisect_left(times, timeout_s)) :]
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
        times, arrived, area, last = self.times, self.arrived, self.area, len(self.times) - 1
        cost, following, latest = [0.0] * (last + 1), [last] * (last + 1), last
        for at in range(last - 1, -1, -1):
            soonest = max(at + 1, bisect_left(times, times[at] + interval_s) if at else 1)
            if soonest > last:
                cost[at] = inf  # from here the deadline could not be asked at any more
                continue
            least, at_s, there, before = inf, times[at], arrived[at], area[at]
            for later in range(soonest, max(soonest, latest) + 1):
                delay = area[later] - before - (times[later] - at_s) * there
                if delay > least:
                    break
                if delay + cost[later] < least:
                    least, following[at] = delay + cost[later], later
            latest = following[at]
            cost[at] = least + price * (1 - there)
        polls, delay = self._expected(following)
        return Schedule(times, tuple(following), polls, delay)

    def loop(self, interval_s: float, enough: float) -> tuple[float, float]:
        """Polls and delay expected of a loop; it is not followed beyond ``enough`` polls."""
        polls, delay, at, at_s = 1.0, 0.0, 0, 0.0
        if interval_s <= 0:
            return enough, inf
        while polls < enough and at_s < self.times[-1]:
            polls += self._missing(at)
            at_s = min(self.times[-1], at_s + interval_s)
            later = bisect_left(self.times, at_s)
            delay += self.delay(at, later)
            at = later
        return polls, delay / (self.arrived[-1] or 1.0) if polls < enough else inf

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
