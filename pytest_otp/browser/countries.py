"""Choosing a phone number's country: from a list, or by typing into a field of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.browser.driving import is_document_gone, is_timeout
from pytest_otp.browser.keys import press
from pytest_otp.errors import FieldRejected
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, Flow
    from pytest_otp.browser.views import View

_FILES: Final = resources.files(__package__)
_SCRIPT: Final = _FILES.joinpath("countries.js").read_text(encoding="utf-8")
# ISO 3166-1: each country's alpha-3 code, and its name there where CLDR's is another.
_ISO3166: Final = json.loads(_FILES.joinpath("iso3166.json").read_text(encoding="utf-8"))
_TICK_MS: Final = 25
# How long a list may take to open, and to be filled or to answer to its search field.
_OPEN_S: Final = 0.4
_LIST_S: Final = 2.0
# How long a list may take to draw what it was scrolled to.
_DRAW_S: Final = 0.1
_CLICK_MS: Final = 3000


@dataclass(frozen=True, slots=True)
class Around:
    """What the form shows around a phone field: a control for the country, a dial code."""

    has_dial_field: bool
    has_control: bool
    shows_country: bool
    shows_another: bool
    dial_code: str | None


@dataclass(frozen=True, slots=True)
class Countries:
    """The way in which one form asks for the country, and the country to be chosen there."""

    handle: Any
    country: str
    dial_code: str
    has_select: bool

    @classmethod
    def beside(cls, view: View, widget: Widget, country: str, dial_code: str) -> Flow[Countries]:
        """Look around a phone field."""
        handle = yield view.agent.evaluate_handle(
            _SCRIPT, [widget.boxes[0].index, country, dial_code, _ISO3166.get(country, [country])]
        )
        has_select = yield handle.evaluate("it => it.select !== null")
        return cls(handle, country, dial_code, has_select)

    def again(self, view: View, widget: Widget) -> Flow[Countries]:
        """Look around the field that the form has drawn in place of another."""
        return (yield from Countries.beside(view, widget, self.country, self.dial_code))

    def look(self) -> Flow[Around]:
        """What the form shows now."""
        seen = yield self.handle.evaluate("it => it.look()")
        return Around(
            has_dial_field=seen["hasDialField"],
            has_control=seen["hasControl"],
            shows_country=seen["showsCountry"],
            shows_another=seen["showsAnother"],
            dial_code=seen["dialBeside"],
        )

    def choose(self, page: AnyPage) -> Flow[None]:
        """Choose the country.

        Raises:
            FieldRejected: the list does not offer it.
        """
        __tracebackhide__ = True
        text = yield self.handle.evaluate("it => it.typed()")
        if text is not None:
            yield from self._type(page, text)
            return
        chosen = yield from (self._select() if self.has_select else self._open_and_pick(page))
        if not chosen:
            raise FieldRejected(
                f"The form's list of countries has no entry for {self.country} "
                f"({self.dial_code}): lease a number of a country that it offers."
            )

    def try_dial_code(self, page: AnyPage) -> Flow[bool]:
        """Choose the country where nothing but a dial code looks as if it opened a list."""
        is_there_already = yield self.handle.evaluate("it => it.entry() !== null")
        return False if is_there_already else (yield from self._open_and_pick(page))

    def _select(self) -> Flow[bool]:
        option = yield self.handle.evaluate("it => it.optionIndex()")
        if option < 0:
            return False
        select = yield self.handle.get_property("select")
        # Forced, because many are drawn over by a flag and are transparent themselves.
        yield select.as_element().select_option(index=option, force=True)
        return True

    def _type(self, page: AnyPage, text: str) -> Flow[None]:
        """Type into a field of its own for the dial code, or for a name that it suggests."""
        yield self.handle.evaluate("it => { it.field().focus(); it.field().select(); }")
        yield page.keyboard.press("Backspace")
        yield from press(page, text)
        held = yield self.handle.evaluate("it => it.field().value")
        if "".join(filter(str.isalnum, held)) != "".join(filter(str.isalnum, text)):
            raise FieldRejected(
                f"The form's own field for the country holds {held!r} after {text!r} was typed "
                "into it: lease a number of a country that it takes, or fill it in in the test."
            )

    def _open_and_pick(self, page: AnyPage) -> Flow[bool]:
        opener = yield self.handle.evaluate_handle("it => it.opener()")
        # An input that filters a list may be drawn over by the choice, which takes the click then.
        is_input = yield opener.evaluate("it => it?.localName === 'input'")
        if opener.as_element() is None:
            return False
        try:
            yield opener.as_element().click(force=is_input, timeout=_CLICK_MS)
        except Exception as error:
            if not is_timeout(error):
                raise
            raise FieldRejected(
                "The list of countries could not be opened, as something covers its control or it "
                "keeps moving: close in the test what is over it."
            ) from None
        entry = yield from self._wait_for(page, "it => it.entry()", _OPEN_S)
        if entry is None:
            search = yield from self._wait_for(page, "it => it.search()", _OPEN_S)
            if search is not None:
                # Selected, because one that shows the choice would search for what it shows too.
                yield search.evaluate("it => { it.focus(); it.select(); }")
                name = yield self.handle.evaluate("it => it.name")
                yield from press(page, name)
        return (yield from self._pick(page))

    def _pick(self, page: AnyPage) -> Flow[bool]:
        """Click the country's entry; again if the list was drawn anew in the meantime."""
        for _ in range(3):
            entry = yield from self._wait_for(page, "it => it.entry()", _LIST_S)
            if entry is None:
                entry = yield from self._scroll_to_entry(page)
            if entry is None:
                return False
            try:
                yield entry.click(timeout=_CLICK_MS)
            except Exception as error:
                if not (is_timeout(error) or is_document_gone(error)):
                    raise
            else:
                return True
        return False

    def _scroll_to_entry(self, page: AnyPage) -> Flow[Any]:
        """The country's entry in a list that draws only what it shows, or None."""
        moved = yield self.handle.evaluate("it => it.scroll(true)")
        while moved:
            entry = yield from self._wait_for(page, "it => it.entry()", _DRAW_S)
            if entry is not None:
                return entry
            moved = yield self.handle.evaluate("it => it.scroll(false)")
        return None

    def _wait_for(self, page: AnyPage, script: str, timeout_s: float) -> Flow[Any]:
        """The element that a script finds, or None."""
        deadline = ticks() + timeout_s
        while True:
            found = yield self.handle.evaluate_handle(script)
            element = found.as_element()
            if element is not None or ticks() >= deadline:
                return element
            yield page.wait_for_timeout(_TICK_MS)
