"""Typing as a person would.

Looks wrong and is right: one character a call, so that no title in Playwright's trace holds a whole
number or code; and each key stays down for a while, since typing without a pause loses digits in
widgets that move the focus by a timer. The last of a code does not: what it sends off may replace
the document while it is down, and the browser then forgets to answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_otp.browser import masking
from pytest_otp.browser.driving import is_document_gone

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, Flow
    from pytest_otp.browser.fields import Field
    from pytest_otp.browser.views import View

_KEY_DOWN_MS: Final = 30


def press(page: AnyPage, characters: str, down_ms: int = _KEY_DOWN_MS) -> Flow[None]:
    """Type into whatever has the focus."""
    for character in characters:
        try:
            yield page.keyboard.type(character, delay=down_ms)
        except Exception as error:
            # What came of a key whose document went away under it is seen by looking.
            if not is_document_gone(error):
                raise


def press_last(page: AnyPage, character: str) -> Flow[None]:
    """Type what may send the form off."""
    yield from press(page, character, down_ms=0)
    yield page.wait_for_timeout(_KEY_DOWN_MS)


def clear(page: AnyPage, view: View, widget: Widget) -> Flow[None]:
    """Empty what an earlier try left behind, since typing over it confuses many widgets."""
    # Whatever is typed into comes by here first.
    yield from masking.keep(view.agent, [box.index for box in widget.boxes])
    for box in reversed(widget.boxes):
        held = yield from _held_by(view, box)
        if held:
            yield from view.focus(box)
            yield from view.select(box)
            yield page.keyboard.press("Backspace")
            held = yield from _held_by(view, box)
        if held:
            # A field that keeps a prefix may refuse to lose all at once.
            yield page.keyboard.press("End")
            for _ in range(held):
                yield page.keyboard.press("Backspace")


def _held_by(view: View, box: Field) -> Flow[int]:
    """How many characters could be taken out of the box."""
    shown = yield from view.state([box])
    if shown is None or shown.boxes[0].disabled or box.drawn:
        return 0
    return len(shown.boxes[0].characters)
