"""The flow behind ``fill_code``: find the widget, choose once, type as a person would, verify.

Measured on the code widgets of npm: focusing and typing with a pause in each key is what most of
them take; filling by script leaves some showing a code that the application never got. So digits
are typed, and a box is focused by us only where the widget does not move on by itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from pytest_otp.browser.choosing import why_not
from pytest_otp.browser.choosing_codes import code_widgets
from pytest_otp.browser.finding import TICK_MS, find
from pytest_otp.browser.keys import clear, press
from pytest_otp.browser.views import page_of
from pytest_otp.errors import CodeTooLong, FieldRejected
from pytest_otp.redact import mask_code

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow
    from pytest_otp.browser.views import BoxState, View

_SETTLE_S: Final = 0.5

Way = Literal["typed", "box by box"]
Outcome = Literal["held", "masked", "submitted"]


@dataclass(frozen=True, slots=True)
class FilledCode:
    """What ``fill_code`` did.

    Attributes:
        field: the widget, as a message names it.
        way: ``typed`` in one go, or ``box by box`` where the widget did not advance by itself.
        outcome: ``held``: the widget reports the code; ``masked``: it reports as many characters;
            ``submitted``: it went away, or was emptied, with the last digit.
    """

    field: str
    way: Way
    outcome: Outcome


def fill(target: AnyTarget, code: str, timeout_s: float) -> Flow[FilledCode]:
    """Find the code's field behind the target and type the code into it."""
    __tracebackhide__ = True
    page = page_of(target)
    view, widget = yield from find(
        target, "code", partial(code_widgets, length=len(code)), timeout_s
    )
    if widget.room is not None and widget.room < len(code):
        raise CodeTooLong(
            f"The code {mask_code(code)} has {len(code)} characters and {widget} takes "
            f"{widget.room}: the application expects a shorter code, or this is another field."
        )
    yield from clear(page, view, widget)
    way = yield from _type(page, view, widget, code)
    outcome = yield from _verify(page, view, widget, code)
    return FilledCode(field=str(widget), way=way, outcome=outcome)


def _type(page: AnyPage, view: View, widget: Widget, code: str) -> Flow[Way]:
    way: Way = "typed"
    first = next(box for box in widget.boxes if not why_not(box))
    yield from view.focus(first)
    for place, character in enumerate(code):
        if place and widget.is_row:
            helped = yield from _advance(page, view, widget, place)
            way = "box by box" if helped else way
        yield from press(page, character)
    return way


def _advance(page: AnyPage, view: View, widget: Widget, place: int) -> Flow[bool]:
    """Wait until the widget has moved on to its next box; where it does not, do it for it.

    Returns:
        Whether it needed help.
    """
    box = widget.boxes[place]
    for _ in range(8):
        states = yield from view.state([box])
        if states is None or states[0].gone or states[0].focused:
            return False
        yield page.wait_for_timeout(TICK_MS)
    yield from view.focus(box)
    return True


def _verify(
    page: AnyPage,
    view: View,
    widget: Widget,
    code: str,
) -> Flow[Outcome]:
    """What became of the code, as soon as that is clear."""
    states: list[BoxState] | None = []
    deadline = time.monotonic() + _SETTLE_S
    while True:
        states = yield from view.state(widget.boxes)
        if states is None or all(state.gone or state.disabled for state in states):
            return "submitted"
        shown = "".join(state.text for state in states)
        if _bare(shown) == _bare(code):
            return "held"
        if time.monotonic() >= deadline:
            break
        yield page.wait_for_timeout(TICK_MS)
    if not shown:
        return "submitted"
    if len(shown) == len(code) and not any(map(str.isalnum, shown)):
        return "masked"
    raise FieldRejected(
        f"{widget} shows {mask_code(shown)!r} after {mask_code(code)} was typed into it: "
        f"it took {len(_bare(shown))} of {len(code)} characters."
    )


def _bare(text: str) -> str:
    """Letters and digits alone: a widget may show ``123-456``."""
    return "".join(filter(str.isalnum, text))
