"""When the SMS of a benchmark arrive: three shapes, seeded.

The moments are spread evenly over the distribution and then shuffled, so that two hundred of them
show its shape as well as thousands drawn one by one would.
"""

from __future__ import annotations

import random
from math import ceil, exp, log
from statistics import NormalDist
from typing import Final

SHAPES: Final = ("log-normal", "bimodal", "heavy tail")
_NORMAL: Final = NormalDist()
# A wait gives up at two minutes.
_LATEST_S: Final = 115.0
# Logarithms of log-normal distributions. The published figures: median 4 s, 95 % within 12 s.
_PUBLISHED: Final = (1.386, 0.668)
# Three of five messages take a fast way, around 3 s, the others a slow one, around 25 s.
_FAST: Final = 0.6
_ON_THE_FAST_WAY: Final = (1.0, 0.4)
_ON_THE_SLOW_WAY: Final = (3.2, 0.25)
# Pareto: nothing before 2.2 s, one in ten after 15 s.
_FIRST_S: Final = 2.2
_TAIL: Final = 1.2


def arrivals(shape: str, size: int, seed: int) -> list[float]:
    """Seconds from the start of each wait to its SMS."""
    rng = random.Random(f"{seed}/{shape}")  # noqa: S311 - figures should repeat
    shares = [(n + rng.random()) / size for n in range(size)]
    rng.shuffle(shares)
    return [min(_LATEST_S, _arrives(shape, share)) for share in shares]


def _arrives(shape: str, share: float) -> float:
    """The moment before which this share of all messages has arrived."""
    if shape == "heavy tail":
        return float(_FIRST_S * (1 - share) ** (-1 / _TAIL))
    if shape == "bimodal":
        if share < _FAST:
            return _log_normal(*_ON_THE_FAST_WAY, share / _FAST)
        return _log_normal(*_ON_THE_SLOW_WAY, (share - _FAST) / (1 - _FAST))
    return _log_normal(*_PUBLISHED, share)


def arrived(shape: str, seconds: float) -> float:
    """The share of all messages that has arrived by then."""
    if seconds <= 0:
        return 0.0
    if seconds >= _LATEST_S:
        return 1.0
    at = log(seconds)
    if shape == "heavy tail":
        return float(1 - min(1.0, _FIRST_S / seconds) ** _TAIL)
    if shape == "bimodal":
        fast, slow = NormalDist(*_ON_THE_FAST_WAY), NormalDist(*_ON_THE_SLOW_WAY)
        return _FAST * fast.cdf(at) + (1 - _FAST) * slow.cdf(at)
    return NormalDist(*_PUBLISHED).cdf(at)


def _log_normal(center: float, spread: float, share: float) -> float:
    return exp(center + spread * _NORMAL.inv_cdf(min(1 - 1e-9, max(1e-9, share))))


def polls_of_loop(coming: list[float], interval_s: float) -> float:
    """Requests for a code of a loop that asks at once and then each interval."""
    return sum(1 + ceil(each / interval_s) for each in coming) / len(coming)
