"""When to ask a provider next: the timetable of one wait, and rate limits that many share.

Polls of one account take turns through the ledger, so that threads, tasks, workers and machines
together stay below its limit. A ``Pace`` counts all requests of one client in one process. It
takes no lock: two threads that look at the same instant may both leave, and a provider's 429
settles that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil, inf, log
from typing import TYPE_CHECKING, Final, Protocol

from pytest_otp.core import schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_otp.core.arrivals import Arrivals
    from pytest_otp.models import Capabilities


# After a failed poll: so long, and twice as long after each further one in a row.
_BACKOFF_S: Final = 0.05
_LONGEST_BACKOFF_S: Final = 8.0
# Nearer than this, a poll and the deadline are one.
_INSTANT_S: Final = 0.01
# Shares are rounded up to these steps, so that few schedules serve many waits.
_SHARE_STEP: Final = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A wait is about to ask and wants its turn among all that wait at the same account.

    Attributes:
        spacing_s: seconds between two polls of the account; 0 only to be counted.
        until: the wait ends by then: it takes no later turn, and counts no longer as waiting;
            epoch seconds.
    """

    lease_id: str
    account: str
    spacing_s: float
    until: float


@dataclass(frozen=True, slots=True)
class Turn:
    """Answers a ``Poll``.

    Attributes:
        at: when the poll may leave, which it may not after ``until``; epoch seconds.
        waiting: how many leases wait at the account, this one included.
    """

    at: float
    waiting: int


class Timetable:
    """When one wait asks: never oftener than the document allows; else where messages arrive.

    Args:
        capabilities: the provider's pace.
        arrivals: when messages arrive, counted from ``since``.
        since: the start of the wait, or a resend after it; epoch seconds.
        deadline: of the wait. The last poll falls on it, so that no message of the last moment
            is missed, unless it would come too soon after the one before.
        asked_at: when the lease was last asked, perhaps by an earlier wait.
        lot: of the lease; see ``schedule.plan``.
    """

    def __init__(
        self,
        capabilities: Capabilities,
        arrivals: Arrivals,
        *,
        since: float,
        deadline: float,
        asked_at: float,
        lot: float = 1.0,
    ) -> None:
        self._capabilities = capabilities
        self._arrivals = arrivals
        self._since = since
        self._deadline = deadline
        self._asked_at = asked_at
        self._lot = lot
        self._asked = False
        self._not_before = -inf
        self._failed = 0
        self._waiting = 1

    def next_at(self) -> float | None:
        """The moment of the next poll; None where none is left before the deadline."""
        interval_s = self._capabilities.read_interval_s
        soonest = max(self._asked_at + interval_s, self._not_before)
        if soonest > self._deadline or (self._asked and self._asked_at >= self._deadline):
            return None
        at = max(soonest, self._planned())
        return at if at + max(interval_s, _INSTANT_S) <= self._deadline else self._deadline

    def _planned(self) -> float:
        if self._capabilities.long_poll_s:
            return self._since
        rate = self._capabilities.read_rate
        plan = schedule.plan(
            self._arrivals,
            # Whole seconds, for the same reason as whole steps of the share.
            float(ceil(self._deadline - self._since - _INSTANT_S)),
            self._capabilities.read_interval_s,
            _rounded(rate.spacing_s * self._waiting) if rate else 0.0,
            self._lot,
        )
        return self._since + (
            plan.after(self._asked_at - self._since) if self._asked else plan.first_s
        )

    def resent(self, at: float) -> None:
        """Another message was asked for, and arrivals count from now on."""
        if at > self._since:
            self._since, self._asked = at, False

    def shared(self, waiting: int) -> None:
        """So many wait at the account."""
        self._waiting = waiting

    def asking(self, now: float) -> None:
        """A poll leaves now."""
        self._asked_at, self._asked = now, True

    def answered(self) -> None:
        """The last poll was answered."""
        self._failed = 0

    def failed(self, now: float, retry_after_s: float | None) -> None:
        """The last poll failed; the provider may have said when to come back."""
        backoff_s = min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**self._failed)
        self._failed += 1
        self._not_before = now + max(backoff_s, retry_after_s or 0.0)


def lot(*of: str) -> float:
    """A number between 0 and 1, of uniform chance, and always the same for the same texts."""
    digest = blake2b("\n".join(of).encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def _rounded(share_s: float) -> float:
    return float(_SHARE_STEP ** ceil(log(share_s, _SHARE_STEP)))


class Pace(Protocol):
    """How fast a provider may be asked."""

    def delay_s(self, now: float, patience_s: float = inf) -> float:
        """Seconds from ``now`` until the next request may leave.

        It is counted as leaving then, unless that is more than ``patience_s`` ahead.
        """
        ...

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer."""
        ...


class Window:
    """At most ``limit`` requests in any ``window_s`` seconds, for a limit known beforehand."""

    def __init__(self, limit: int, window_s: float = 1.0) -> None:
        self._window_s = window_s
        self._leaving: deque[float] = deque(maxlen=limit)

    def delay_s(self, now: float, patience_s: float = inf) -> float:
        """Seconds until fewer than ``limit`` requests lie in the window."""
        full = len(self._leaving) == self._leaving.maxlen
        at = max(now, self._leaving[0] + self._window_s) if full else now
        if at - now <= patience_s:
            self._leaving.append(at)
        return at - now

    def heard(self, headers: Mapping[str, str]) -> None:
        """Nothing to learn: the limit is documented."""


class Quota:
    """As many requests as the last answer left, by its ``X-RateLimit-*`` headers.

    ``X-RateLimit-Reset`` is the moment, in seconds since the epoch, at which the quota is full
    again. One that lies further ahead than a whole window comes of two clocks that disagree.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._asked_at = 0.0
        self._remaining = 1
        self._reset_at = 0.0

    def delay_s(self, now: float, patience_s: float = inf) -> float:  # noqa: ARG002 - as Pace
        """Seconds until the reset when nothing remains, else 0."""
        if self._remaining <= 0 and now < self._reset_at:
            return self._reset_at - now
        self._asked_at = now
        self._remaining -= 1
        return 0.0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Remember what remains; an answer without the headers changes nothing."""
        remaining = headers.get("X-RateLimit-Remaining", "")
        reset_at = headers.get("X-RateLimit-Reset", "")
        if _whole(remaining) and _whole(reset_at):
            self._remaining = int(remaining)
            self._reset_at = min(float(reset_at), self._asked_at + self._window_s)


def _whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 12
