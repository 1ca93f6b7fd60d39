"""What time brings about, and in which order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.timeline import Timeline

if TYPE_CHECKING:
    from tests.sandbox.conftest import Play

START = datetime(2030, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """So many seconds after the start."""
    return START + timedelta(seconds=seconds)


def test_a_jump_plays_everything_in_order_at_its_own_moment() -> None:
    """An hour at once gives the same history as an hour that passes."""
    timeline = Timeline(Clock(lambda: 0.0, START))
    history: list[tuple[str, datetime]] = []
    timeline.plan(after(30), lambda at: history.append(("late", at)))
    timeline.plan(after(10), lambda at: history.append(("early", at)))
    timeline.plan(after(10), lambda at: history.append(("early too", at)))
    timeline.plan(after(4000), lambda at: history.append(("tomorrow", at)))
    timeline.advance(3600)
    assert history == [("early", after(10)), ("early too", after(10)), ("late", after(30))]


def test_what_happens_may_plan_what_follows() -> None:
    """A consequence that is due by now happens in the same jump."""
    timeline = Timeline(Clock(lambda: 0.0, START))
    history: list[datetime] = []

    def first(at: datetime) -> None:
        timeline.plan(at + timedelta(seconds=5), history.append)

    timeline.plan(after(10), first)
    timeline.advance(20)
    assert history == [after(15)]


def test_things_happen_though_nobody_looks(play: Play) -> None:
    """The timekeeper settles by the clock, also what is planned while it sleeps."""

    async def story() -> list[str]:
        timeline = Timeline(Clock())
        happened: list[str] = []
        done = asyncio.Event()
        keeper = asyncio.create_task(timeline.keep())
        await asyncio.sleep(0)

        def second(_at: datetime) -> None:
            happened.append("second")
            done.set()

        now = timeline.clock.now()
        timeline.plan(now + timedelta(seconds=0.03), second)
        timeline.plan(now + timedelta(seconds=0.01), lambda _at: happened.append("first"))
        await done.wait()
        timeline.changes.close()
        await keeper
        return happened

    assert play(story()) == ["first", "second"]


def test_sleep_ends_when_the_clock_jumps(play: Play) -> None:
    """A delay of an hour is over once the clock was advanced by an hour, and not before."""

    async def story() -> tuple[bool, bool]:
        timeline = Timeline(Clock(lambda: 0.0, START))
        asleep = asyncio.create_task(timeline.sleep(3600))
        await asyncio.sleep(0)
        timeline.advance(3599)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        early = asleep.done()
        timeline.advance(1)
        await asleep
        return early, asleep.done()

    assert play(story()) == (False, True)


def test_sleep_is_cut_short_at_the_end(play: Play) -> None:
    """A sandbox that stops does not wait for its delays."""

    async def story() -> None:
        timeline = Timeline(Clock(lambda: 0.0, START))
        asleep = asyncio.create_task(timeline.sleep(3600))
        await asyncio.sleep(0)
        timeline.changes.close()
        await asleep

    play(story())
