"""The flow behind ``fill_code``: find the widget, choose once, type as a person would, verify.

Measured on the code widgets of npm: focusing and typing with a pause in each key is what most of
them take; filling by script leaves some showing a code that the application never got. So digits
are typed, and a box is focused by us only where the widget does not move on by itself.

Looks wrong and is right: a widget that is gone or empty after the last character counts as
submitted, since that is what an application does with a whole code; the same earlier is a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from pytest_otp.browser.choosing_codes import code_widgets
from pytest_otp.browser.finding import TICK_MS, find, staying
from pytest_otp.browser.keypads import tap
from pytest_otp.browser.keys import clear, press, press_last
from pytest_otp.browser.views import page_of
from pytest_otp.errors import CodeTooLong, FieldRejected
from pytest_otp.redact import mask_code
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow
    from pytest_otp.browser.fields import Field
    from pytest_otp.browser.views import Shown, View

# Longest waits for a widget to show what it made of a key, to move its focus, and to come to rest.
_REACT_S: Final = 0.4
_ADVANCE_S: Final = 0.2
_SETTLE_S: Final = 0.5
# How often a widget may be drawn anew under the same step.
_TRIES: Final = 5

Way = Literal["typed", "box by box", "keypad"]
Outcome = Literal["held", "masked", "submitted"]


@dataclass(frozen=True, slots=True)
class FilledCode:
    """What ``fill_code`` did.

    Attributes:
        field: the widget, as a message names it.
        way: ``typed`` in one go; ``box by box`` where the widget did not advance by itself;
            ``keypad`` where the keys on the screen were tapped.
        outcome: ``held``: the widget shows the code; ``masked``: it shows as many characters;
            ``submitted``: it went away, or was emptied, with the last one.
    """

    field: str
    way: Way
    outcome: Outcome


def fill(target: AnyTarget, code: str, timeout_s: float) -> Flow[FilledCode]:
    """Find the code's field behind the target and type the code into it."""
    __tracebackhide__ = True
    view, widget = yield from find(
        target, "code", partial(code_widgets, length=len(code)), timeout_s
    )
    if widget.room is not None and widget.room < len(code):
        raise CodeTooLong(
            f"The code {mask_code(code)} has {len(code)} characters and {widget} takes "
            f"{widget.room}: the application expects a shorter code, or this is another field."
        )
    if widget.boxes[0].keypad:
        tapped = yield from staying(tap(page_of(target), view, widget, code), widget)
        return FilledCode(field=str(widget), way="keypad", outcome=tapped)
    typing = _Typing(page_of(target), view, widget, code)
    outcome = yield from staying(typing.run(), widget)
    return FilledCode(field=str(typing.widget), way=typing.way, outcome=outcome)


def _drawn_beside(view: View, widget: Widget, length: int) -> Widget | None:
    """Boxes drawn over an input that takes keys only after one of them was focused."""
    others = code_widgets(view.fields, length)
    return next((it for it in others if it.boxes[0].drawn and it.boxes != widget.boxes), None)


