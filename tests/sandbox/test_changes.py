"""Waiting for a change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pytest_otp.sandbox.changes import Changes

if TYPE_CHECKING:
    from tests.sandbox.conftest import Play


def test_a_change_wakes_only_those_who_wait_for_it(play: Play) -> None:
    """With many waiting, a message must not wake them all."""

    async def story() -> tuple[bool, bool]:
        changes = Changes()
        one = asyncio.create_task(changes.wait("one"))
        other = asyncio.create_task(changes.wait("other"))
        await asyncio.sleep(0)
        changes.notify("one", "nobody waits for this")
        await one
        asleep = not other.done()
        changes.notify_all()
        await other
        return asleep, other.done()

    assert play(story()) == (True, True)


def test_a_wait_ends_with_its_timeout(play: Play) -> None:
    """Nothing changes, and the wait is over all the same."""
    play(Changes().wait("never", timeout_s=0.01))


def test_two_changes_at_once_wake_once(play: Play) -> None:
    """A second change before the first waiter ran is no error."""

    async def story() -> None:
        changes = Changes()
        waiting = asyncio.create_task(changes.wait("one"))
        await asyncio.sleep(0)
        changes.notify("one")
        changes.notify("one")
        await waiting

    play(story())


def test_closing_wakes_everybody_for_good(play: Play) -> None:
    """A server that stops keeps nobody waiting, neither those who wait nor those who come."""

    async def story() -> None:
        changes = Changes()
        waiting = asyncio.create_task(changes.wait("one"))
        await asyncio.sleep(0)
        changes.close()
        await waiting
        await changes.wait("one")

    play(story())


def test_who_gives_up_waiting_leaves_nothing_behind(play: Play) -> None:
    """A cancelled wait is forgotten."""

    async def story() -> int:
        changes = Changes()
        waiting = asyncio.create_task(changes.wait("one"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait((waiting,))
        return len(changes._waiting)

    assert play(story()) == 0
