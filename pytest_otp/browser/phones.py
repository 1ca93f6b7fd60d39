"""The flow behind ``fill_phone``: find the field, say the country where the form asks for it, type.

A form takes a number in one of two ways. *International*: E.164 goes into the one field, and a
widget with a list of countries finds the country by itself. *National*: the country is chosen from
a list, and the field takes the rest. What the form shows decides which is tried first; what the
field then reports decides whether it stays.

Looks wrong and is right: a national number is typed without its trunk prefix (``7400 123456``, not
``07400 123456``), because a form that puts the dial code in front makes a valid number of that one
only, and a form that parses takes both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pytest_otp.browser.choosing import CONFIDENT, best
from pytest_otp.browser.choosing_phones import phone_widgets
from pytest_otp.browser.countries import Countries
from pytest_otp.browser.finding import TICK_MS, find, staying
from pytest_otp.browser.keys import clear, press
from pytest_otp.browser.views import page_of
from pytest_otp.errors import FieldRejected
from pytest_otp.redact import mask_number
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.countries import Around
    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow
    from pytest_otp.browser.views import View

_SETTLE_S: Final = 0.5
# How long a form may take to draw the field anew for another country.
_REDRAW_S: Final = 0.15

Way = Literal["international", "national"]


class PhoneLike(Protocol):
    """What ``fill_phone`` needs to know of a phone; ``otp_phone`` has all of it."""

    @property
    def number(self) -> str:
        """E.164: ``+15551234321``."""

    @property
    def national(self) -> str:
        """As it is written in its country: ``(555) 123-4321``."""

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2: ``US``."""

    @property
    def dial_code(self) -> str:
        """``+1``."""


@dataclass(frozen=True, slots=True)
class FilledPhone:
    """What ``fill_phone`` did.

    Attributes:
        field: the field, as a message names it.
        way: ``international``: typed as E.164; ``national``: without its dial code, the country
            being chosen from a list or shown by the form.
    """

    field: str
    way: Way


def fill(target: AnyTarget, phone: PhoneLike, timeout_s: float) -> Flow[FilledPhone]:
    """Find the phone field behind the target and type the number into it."""
    __tracebackhide__ = True
    view, widget = yield from find(target, "phone number", phone_widgets, timeout_s)
    way = yield from staying(_fill(page_of(target), view, widget, phone), widget)
    return FilledPhone(field=str(widget), way=way)


def _fill(page: AnyPage, view: View, widget: Widget, phone: PhoneLike) -> Flow[Way]:
    __tracebackhide__ = True
    countries = yield from Countries.beside(view, widget, phone.country, phone.dial_code)
    return (yield from _Form(page, view, widget, phone, countries).fill())


