"""The flow behind ``click_resend``: find the control, wait out its cool-down, click."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.browser.driving import is_document_gone, is_timeout
from pytest_otp.browser.views import page_of
from pytest_otp.errors import ControlNotReady, FieldNotFound
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from pytest_otp.browser.driving import AnyTarget, Flow

_SCRIPT: Final = resources.files(__package__).joinpath("resend.js").read_text(encoding="utf-8")
_TICK_MS: Final = 100
_CLICK_MS: Final = 3000
# How long a page that shows neither the control nor a countdown may take to show one.
_MOUNT_S: Final = 5.0


def click(target: AnyTarget, timeout_s: float) -> Flow[None]:
    """Click the page's resend control as soon as it may be clicked."""
    __tracebackhide__ = True
    page = page_of(target)
    frames = page.frames if page is target else [target]
    started = ticks()
    while True:
        waited = ticks() - started
        looks = []
        for frame in frames:
            looks += yield from _look(frame)
        found = next((look for look in looks if look["said"]), None)
        if found is not None and found["control"] is not None and not found["cooling"]:
            if (yield from _click(found["control"])):
                return
            found["covered"] = True
        if waited >= (timeout_s if found is not None else min(timeout_s, _MOUNT_S)):
            raise _failure(found, looks, timeout_s)
        yield page.wait_for_timeout(_TICK_MS)


def _click(control: AnyTarget) -> Flow[bool]:
    """Click; whether nothing was in the way. A click that goes unanswered has been made."""
    try:
        yield control.click(timeout=_CLICK_MS)
    except Exception as error:
        if is_timeout(error):
            return False
        if not is_document_gone(error):
            raise
    return True


def _look(frame: AnyTarget) -> Flow[list[dict[str, Any]]]:
    """What the frame shows; nothing while it is on its way to another document."""
    try:
        handle = yield frame.evaluate_handle(_SCRIPT)
        look = yield handle.evaluate("({ cooling, said, seen }) => ({ cooling, said, seen })")
        control = yield handle.get_property("control")
    except Exception as error:
        if not is_document_gone(error):
            raise
        return []
    return [{**look, "control": control.as_element()}]


def _failure(
    found: dict[str, Any] | None, looks: list[dict[str, Any]], timeout_s: float
) -> ControlNotReady | FieldNotFound:
    if found is not None and "covered" in found:
        return ControlNotReady(
            f"{found['said']!r} could not be clicked, as something covers it or it keeps moving: "
            "close in the test what is over it."
        )
    if found is not None:
        return ControlNotReady(
            f"{found['said']!r} was still cooling down after {timeout_s:g} seconds: raise "
            "click_resend's timeout, or let the application cool down faster under test."
        )
    seen = ", ".join(repr(text) for look in looks for text in look["seen"]) or "none"
    return FieldNotFound(
        f"Nothing on the page reads like sending the code again. Buttons and links seen: {seen}."
    )
