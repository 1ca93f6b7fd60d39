"""The flow that waits for the one field that is meant, or says what was there instead."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pytest_otp.browser.choosing import CONFIDENT, best, why_not
from pytest_otp.browser.driving import playwright_error
from pytest_otp.browser.views import page_of, views
from pytest_otp.errors import FieldNotFound, SeveralFields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyTarget, Flow
    from pytest_otp.browser.fields import Field
    from pytest_otp.browser.views import View

TICK_MS: Final = 25
# How long a page may take to mount something better than a field that merely could be it.
_WEAK_S: Final = 1.5


def find(
    target: AnyTarget,
    what: str,
    candidates: Callable[[Sequence[Field]], list[Widget]],
    timeout_s: float,
) -> Flow[tuple[View, Widget]]:
    """The one widget behind the target, waiting for it to mount.

    Args:
        target: any of Playwright's objects.
        what: what it is for, in messages: ``code``.
        candidates: the fields of a frame that could be it, scored.
        timeout_s: seconds to wait at most.

    Raises:
        FieldNotFound: nothing fits; the text lists what was seen.
        SeveralFields: nothing tells the best apart.
    """
    __tracebackhide__ = True
    started = time.monotonic()
    choice: tuple[Widget, ...] = ()
    while True:
        waited = time.monotonic() - started
        previous = choice
        seen = yield from _look(target)
        pairs = [(view, widget) for view in seen for widget in candidates(view.fields)]
        pointed = any(view.pointed for view in seen)
        choice = best([widget for _, widget in pairs], pointed=pointed)
        sure = choice and (pointed or choice[0].score >= CONFIDENT or waited >= _WEAK_S)
        # Seen twice in the same place, so that a widget is not caught while it is being built.
        if waited >= timeout_s or (sure and choice == previous):
            break
        yield page_of(target).wait_for_timeout(TICK_MS)
    if not choice:
        raise FieldNotFound(_nothing_found(what, seen, timeout_s))
    if len(choice) > 1:
        raise SeveralFields(
            f"{len(choice)} fields could take the {what}: {'; '.join(map(str, choice))}. "
            "Pass a locator of the one that is meant, or of something around it."
        )
    return next(pair for pair in pairs if pair[1] is choice[0])


def _look(target: AnyTarget) -> Flow[list[View]]:
    """Every view behind the target with its fields; none while the page is on its way."""
    try:
        found = yield from views(target)
        for view in found:
            yield from view.look()
    except playwright_error():
        return []
    return found


def _nothing_found(what: str, seen: Sequence[View], timeout_s: float) -> str:
    fields = [field for view in seen for field in view.fields]
    if not fields:
        return (
            f"No field for the {what} appeared within {timeout_s:g} seconds, nor any other field: "
            "is this the right page?"
        )
    passed_over = "; ".join(
        f"{field} ({why_not(field) or 'reads like something else'})" for field in fields[:12]
    )
    return (
        f"No field for the {what} appeared within {timeout_s:g} seconds. "
        f"Passed over: {passed_over}. "
        "Pass a locator of the field if it is among them."
    )