@dataclass(slots=True)
class _Form:
    """One number on its way into one form."""

    page: AnyPage
    view: View
    widget: Widget
    phone: PhoneLike
    countries: Countries
    left: str | None = None
    is_invalid: bool = False

    def fill(self) -> Flow[Way]:
        """Try the ways that the form allows, the likeliest first."""
        __tracebackhide__ = True
        around = yield from self.countries.look()
        for way, attempt in self._attempts(around):
            if (yield from attempt()):
                return way
        if self.is_invalid:
            raise FieldRejected(
                f"{self.widget} holds {mask_number(self.phone.number)} and calls it invalid: its "
                "pattern or the application's own check wants another format, or other numbers."
            )
        found = (
            f"{self.widget} holds {mask_number('+' + self.left) if self.left else 'nothing'} after "
            f"{mask_number(self.phone.number)} was typed into it"
            if self.left is not None
            else f"{self.widget} is for numbers of {around.dial_code} only, as it seems"
        )
        raise FieldRejected(
            f"{found}: lease a number that the form takes, or choose the country "
            f"({self.phone.country}) in the test before."
        )

    def _attempts(self, around: Around) -> list[tuple[Way, Callable[[], Flow[bool]]]]:
        if self.countries.has_select or around.has_dial_field:
            return [("national", self._choose_and_type)]
        attempts: list[tuple[Way, Callable[[], Flow[bool]]]] = []
        if around.dial_code is None:
            attempts.append(("international", self._international))
        elif around.dial_code == self.phone.dial_code and (
            around.shows_country or not around.has_control
        ):
            attempts.append(("national", self._national))
        if around.has_control:
            attempts.append(("national", self._choose_and_type))
        elif around.dial_code is None:
            attempts.append(("national", self._national))
        elif around.dial_code != self.phone.dial_code:
            attempts.append(("national", self._try_dial_code_and_type))
        return attempts

    def _choose_and_type(self) -> Flow[bool]:
        __tracebackhide__ = True
        yield from self.countries.choose(self.page)
        if not (yield from self._is_there(_REDRAW_S)):
            yield from self._find_again()
        held = yield from self._national()
        around = yield from self.countries.look()
        if held and around.shows_another and not self.countries.has_select:
            raise FieldRejected(
                f"The form shows another country after {self.phone.country} was chosen from its "
                "list: choose it in the test before."
            )
        return held

    def _try_dial_code_and_type(self) -> Flow[bool]:
        chosen = yield from self.countries.try_dial_code(self.page)
        return chosen and (yield from self._national())

    def _international(self) -> Flow[bool]:
        longest = self.widget.boxes[0].maxlength
        if longest is not None and longest < len(self.phone.number):
            return False
        yield from self._type(self.phone.number)
        digits = yield from self._held({self.phone.number[1:], *self._nationals()})
        if digits is None:
            # Some lists open when a plus is typed, and would swallow what is typed next.
            yield self.page.keyboard.press("Escape")
            return False
        around = yield from self.countries.look()
        return not around.shows_another

    def _national(self) -> Flow[bool]:
        accepted = {self.phone.number[1:], *self._nationals()}
        for number in self._nationals():
            yield from self._type(number)
            held = yield from self._held(accepted)
            if held is not None and (yield from self._find_again()):
                yield from self._type(number)
                held = yield from self._held(accepted)
            if held is not None:
                return True
        return False

    def _is_there(self, seconds: float = 0) -> Flow[bool]:
        """Whether the field still is where it was, for so long."""
        deadline = ticks() + seconds
        while True:
            shown = yield from self.view.state(self.widget.boxes)
            if shown is None or shown.boxes[0].gone:
                return False
            if ticks() >= deadline:
                return True
            yield self.page.wait_for_timeout(TICK_MS)

    def _find_again(self) -> Flow[bool]:
        """Some forms draw the field anew for another country; whether this one did."""
        if (yield from self._is_there()):
            return False
        yield from self.view.look()
        found = best(phone_widgets(self.view.fields), pointed=False)
        if len(found) != 1 or found[0].score < CONFIDENT:
            return False
        self.widget = found[0]
        self.countries = yield from self.countries.again(self.view, self.widget)
        return True

    def _nationals(self) -> list[str]:
        """Digits of the national number: without its trunk prefix, then as it is written."""
        written = "".join(filter(str.isdigit, self.phone.national))
        return list(dict.fromkeys([self.phone.number.removeprefix(self.phone.dial_code), written]))

    def _type(self, number: str) -> Flow[None]:
        """Type into the emptied field, after a prefix that it does not let go of."""
        yield from clear(self.page, self.view, self.widget)
        yield from self.view.focus(self.widget.boxes[0])
        kept = yield from self._digits()
        prefix = self.phone.dial_code if kept and kept == self.phone.dial_code[1:] else ""
        rest = number.removeprefix(prefix)
        for box in self.widget.boxes[:-1]:
            part, rest = rest[: box.maxlength], rest[box.maxlength :]
            yield from self.view.focus(box)
            yield from press(self.page, part)
        if self.widget.is_row:
            yield from self.view.focus(self.widget.boxes[-1])
        yield from press(self.page, rest)

    def _digits(self) -> Flow[str]:
        shown = yield from self.view.state(self.widget.boxes)
        return "".join(filter(str.isdigit, shown.held)) if shown is not None else ""

    def _held(self, accepted: set[str]) -> Flow[str | None]:
        """Which of the accepted digits the field reports, however it formats them."""
        deadline = ticks() + _SETTLE_S
        while True:
            shown = yield from self.view.state(self.widget.boxes)
            if shown is None or shown.boxes[0].gone:
                return self.phone.number[1:]
            digits = "".join(filter(str.isdigit, shown.held))
            if digits in accepted and not shown.boxes[0].invalid:
                return digits
            self.left, self.is_invalid = digits, digits in accepted
            if ticks() >= deadline:
                return None
            yield self.page.wait_for_timeout(TICK_MS)
