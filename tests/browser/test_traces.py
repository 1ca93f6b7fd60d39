"""How much of a number and a code Playwright's trace holds; docs/browser.md says the same."""

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
