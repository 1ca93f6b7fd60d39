"""One process of many, which a test takes half an effect further at a time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pytest_otp.core import buying, lifecycle, recovery
from pytest_otp.core.effects import Pause, Record, Send
from pytest_otp.core.rows import Owner
from pytest_otp.errors import BudgetExceeded, NumberUnavailable, ProviderError
from pytest_otp.ledger.sqlite import SqliteLedger
from pytest_otp.providers.sandbox import SandboxProvider
from pytest_otp.sweep import others_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from pytest_otp.core.effects import Effect, Flow
    from pytest_otp.core.lease import Lease, Wish
    from pytest_otp.core.pacing import Poll, Turn
    from pytest_otp.core.rows import Row
    from pytest_otp.core.states import Event
    from pytest_otp.models import Message

    Answer = Callable[[httpx.Request, float], httpx.Response]
    Watch = Callable[[Event | Poll, Exception | None], None]

# Longer than any purchase of the shop takes whose client is gone.
SERVED_S = 60.0


class Polled(SandboxProvider):
    """Its reads answer at once: nobody waits inside a request while others go on."""

    capabilities: ClassVar = replace(
        SandboxProvider.capabilities, long_poll_s=0.0, read_interval_s=5.0
    )


class Keyless(Polled):
    """Nothing but its balance tells of a purchase whose answer was lost."""

    capabilities: ClassVar = replace(Polled.capabilities, idempotent=False, lists_purchases=False)


class Forfeiting(Keyless):
    """A granted cancel is no refund where a message had arrived."""

    capabilities: ClassVar = replace(Keyless.capabilities, forfeits=True)


class Uncancellable(Keyless):
    """A number comes back when its window runs out, if at all."""

    capabilities: ClassVar = replace(Keyless.capabilities, cancels=False)


class Worker:
    """A process with a ledger of its own on the shared file, and at most one flow under way.

    Args:
        path: the file.
        serial: makes names that sort in the order in which they were made.
        watch: is told each event that was recorded, or refused with an error.
        provider: whom it buys from.
        wait_s: how long its tests wait for a message.
    """

    def __init__(
        self,
        path: Path,
        serial: Iterator[int],
        watch: Watch,
        provider: type[Polled],
        wait_s: float,
    ) -> None:
        self._wait_s = wait_s
        self._serial = serial
        self._provider = provider("http://127.0.0.1:1/sandbox")
        self._owner = self._name("owner")
        self.ledger = SqliteLedger(path, Owner(self._owner, "run"))
        self.wakes_at = 0.0
        self._watch = watch
        self._flow: Flow[None] | None = None
        self._resume: Callable[[], Effect] | None = None
        self._effect: Effect | None = None
        self._adopted = ExitStack()

    @property
    def busy(self) -> bool:
        """A flow is under way."""
        return self._flow is not None

    def begin_test(self, wish: Wish) -> None:
        """Lease a number, wait for a message, and give back or keep what was bought."""
        self._begin(self._test(wish))

    def begin_sweep(self) -> None:
        """Finish what the dead began, and what this process left open itself."""
        rows = list(self._adopted.enter_context(self.ledger.orphans()))
        rows += self.ledger.rows(owner=self._owner, open_only=True)
        self._begin(self._sweep(rows))

    def step(self, answer: Answer, now: float) -> None:
        """Let the flow come to its next effect, or perform that: what it knows may have aged."""
        assert self._flow is not None
        if self._effect is not None:
            effect, self._effect = self._effect, None
            try:
                self._resume = partial(self._flow.send, self._perform(effect, answer, now))
            except Exception as error:  # noqa: BLE001 - as the drivers do
                self._resume = partial(self._flow.throw, error)
            return
        assert self._resume is not None
        try:
            self._effect = self._resume()
        except StopIteration:
            self._flow = None
            self._adopted.close()

    def die(self) -> None:
        """Stop here, as ``kill -9`` does: no code of the flow runs after it."""
        self._flow = self._resume = self._effect = None
        self.ledger.close()
        self._adopted.close()

    def _begin(self, flow: Flow[None]) -> None:
        self._flow, self._resume = flow, partial(flow.send, None)

    def _perform(
        self, effect: Effect, answer: Answer, now: float
    ) -> httpx.Response | float | Turn | None:
        match effect:
            case Send(request):
                return answer(request, now)
            case Pause(seconds):
                self.wakes_at = now + seconds
                return self.wakes_at
            case Record(event):
                return self._record(event, now)

    def _record(self, event: Event | Poll, now: float) -> Turn | None:
        try:
            turn = self.ledger.record(event, now)
        except Exception as error:
            self._watch(event, error)
            raise
        self._watch(event, None)
        return turn

    def _test(self, wish: Wish) -> Flow[None]:
        leases: list[Lease] = []
        new_id = partial(self._name, "lease")
        try:
            lease = yield from buying.acquire(wish, [self._provider], new_id, leases)
            yield from lifecycle.wait(lease, _any, self._wait_s)
        except (BudgetExceeded, NumberUnavailable, ProviderError):
            # What a test would see; its teardown follows.
            pass
        for lease in reversed(leases):
            yield from lifecycle.close(lease)

    def _name(self, kind: str) -> str:
        return f"{kind}-{next(self._serial):05}"

    def _sweep(self, rows: list[Row]) -> Flow[None]:
        leases = {row.lease_id: recovery.resume(row, self._provider) for row in rows}
        for row in recovery.in_turn(rows):
            lease = leases[row.lease_id]
            if lease.state is not None and not lease.state.closed:
                others = partial(others_of, row, self.ledger)
                yield from recovery.finish(lease, others, SERVED_S)


def _any(_message: Message) -> str | None:
    return None
