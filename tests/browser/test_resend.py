"""``click_resend`` finds the control among others, and waits out the cool-down that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.errors import ControlNotReady, FieldNotFound
from pytest_otp.playwright import click_resend

if TYPE_CHECKING:
    from playwright.sync_api import Page

COUNTED = "onclick='window.clicks = 1 + ~~window.clicks'"
READY = {
    "button": f"<button {COUNTED}>Resend code</button>",
    "link": f"<a href='#' {COUNTED}>Didn't get it? Send again</a>",
    "role": f"<div role=button tabindex=0 {COUNTED}>Get a new code</div>",
    "input": f"<input type=button value='Send the code again' {COUNTED}>",
    "sms before call": f"<button>Resend by call</button><button {COUNTED}>Resend by SMS</button>",
    "other language": f"<button {COUNTED}>Code erneut senden</button>",
    "beside an expiry": f"<p>Your code expires in 4:59. <button {COUNTED}>Resend</button></p>",
    "after an expiry": f"<p>It expires in 4:59! Resend it.</p><button {COUNTED}>Resend</button>",
    "beside another way": f"<button {COUNTED}>Resend</button><p>Resend by call in 0:27</p>",
}
COOLING = {
    "disabled": (
        f"<button disabled {COUNTED}>Resend</button>",
        "document.querySelector('button').disabled = false",
    ),
    "aria-disabled": (
        f"<button aria-disabled=true {COUNTED}>Resend</button>",
        "document.querySelector('button').removeAttribute('aria-disabled')",
    ),
    "counting": (
        f"<button {COUNTED}>Resend (27s)</button>",
        "document.querySelector('button').textContent = 'Resend'",
    ),
    "in seconds": (
        f"<button id=b disabled {COUNTED}>Resend in 30 s</button>",
        "b.disabled = false; b.textContent = 'Resend'",
    ),
    "by style": (
        f"<button style='pointer-events: none' {COUNTED}>Resend</button>",
        "document.querySelector('button').style = ''",
    ),
    "text beside": (
        f"<p>You can resend it in <b>0:30</b></p><button {COUNTED}>Resend</button>",
        "document.querySelector('p').remove()",
    ),
    "text instead": (
        "<p>Resend code in 0:27</p>",
        f'document.body.innerHTML = "<button {COUNTED}>Resend code</button>"',
    ),
}


@pytest.mark.parametrize("kind", READY)
def test_clicks_what_reads_like_sending_again(page: Page, kind: str) -> None:
    """Buttons, links and whatever plays one are found by what they say."""
    page.set_content(f"<button>Send code</button><button>Continue</button>{READY[kind]}")
    click_resend(page)
    assert page.evaluate("window.clicks") == 1


@pytest.mark.parametrize("kind", COOLING)
def test_waits_out_the_cool_down(page: Page, kind: str) -> None:
    """Nothing is clicked before the page says that it may be."""
    html, end = COOLING[kind]
    page.set_content(html)
    page.evaluate(f"setTimeout(() => {{ window.over = true; {end} }}, 500)")
    click_resend(page)
    assert page.evaluate("[window.over, window.clicks]") == [True, 1]


def test_in_a_shadow_root_of_a_frame(page: Page) -> None:
    """The control is found in frames and in open shadow roots."""
    page.set_content("<iframe srcdoc='<x-resend></x-resend>'></iframe>")
    page.frames[1].evaluate(
        """() => {
             const root = document.querySelector("x-resend").attachShadow({ mode: "open" });
             root.innerHTML = "<button>Resend</button>";
             root.querySelector("button").onclick = () => (top.clicks = 1);
           }"""
    )
    click_resend(page)
    assert page.evaluate("window.clicks") == 1


def test_cool_down_that_does_not_end(page: Page) -> None:
    """The control and the time waited are named."""
    page.set_content("<button disabled>Resend in 40s</button>")
    with pytest.raises(ControlNotReady, match=r"'Resend in 40s' was still cooling down after 0\.3"):
        click_resend(page, timeout=0.3)


def test_control_that_is_covered(page: Page) -> None:
    """A banner over the control is told apart from a cool-down."""
    page.set_content(
        "<button>Resend</button><div style='position: fixed; inset: 0'>We use cookies</div>"
    )
    with pytest.raises(ControlNotReady, match="'Resend' could not be clicked"):
        click_resend(page, timeout=0.3)


def test_no_control(page: Page) -> None:
    """What could be clicked instead is listed."""
    page.set_content("<button>Continue</button><a href='#'>Help</a>")
    with pytest.raises(FieldNotFound, match="links seen: 'Continue', 'Help'"):
        click_resend(page, timeout=0.2)
