"""What the example application does with numbers and codes, over HTTP and without JavaScript."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_otp import Phone
    from pytest_otp.sandbox.handle import Sandbox

WRONG_CODE = "wrong!"


@contextmanager
def visitor(url: str) -> Iterator[httpx.Client]:
    """A browser's cookies and redirects."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=10) as client:
        yield client


def ask_for_code(client: httpx.Client, phone: Phone) -> httpx.Response:
    """Submit the sign-up form."""
    return client.post("/sign-up", data={"country": phone.country, "number": phone.national})


def enter(client: httpx.Client, code: str) -> httpx.Response:
    """Submit the code's form."""
    return client.post("/verify", data={"code": code})


def test_the_right_code_opens_the_account(base_url: str, otp_phone: Phone) -> None:
    """A code that came by SMS leads to the welcome page, which is closed until then."""
    with visitor(base_url) as client:
        ask_for_code(client, otp_phone)
        assert client.get("/welcome").url.path == "/sign-up"
        assert enter(client, otp_phone.wait_for_code()).url.path == "/welcome"


def test_six_boxes_make_one_code(base_url: str, otp_phone: Phone) -> None:
    """Six fields of one digit each, as the boxes submit them without JavaScript, are one code."""
    with visitor(base_url) as client:
        ask_for_code(client, otp_phone)
        boxes = list(otp_phone.wait_for_code())
        welcome = client.post("/verify", data={"code": boxes})
    assert (len(boxes), welcome.url.path) == (6, "/welcome")


def test_a_wrong_code_costs_a_try(base_url: str, otp_phone: Phone) -> None:
    """A wrong code is refused with the tries that are left, and the right one still works."""
    with visitor(base_url) as client:
        ask_for_code(client, otp_phone)
        refused = enter(client, WRONG_CODE)
        assert refused.status_code == 400
        assert "Wrong code. 4 tries left." in refused.text
        assert enter(client, otp_phone.wait_for_code()).url.path == "/welcome"


def test_five_wrong_codes_lock_the_code(start_app: Callable[..., str], otp_phone: Phone) -> None:
    """After five wrong codes even the right one is refused; a new code has new tries."""
    with visitor(start_app(SIGNUP_RESEND_COOLDOWN_S="0")) as client:
        ask_for_code(client, otp_phone)
        statuses = [enter(client, WRONG_CODE).status_code for _ in range(5)]
        locked = enter(client, otp_phone.wait_for_code())
        assert statuses == [400, 400, 400, 400, 429]
        assert locked.status_code == 429
        assert "Too many tries" in locked.text
        client.post("/resend")
        assert enter(client, otp_phone.wait_for_code()).url.path == "/welcome"


def test_a_new_code_replaces_the_old_one(start_app: Callable[..., str], otp_phone: Phone) -> None:
    """After a resend only the newer code opens the account."""
    with visitor(start_app(SIGNUP_RESEND_COOLDOWN_S="0")) as client:
        ask_for_code(client, otp_phone)
        old = otp_phone.wait_for_code()
        assert "A new code is on its way." in client.post("/resend").text
        new = otp_phone.wait_for_code()
        if old != new:  # one time in a million
            assert enter(client, old).status_code == 400
        assert enter(client, new).url.path == "/welcome"


def test_a_resend_waits_for_its_cool_down(
    base_url: str, otp_phone: Phone, otp_sandbox: Sandbox
) -> None:
    """Asked again too early, the site says for how many seconds to wait, and sends nothing."""
    with visitor(base_url) as client:
        ask_for_code(client, otp_phone)
        refused = client.post("/resend")
    assert refused.status_code == 429
    assert 25 < int(refused.headers["Retry-After"]) <= 30
    assert "You can ask for a new code in" in refused.text
    assert len(otp_sandbox.messages(to=otp_phone.number)) == 1


def test_a_code_expires(start_app: Callable[..., str], otp_phone: Phone) -> None:
    """The right code is refused once its time is over."""
    with visitor(start_app(SIGNUP_CODE_LIFETIME_S="0")) as client:
        ask_for_code(client, otp_phone)
        expired = enter(client, otp_phone.wait_for_code())
    assert expired.status_code == 400
    assert "That code has expired." in expired.text


@pytest.mark.parametrize(
    ("country", "number", "sentence"),
    [
        ("US", "", "Please enter a phone number, in digits."),
        ("US", "my phone", "Please enter a phone number, in digits."),
        ("US", "12", "That number is too short for United States."),
        ("US", "555 0123", "That number lacks its area code for United States."),
        ("US", "202 555 0123 4567", "That number is too long for United States."),
        ("XX", "202 555 0123", "Please choose a country from the list."),
    ],
)
def test_a_bad_number_gets_a_sentence(
    base_url: str, country: str, number: str, sentence: str
) -> None:
    """A number that no SMS can reach is refused with what is wrong with it."""
    with visitor(base_url) as client:
        refused = client.post("/sign-up", data={"country": country, "number": number})
    assert refused.status_code == 400
    assert f'<p class="message alert" role="alert">{sentence}</p>' in refused.text


def test_a_refused_number_stays_in_the_form(base_url: str) -> None:
    """What was typed comes back to be mended, as text and never as markup."""
    typed = '"><script>alert(1)</script>'
    with visitor(base_url) as client:
        page = client.post("/sign-up", data={"country": "GB", "number": typed}).text
    assert "<script>alert" not in page
    assert typed in unescape(page)
    assert '<option value="GB" selected>' in page


@pytest.mark.parametrize(
    ("country", "written", "e164"),
    [
        ("US", "(202) 555-0123", "+12025550123"),
        ("GB", "07700 900123", "+447700900123"),
        ("SE", "070-174 06 05", "+46701740605"),
        ("US", "+33 6 39 98 00 01", "+33639980001"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(
    base_url: str, otp_sandbox: Sandbox, country: str, written: str, e164: str
) -> None:
    """The SMS goes to the E.164 form of what was typed."""
    before = len(otp_sandbox.messages(to=e164))
    with visitor(base_url) as client:
        client.post("/sign-up", data={"country": country, "number": written})
    assert len(otp_sandbox.messages(to=e164)) == before + 1


def test_a_gateway_that_is_down_is_admitted(
    start_app: Callable[..., str], otp_phone: Phone
) -> None:
    """When the SMS cannot be sent the visitor is told, and stays where trying again is possible."""
    with visitor(start_app(SMS_GATEWAY_URL="http://127.0.0.1:9")) as client:
        failed = ask_for_code(client, otp_phone)
    assert (failed.status_code, failed.url.path) == (502, "/sign-up")
    assert "We could not send the SMS." in failed.text


@pytest.mark.parametrize("path", ["/", "/verify", "/welcome"])
def test_a_stranger_is_sent_to_the_form(base_url: str, path: str) -> None:
    """Without a number under verification every page leads to the sign-up form."""
    with visitor(base_url) as client:
        assert client.get(path).url.path == "/sign-up"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SMS_GATEWAY_URL", "", "Set SMS_GATEWAY_URL to the URL of the gateway"),
        ("SIGNUP_CODE_LIFETIME_S", "soon", "SIGNUP_CODE_LIFETIME_S is 'soon'; set it to a number"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    examples: Path, variable: str, value: str, sentence: str
) -> None:
    """A missing gateway or a time that is no number is named, and nothing is served."""
    ran = subprocess.run(
        [sys.executable, "-m", "signup_app", "--port", "0"],
        cwd=examples,
        env={**os.environ, "SMS_GATEWAY_URL": "http://127.0.0.1:9", variable: value},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(sentence)
    assert ran.stderr.count("\n") == 1
