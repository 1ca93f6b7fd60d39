"""The flow that waits for the one field that is meant, or says what was there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pytest_otp.browser.choosing import CONFIDENT, VAGUE, best, why_not
from pytest_otp.browser.driving import is_document_gone
from pytest_otp.browser.views import page_of, views
from pytest_otp.errors import FieldNotFound, FieldRejected, FieldUnreachable, SeveralFields
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyTarget, Flow
    from pytest_otp.browser.fields import Field
    from pytest_otp.browser.views import View

T = TypeVar("T")

TICK_MS: Final = 25
# How long a page may take to mount something better than a field that merely could be it.
_WEAK_S: Final = 1.5
# How long to wait for a document to be loaded whole: its scripts may not be listening before.
_LOADED_S: Final = 3.0


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
        FieldUnreachable: nothing fits, and there is a closed shadow root.
        SeveralFields: nothing tells the best apart.
    """
    __tracebackhide__ = True
    started = ticks()
    choice: tuple[Widget, ...] = ()
    while True:
        waited = ticks() - started
        previous = choice
        seen = yield from _look(target)
        pairs = [(view, widget) for view in seen for widget in candidates(view.fields)]
        pointed = any(view.pointed for view in seen)
        choice = best([widget for _, widget in pairs], pointed=pointed)
        # Seen twice alike, so that a widget is not caught while it is being built.
        is_settled = _alike(choice, previous) and _is_sure(choice, seen, waited, timeout_s)
        if waited >= timeout_s or is_settled:
            break
        yield page_of(target).wait_for_timeout(TICK_MS)
    sealed = [name for view in seen for name in view.sealed]
    if not choice and sealed:
        raise FieldUnreachable(
            f"No field for the {what} appeared within {timeout_s:g} seconds, and nothing can enter "
            f"<{'>, <'.join(dict.fromkeys(sealed))}>: a closed shadow root keeps tests out, so let "
            "the application open it under test, or type with Playwright's keyboard."
        )
    if not choice:
        raise FieldNotFound(_nothing_found(what, seen, timeout_s))
    if len(choice) > 1:
        raise SeveralFields(
            f"{len(choice)} fields could take the {what}: {'; '.join(map(str, choice))}. "
            "Pass a locator of the one that is meant, or of something around it."
        )
    return next(pair for pair in pairs if pair[1] is choice[0])


def _alike(one: Sequence[Widget], other: Sequence[Widget]) -> bool:
    """The same fields, wherever they have moved in the meantime."""
    return [[box.index for box in widget.boxes] for widget in one] == [
        [box.index for box in widget.boxes] for widget in other
    ]


def _is_sure(
    choice: Sequence[Widget], seen: Sequence[View], waited_s: float, timeout_s: float
) -> bool:
    """Whether there is a choice that nothing better could replace by mounting later."""
    if not choice or (waited_s < _LOADED_S and not all(view.ready for view in seen)):
        return False
    exact = any(box.pointed for box in choice[0].boxes)
    if exact or choice[0].score >= CONFIDENT:
        return True
    return waited_s >= (_WEAK_S if choice[0].score >= VAGUE else max(_WEAK_S, timeout_s / 2))


def staying(flow: Flow[T], widget: Widget) -> Flow[T]:
    """The flow, which types into a widget, if its document stays.

    Raises:
        FieldRejected: it went away before all was typed.
    """
    __tracebackhide__ = True
    try:
        return (yield from flow)
    except Exception as error:
        if not is_document_gone(error):
            raise
        raise FieldRejected(
            f"{widget} went away while it was being filled in: the page went on to another "
            "document, or stopped answering."
        ) from None


def _look(target: AnyTarget) -> Flow[list[View]]:
    """Every view behind the target with its fields; none while the page is on its way."""
    try:
        found = yield from views(target)
        for view in found:
            yield from view.look()
    except Exception as error:
        if not is_document_gone(error):
            raise
        return []
    return found


def _nothing_found(what: str, seen: Sequence[View], timeout_s: float) -> str:
    fields = [field for view in seen for field in view.fields]
    nothing = f"No field for the {what} appeared within {timeout_s:g} seconds"
    if not seen:
        return (
            f"{nothing}: the locator matches nothing, or the page did not answer, being on its way "
            "to another document or busy."
        )
    if not fields:
        return f"{nothing}, nor any other field: is this the right page?"
    passed_over = "; ".join(
        f"{field} ({why_not(field) or 'reads like something else'})" for field in fields[:12]
    )
    return (
        f"{nothing}. Passed over: {passed_over}. Pass a locator of the field if it is among them."
    )
