"""Fill a form's phone number and one-time code with Playwright, sync or async.

::

    from pytest_otp.playwright import fill_code, fill_phone

    fill_phone(page, otp_phone)
    fill_code(page, otp_phone.wait_for_code())

With objects of ``playwright.async_api`` each function returns an awaitable. Playwright itself is
imported by whoever calls, not by this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from pytest_otp.browser import codes, masking, phones, resend
from pytest_otp.browser.codes import FilledCode
from pytest_otp.browser.driving import run
from pytest_otp.browser.guarding import guarded
from pytest_otp.browser.masking import masked
from pytest_otp.browser.phones import FilledPhone, PhoneLike

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeAlias

    from playwright import async_api, sync_api

    SyncTarget: TypeAlias = (
        sync_api.Page | sync_api.Frame | sync_api.FrameLocator | sync_api.Locator
    )
    AsyncTarget: TypeAlias = (
        async_api.Page | async_api.Frame | async_api.FrameLocator | async_api.Locator
    )

__all__ = ["FilledCode", "FilledPhone", "PhoneLike", "click_resend", "fill_code", "fill_phone"]


@overload
def fill_code(target: SyncTarget, code: str, *, timeout: float = ...) -> FilledCode: ...
@overload
def fill_code(
    target: AsyncTarget, code: str, *, timeout: float = ...
) -> Coroutine[Any, Any, FilledCode]: ...
def fill_code(
    target: SyncTarget | AsyncTarget, code: str, *, timeout: float = 10
) -> FilledCode | Coroutine[Any, Any, FilledCode]:
    """Type a one-time code into whatever takes it: one input, a row of boxes, drawn boxes.

    Args:
        target: where to look: a page, a frame, or a locator of the box, its container or its label.
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
    flow = masked(codes.fill(target, code, timeout), target, masking.code(code))
    return run(guarded(flow, target, "the code"), target)


@overload
def fill_phone(target: SyncTarget, phone: PhoneLike, *, timeout: float = ...) -> FilledPhone: ...
@overload
def fill_phone(
    target: AsyncTarget, phone: PhoneLike, *, timeout: float = ...
) -> Coroutine[Any, Any, FilledPhone]: ...
def fill_phone(
    target: SyncTarget | AsyncTarget, phone: PhoneLike, *, timeout: float = 10
) -> FilledPhone | Coroutine[Any, Any, FilledPhone]:
    """Type a phone number, choosing its country first where the form asks for it apart.

    Args:
        target: where to look: a page, a frame, or a locator of the field, its container or its
            label.
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
    flow = masked(phones.fill(target, phone, timeout), target, masking.number(phone))
    return run(guarded(flow, target, "the digits"), target)


@overload
def click_resend(target: sync_api.Page | sync_api.Frame, *, timeout: float = ...) -> None: ...
@overload
def click_resend(
    target: async_api.Page | async_api.Frame, *, timeout: float = ...
) -> Coroutine[Any, Any, None]: ...
def click_resend(
    target: sync_api.Page | sync_api.Frame | async_api.Page | async_api.Frame,
    *,
    timeout: float = 90,
) -> Coroutine[Any, Any, None] | None:
    """Have the code sent again: wait out the cool-down that the page shows, then click.

    Args:
        target: a page or a frame.
        timeout: seconds to wait for the cool-down to end.

    Raises:
        FieldNotFound: nothing reads like sending the code again; the text lists what was seen.
        ControlNotReady: it was still cooling down after ``timeout`` seconds.
    """
    __tracebackhide__ = True
    return run(resend.click(target, timeout), target)