@dataclass(slots=True)
class _Typing:
    """One code on its way into one widget."""

    page: AnyPage
    view: View
    widget: Widget
    code: str
    way: Way = "typed"
    seen: Shown | None = None
    is_led: bool = False
    had_focus: bool = False

    def run(self) -> Flow[Outcome]:
        """Type the whole code, and see what became of it."""
        __tracebackhide__ = True
        reacted = yield from self.start()
        other = _drawn_beside(self.view, self.widget, len(self.code))
        if not reacted and other is not None:
            self.widget = other
            reacted = yield from self.start()
        if not reacted:
            reacted = yield from self.start_by_click()
        if not reacted:
            raise FieldRejected(
                f"{self.widget} made nothing of the first character of {mask_code(self.code)}: it "
                "may not be ready, or take other characters, or be another field."
            )
        for place in range(1, len(self.code)):
            yield from self.type_one(place)
        return (yield from self.verify())

    def start(self) -> Flow[bool]:
        """Type the first character; whether the widget made anything of it."""
        yield from clear(self.page, self.view, self.widget)
        yield from self._focus(0)
        return (yield from self._press(0))

    def start_by_click(self) -> Flow[bool]:
        """Some boxes only show what another field takes, which gets the focus by a click on them.

        Where a click leads nowhere else nothing is typed again.
        """
        yield from self.view.click(self.page, self.widget.boxes[0])
        yield from self._look()
        if self.seen is None or self._has_focus():
            return False
        self.is_led = True
        return (yield from self._press(0))

    def type_one(self, place: int) -> Flow[None]:
        """Type a further character, in its own box."""
        __tracebackhide__ = True
        if not self.is_led and self.widget.is_row:
            yield from self._advance(place)
        elif not self.is_led and self.had_focus and not self._has_focus():
            # Something else of the page took it.
            yield from self._focus(place)
        yield from self._press(place)

    def verify(self) -> Flow[Outcome]:
        """What became of the whole code, as soon as that is clear."""
        __tracebackhide__ = True
        started = ticks()
        while True:
            yield from self._look()
            shown = self.seen
            if shown is None or all(box.disabled for box in shown.boxes):
                return "submitted"
            if all(box.gone for box in shown.boxes):
                return (yield from self._outcome_elsewhere())
            if _bare(self.code) in {_bare(shown.held), _bare(shown.drawn)}:
                return "held"
            waited = ticks() - started
            if waited >= _SETTLE_S:
                break
            if waited >= _SETTLE_S / 2:
                yield from self._repair(shown)
            yield self.page.wait_for_timeout(TICK_MS)
        if not shown.held and not shown.drawn:
            return "submitted"
        if any(_is_masked(characters, self.code) for characters in (shown.held, shown.drawn)):
            return "masked"
        raise FieldRejected(self._refusal(shown.held or shown.drawn))

    def _look(self) -> Flow[None]:
        self.seen = yield from self.view.state(self.widget.boxes)

    def _outcome_elsewhere(self) -> Flow[Outcome]:
        """The boxes are gone: for good, or replaced by others that hold the code."""
        yield from self.view.look()
        for widget in code_widgets(self.view.fields, len(self.code)):
            shown = yield from self.view.state(widget.boxes)
            if shown is not None and _bare(shown.held) == _bare(self.code):
                return "held"
        return "submitted"

    def _focus(self, place: int) -> Flow[None]:
        """Focus the box of a character, in whatever the widget is drawn as by now."""
        __tracebackhide__ = True
        for _ in range(_TRIES):
            if (yield from self.view.focus(self._box(place))):
                break
            yield from self._find_again(place)
        yield from self._look()
        self.had_focus = self._has_focus()

    def _has_focus(self) -> bool:
        return self.seen is not None and any(box.focused for box in self.seen.boxes)

    def _box(self, place: int) -> Field:
        return self.widget.boxes[place // self.widget.each if self.widget.is_row else 0]

    def _advance(self, place: int) -> Flow[None]:
        """Wait until the widget has moved on to the box; where it does not, do it for it."""
        __tracebackhide__ = True
        deadline = ticks() + _ADVANCE_S
        while self.seen is not None:
            if any(box.gone for box in self.seen.boxes):
                yield from self._find_again(place)
            elif self.seen.boxes[place // self.widget.each].focused:
                return
            elif ticks() >= deadline:
                yield from self._focus(place)
                self.way = "box by box"
                return
            else:
                yield self.page.wait_for_timeout(TICK_MS)
                yield from self._look()

    def _press(self, place: int) -> Flow[bool]:
        """Type one character, twice if nothing came of it; whether anything did."""
        __tracebackhide__ = True
        before = self.seen
        if place + 1 == len(self.code):
            yield from press_last(self.page, self.code[place])
            return True
        for _ in range(2):
            yield from press(self.page, self.code[place])
            deadline = ticks() + _REACT_S
            while self.seen == before and ticks() < deadline:
                yield from self._look()
                if self.seen is None or any(box.gone for box in self.seen.boxes):
                    yield from self._find_again(place + 1)
                    return True
                if self.seen == before:
                    yield self.page.wait_for_timeout(TICK_MS)
            if self.seen != before:
                return True
        return False

    def _repair(self, shown: Shown) -> Flow[None]:
        """Type again what single boxes of a row lost, if all the others hold their own."""
        if not self.widget.is_row or len(shown.boxes) != len(self.code):
            return
        pairs = list(zip(shown.boxes, self.code, strict=True))
        lost = [place for place, (box, _) in enumerate(pairs) if not box.characters]
        others_hold = all(_bare(box.text) == _bare(one) for box, one in pairs if box.characters)
        if lost and others_hold and len(lost) < len(pairs) / 2:
            yield from self._focus(lost[0])
            yield from press(self.page, self.code[lost[0]])
            self.way = "box by box"

    def _find_again(self, typed: int) -> Flow[None]:
        """Some widgets replace their boxes at each key: carry on in the new ones."""
        __tracebackhide__ = True
        boxes = len(self.widget.boxes)
        deadline = ticks() + _REACT_S
        while True:
            yield from self.view.look()
            found = code_widgets(self.view.fields, len(self.code))
            same = [widget for widget in found if len(widget.boxes) == boxes]
            if same:
                break
            if ticks() >= deadline:
                raise FieldRejected(
                    f"{self.widget} went away after {typed} of {len(self.code)} characters of "
                    f"{mask_code(self.code)}: the application may expect a shorter code."
                )
            yield self.page.wait_for_timeout(TICK_MS)
        self.widget = same[0]
        yield from self._look()

    def _refusal(self, shown: str) -> str:
        right = sum(_bare(one) == _bare(it) for one, it in zip(shown, self.code, strict=False))
        return (
            f"{self.widget} shows {len(shown)} characters, {right} of them in their place, "
            f"after {mask_code(self.code)} was typed into it: look whether it takes such codes."
        )


def _bare(text: str) -> str:
    """Letters and digits alone, in one case: a widget may show ``A1-B2`` for ``a1b2``."""
    return "".join(filter(str.isalnum, text)).casefold()


def _is_masked(shown: str, code: str) -> bool:
    """As many characters as the code has, drawn as dots; the last may still be readable."""
    return len(shown) == len(code) and not any(map(str.isalnum, shown[:-1]))
