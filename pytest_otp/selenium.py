"""Fill a form's phone number and one-time code with Selenium.

::

    from pytest_otp.selenium import fill_code, fill_phone

    fill_phone(driver, otp_phone)
    fill_code(driver, otp_phone.wait_for_code())

The steps are those of ``pytest_otp.playwright``, and so is what goes wrong. What WebDriver cannot
do: in a live run a page is checked before it is typed into, and not held where it is afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from pytest_otp import targets
from pytest_otp.browser import codes, phones, resend
from pytest_otp.browser.codes import FilledCode
from pytest_otp.browser.driving import call
from pytest_otp.browser.phones import FilledPhone, PhoneLike
from pytest_otp.browser.webdriver import Located, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.browser.driving import Flow

__all__ = ["FilledCode", "FilledPhone", "PhoneLike", "click_resend", "fill_code", "fill_phone"]

Target: TypeAlias = WebDriver | WebElement
T = TypeVar("T")


def fill_code(target: Target, code: str, *, timeout: float = 10) -> FilledCode:
    """Type a one-time code into whatever takes it: one input, a row of boxes, drawn boxes.

    Args:
        target: where to look: the driver, for the document that it is switched to and the frames
            inside it; or an element: the field, its container or its label.
        code: the code, as ``wait_for_code()`` returned it.
        timeout: seconds to wait for the field to appear.

    Returns:
        Which field it was, how it was filled and what became of the code.

    Raises:
        FieldNotFound: no field for a code appeared; the text lists what was seen instead.
        SeveralFields: several fit equally well.
        FieldUnreachable: the field is inside a closed shadow root.
        FieldRejected: the field does not report the code.
        CodeTooLong: the code has more characters than the field takes.
        TargetRefused: this is a live run and ``otp_targets`` lacks the page's host.
    """
    __tracebackhide__ = True
    return _run(target, lambda where: codes.fill(where, code, timeout), "the code")


def fill_phone(target: Target, phone: PhoneLike, *, timeout: float = 10) -> FilledPhone:
    """Type a phone number, choosing its country first where the form asks for it apart.

    Args:
        target: as of ``fill_code``.
        phone: the number in its forms; ``otp_phone`` fits.
        timeout: seconds to wait for the field to appear.

    Returns:
        Which field it was and in which form the number was typed.

    Raises:
        FieldNotFound: no field for a number appeared; the text lists what was seen instead.
        SeveralFields: several fit equally well.
        FieldRejected: the field does not report the number, or the list lacks its country.
        TargetRefused: this is a live run and ``otp_targets`` lacks the page's host.
    """
    __tracebackhide__ = True
    return _run(target, lambda where: phones.fill(where, phone, timeout), "the digits")


def click_resend(driver: WebDriver, *, timeout: float = 90) -> None:
    """Have the code sent again: wait out the cool-down that the page shows, then click.

    Args:
        driver: for the document that it is switched to and the frames inside it.
        timeout: seconds to wait for the cool-down to end.

    Raises:
        FieldNotFound: nothing reads like sending the code again; the text lists what was seen.
        ControlNotReady: it was still cooling down after ``timeout`` seconds.
    """
    __tracebackhide__ = True
    _run(driver, lambda where: resend.click(where, timeout))


def _run(target: Target, steps: Callable[[Any], Flow[T]], typed: str = "") -> T:
    """Run a flow on the target, and leave the driver in the frame that it was in."""
    __tracebackhide__ = True
    page = Page(target if isinstance(target, WebDriver) else target.parent)
    if typed and targets.are_declared():
        targets.check(page.driver.current_url, typed)
    try:
        return call(steps(page if isinstance(target, WebDriver) else Located(page, target)))
    finally:
        page.switch_to(())
