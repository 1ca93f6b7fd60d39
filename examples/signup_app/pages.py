"""Each page's HTML, from the templates in `pages/`. Every value is escaped here."""

import math
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

from .phone import COUNTRIES, dial_code, readable
from .verification import CODE_DIGITS, Verification

_TEMPLATES = {
    path.stem: Template(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parent / "pages").glob("*.html")
}


def sign_up(
    country: str = "US", number: str = "", *, alert: str = "", status: int = 200
) -> HTMLResponse:
    """The form for the phone number, with what was wrong with the last one."""
    options = "".join(
        f'<option value="{code}"{" selected" * (code == country)}>'
        f"{escape(name)} ({dial_code(code)})</option>"
        for code, name in COUNTRIES.items()
    )
    body = _TEMPLATES["sign_up"].substitute(
        message=_message(alert, ""), options=options, number=escape(number)
    )
    return _page("Sign up", body, status)


def verify(
    visitor: Verification, *, alert: str = "", notice: str = "", status: int = 200
) -> HTMLResponse:
    """The boxes for the code, and the button that asks for another."""
    body = _TEMPLATES["verify"].substitute(
        message=_message(alert, notice),
        number=escape(readable(visitor.number)),
        boxes="".join(_box(position) for position in range(1, CODE_DIGITS + 1)),
        cooldown_s=math.ceil(visitor.cooldown_left_s),
    )
    return _page("Enter your code", body, status)


def welcome(visitor: Verification) -> HTMLResponse:
    """The page behind the sign-up."""
    body = _TEMPLATES["welcome"].substitute(number=escape(readable(visitor.number)))
    return _page("Welcome", body, 200)


def _box(position: int) -> str:
    label = f"Digit {position} of {CODE_DIGITS}"
    # A device that offers the code puts all of it into the first box.
    digits, attributes = (
        (CODE_DIGITS, 'autocomplete="one-time-code" autofocus')
        if position == 1
        else (1, 'autocomplete="off"')
    )
    return (
        f'<input name="code" aria-label="{label}" inputmode="numeric" pattern="[0-9]*"'
        f' maxlength="{digits}" {attributes}>'
    )


def _message(alert: str, notice: str) -> str:
    if alert:
        return f'<p class="message alert" role="alert">{escape(alert)}</p>'
    return f'<p class="message" role="status">{escape(notice)}</p>' if notice else ""


def _page(title: str, body: str, status: int) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES["layout"].substitute(title=title, body=body), status)
