"""Typing as a person would.

Looks wrong and is right: one character a call, so that no title in Playwright's trace holds a whole
number or code; and each key stays down for a while, since typing without a pause loses digits in
widgets that move the focus by a timer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, Flow
    from pytest_otp.browser.views import View

_KEY_DOWN_MS: Final = 30


def press(page: AnyPage, characters: str) -> Flow[None]:
    """Type into whatever has the focus."""
    for character in characters:
        yield page.keyboard.type(character, delay=_KEY_DOWN_MS)


def clear(page: AnyPage, view: View, widget: Widget) -> Flow[None]:
    """Empty what an earlier try left behind, since typing over it confuses many widgets."""
    shown = yield from view.state(widget.boxes)
    states = shown.boxes if shown is not None else ()
    for box, state in reversed(list(zip(widget.boxes, states, strict=False))):
        if state.characters and not state.disabled and not box.drawn:
            yield from view.focus(box)
            yield from view.select(box)
            yield page.keyboard.press("Backspace")
