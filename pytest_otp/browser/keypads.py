"""Tapping a code on a keypad that the page draws, where no field takes keys.

A keypad shows what it took in any way it likes: digits, dots, dots that are filled by a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_otp.browser.finding import TICK_MS
from pytest_otp.errors import FieldRejected
from pytest_otp.redact import mask_code
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, Flow
    from pytest_otp.browser.views import View

_CLICK_MS: Final = 3000
_SETTLE_S: Final = 0.5


def tap(
    page: AnyPage, view: View, widget: Widget, code: str
) -> Flow[Literal["held", "masked", "submitted"]]:
    """Tap the code, and see what became of it.

    Raises:
        FieldRejected: the keypad lacks a character, went away too early, or nothing came of it.
    """
    __tracebackhide__ = True
    before = yield from _beside(view)
    for place, character in enumerate(code):
        key = yield view.agent.evaluate_handle("(agent, digit) => agent.key(digit)", character)
        if key.as_element() is None:
            raise FieldRejected(
                f"{widget} has no key for the next character of {mask_code(code)}, after {place} "
                f"of {len(code)}: the application may expect a shorter code, or one of digits."
            )
        yield key.as_element().click(timeout=_CLICK_MS)
        yield page.wait_for_timeout(TICK_MS)
    deadline = ticks() + _SETTLE_S
    while True:
        shown = yield from _beside(view)
        if shown is None:
            return "submitted"
        if code in "".join("".join(text) for text in shown["held"]):
            return "held"
        if ticks() >= deadline:
            break
        yield page.wait_for_timeout(TICK_MS)
    if shown != before:
        return "masked"
    raise FieldRejected(
        f"{widget} made nothing of {mask_code(code)}: it may not be ready, or not be for codes."
    )


def _beside(view: View) -> Flow[dict[str, Any] | None]:
    shown: dict[str, Any] | None = yield view.agent.evaluate("agent => agent.beside()")
    return shown
