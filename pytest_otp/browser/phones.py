"""The flow behind ``fill_phone``: find the field, say the country where the form asks for it, type.

Looks wrong and is right: a national number is typed without its trunk prefix (``7400 123456``, not
``07400 123456``), because a form that puts the dial code in front makes a valid number of that one
only, and a form that parses takes both.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pytest_otp.browser.choosing_phones import phone_widgets
from pytest_otp.browser.finding import TICK_MS, find
from pytest_otp.browser.keys import clear, press
from pytest_otp.browser.views import page_of
from pytest_otp.errors import FieldRejected
from pytest_otp.redact import mask_number

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget
    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow
    from pytest_otp.browser.views import View

_SETTLE_S: Final = 0.5

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
        way: ``international``: typed as E.164; ``national``: the country chosen apart.
    """

    field: str
    way: Way


def fill(target: AnyTarget, phone: PhoneLike, timeout_s: float) -> Flow[FilledPhone]:
    """Find the phone field behind the target and type the number into it."""
    __tracebackhide__ = True
    page = page_of(target)
    view, widget = yield from find(target, "phone number", phone_widgets, timeout_s)
    chosen = yield from _choose_in_list(view, widget, phone)
    typed = phone.number.removeprefix(phone.dial_code) if chosen else phone.number
    yield from clear(page, view, widget)
    yield from view.focus(widget.boxes[0])
    yield from press(page, typed)
    yield from _verify(page, view, widget, phone)
    return FilledPhone(field=str(widget), way="national" if chosen else "international")


def _choose_in_list(view: View, widget: Widget, phone: PhoneLike) -> Flow[bool]:
    """Choose the country in the nearest ``<select>`` of countries, if there is one."""
    found = yield view.agent.evaluate_handle(
        "(agent, [index, country, dial]) => agent.countryOption(index, country, dial)",
        [widget.boxes[0].index, phone.country, phone.dial_code],
    )
    option = yield found.evaluate("found => found?.option ?? null")
    if option is None:
        return False
    if option < 0:
        count = yield found.evaluate("found => found.options")
        raise FieldRejected(
            f"The list of countries beside {widget} has {count} entries and none for "
            f"{phone.country} ({phone.dial_code}): lease a number of a country that it offers."
        )
    select = yield found.get_property("select")
    yield select.as_element().select_option(index=option, force=True)
    return True


def _verify(page: AnyPage, view: View, widget: Widget, phone: PhoneLike) -> Flow[None]:
    """The field must report the digits, however it formats them."""
    deadline = time.monotonic() + _SETTLE_S
    national = phone.number.removeprefix(phone.dial_code)
    while True:
        states = yield from view.state(widget.boxes)
        if states is None or states[0].gone:
            return
        digits = "".join(filter(str.isdigit, states[0].characters))
        if digits in {national, phone.number[1:], "0" + national}:
            return
        if time.monotonic() >= deadline:
            break
        yield page.wait_for_timeout(TICK_MS)
    raise FieldRejected(
        f"{widget} holds {mask_number(digits)!r} after {mask_number(phone.number)} was typed into "
        "it: it takes another format, or another country's numbers."
    )
