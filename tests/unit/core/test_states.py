"""The table of moves: complete, consistent, and drawn in the docs as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_otp.core import states
from pytest_otp.core.states import CLOSED, GONE, MOVES, RELEASED, Event, State, diagram, move
from pytest_otp.errors import IllegalMove
from tests.unit.events import event

DOC = Path(__file__).parents[3] / "docs" / "lease.md"
KINDS = [
    kind for kind in vars(states).values() if isinstance(kind, type) and kind.__base__ is Event
]
# None: before the lease is recorded.
ALL: list[State | None] = [None, *State]


def moves_of(state: State | None) -> dict[type[Event], State]:
    """What can happen to a lease in this state, and where it leads."""
    return {kind: after for (before, kind), after in MOVES.items() if before == state}


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_table_does_not_list_is_an_error(state: State | None, kind: type[Event]) -> None:
    """It names lease, event and state; what is listed leads where the table says."""
    if (state, kind) in MOVES:
        assert move(state, event(kind)) is MOVES[state, kind]
    else:
        shown = state or "not recorded"
        with pytest.raises(IllegalMove, match=rf"lease-1: {kind.__name__} cannot .* is {shown}$"):
            move(state, event(kind))


def test_every_life_begins_with_the_intent() -> None:
    """Nothing else can happen to a lease that is not recorded, and no intent comes twice."""
    assert moves_of(None) == {states.Intended: State.INTENDED}
    assert [before for before, kind in MOVES if kind is states.Intended] == [None]


def test_a_closed_lease_stays_closed() -> None:
    """No event leads out of a closed state; every other state has a way on."""
    assert {state for state in State if not moves_of(state)} == CLOSED
    assert {state for state in State if state.closed} == CLOSED


def test_every_state_is_reached() -> None:
    """The table has no island."""
    reached: set[State | None] = {None}
    while more := {after for (before, _), after in MOVES.items() if before in reached} - reached:
        reached |= more
    assert reached == set(ALL)


def test_every_event_can_happen() -> None:
    """No kind of event is left over."""
    assert {kind for _, kind in MOVES} == set(KINDS)


def test_money_of_a_closed_lease_is_released_or_gone() -> None:
    """One of the two, never both."""
    assert CLOSED == RELEASED | GONE
    assert RELEASED.isdisjoint(GONE)


def test_received_money_never_comes_back() -> None:
    """Once a message arrived the provider keeps the money: a refund is no move any more."""
    assert set(moves_of(State.RECEIVED).values()) == {State.RECEIVED, State.SPENT}


def test_the_docs_show_the_generated_diagram() -> None:
    """``python -m pytest_otp.core.states`` makes it."""
    shown = re.findall(r"^```mermaid\n(.*?)^```$", DOC.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert shown == [diagram()]


def test_the_docs_list_every_move() -> None:
    """The table has a line for each state: what it means and what may happen next."""
    lines = re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", DOC.read_text("utf-8"), re.MULTILINE)
    told = {state: set(re.findall(r"`(\w+)` → `(\w+)`", moves)) for state, moves in lines}
    assert told == {
        str(state): {(kind.__name__, str(after)) for kind, after in moves_of(state).items()}
        for state in State
    }


def test_the_module_prints_the_diagram() -> None:
    """As the docs say."""
    made = subprocess.run(
        [sys.executable, "-m", "pytest_otp.core.states"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert made.stdout == diagram()
