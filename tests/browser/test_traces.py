"""How much of a number and a code Playwright's records hold; docs/browser.md says the same."""

from __future__ import annotations

import json
import zipfile
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_otp.browser import masking
from pytest_otp.playwright import fill_code, fill_phone

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import BrowserContext

CODE = "302415"
PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)
SECRETS = (CODE, PHONE.number[2:])
CONFTEST = """
import pytest
from pytest_otp.browsers import launch_options

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **launch_options()}
"""
# Writes down what must not be seen; its own source, which a traceback shows, has none of it.
LOUD = """
import random
from pathlib import Path
from pytest_otp.playwright import fill_code, fill_phone

def send(otp_sandbox, otp_phone):
    code = random.randrange(100_000, 1_000_000)
    with Path("secrets").open("a") as file:
        print(code, otp_phone.number.removeprefix("+1"), file=file)
    otp_sandbox.deliver(otp_phone.number, f"Your code is {code}")

def test_sign_up(page, otp_phone, otp_sandbox):
    page.set_content("<label>Phone <input type=tel></label><label>Code <input maxlength=6></label>")
    print(fill_phone(page, otp_phone))
    send(otp_sandbox, otp_phone)
    with otp_phone.expect_code() as code:
        send(otp_sandbox, otp_phone)
    print(otp_phone, code, fill_code(page, code.value))
    fill_code(page, "1234567")
"""


def trace_of_a_sign_up(context: BrowserContext, path: Path, *, snapshots: bool) -> list[str]:
    """Lines of the trace of a page on which a number and a code were typed."""
    context.tracing.start(snapshots=snapshots)
    page = context.new_page()
    page.set_content("<label>Phone <input type=tel></label><label>Code <input></label>")
    fill_phone(page, PHONE)
    fill_code(page, CODE)
    page.screenshot()
    context.tracing.stop(path=path)
    with zipfile.ZipFile(path) as archive:
        return [
            line
            for name in archive.namelist()
            for line in archive.read(name).decode(errors="replace").splitlines()
        ]


@pytest.mark.parametrize("masks", [masking.switched_on, nullcontext], ids=["masked", "plain"])
def test_steps_hold_neither_number_nor_code(
    context: BrowserContext, tmp_path: Path, masks: Callable[[], AbstractContextManager[None]]
) -> None:
    """No title, argument or result of a step holds either as a string."""
    with masks():
        lines = trace_of_a_sign_up(context, tmp_path / "trace.zip", snapshots=False)
    assert len(lines) > 20
    assert not [line for line in lines for secret in SECRETS if secret in line]


@pytest.mark.parametrize("secret", SECRETS)
def test_snapshots_hold_what_the_fields_show(
    context: BrowserContext, tmp_path: Path, secret: str
) -> None:
    """With snapshots on, the fields' values are in them, and in nothing else."""
    lines = trace_of_a_sign_up(context, tmp_path / "trace.zip", snapshots=True)
    telling = [json.loads(line)["type"] for line in lines if secret in line]
    assert telling
    assert set(telling) == {"frame-snapshot"}


def test_console_and_names_hold_neither(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a failed test's traceback with all its locals, no log, not Playwright's own words."""
    monkeypatch.setenv("DEBUG", "pw:api")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(LOUD)
    records = ("--screenshot=on", "--tracing=on", "--showlocals", "--log-cli-level=DEBUG", "-sv")
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", *records)
    ran.assert_outcomes(failed=1)
    names = [path.name for path in pytester.path.glob("test-results/*/*")]
    assert sorted(names) == ["test-failed-1.png", "trace.zip"]
    said = f"{ran.stdout}\n{ran.stderr}\n{[*pytester.path.glob('test-results/*')]}"
    assert "pw:api" in said
    assert "CodeTooLong" in said
    secrets = (pytester.path / "secrets").read_text().split()
    assert len(secrets) == 4
    assert [secret for secret in secrets if secret in said] == []
