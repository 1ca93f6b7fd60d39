"""The example project with each provider: rehearsed, in a chain, and as a live run would do it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.contract.recording import recorded, undocumented

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_otp.sandbox.handle import Sandbox

PROVIDERS = ("dogesms", "sms-activate", "smsgang", "smscode")


@pytest.fixture
def project(tmp_path: Path, examples: Path) -> Path:
    """A copy of the example project."""
    project = tmp_path / "examples"
    shutil.copytree(examples, project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return project


def passes(project: Path, *words: str, **environment: str) -> None:
    """All three example tests pass with these words on the command line."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--otp-service=telegram", *words],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rehearsal(project: Path, sandbox: Sandbox, provider: str) -> None:
    """The same three sign-ups with the provider's own client, offline."""
    passes(project, f"--otp-provider={provider}", f"--otp-sandbox-url={sandbox.url}")
    sold = sandbox.activations()
    assert [each.dialect for each in sold] == [provider] * 3
    assert all(each.messages for each in sold)


def test_chain_with_the_first_two_out_of_stock(project: Path, sandbox: Sandbox) -> None:
    """The third provider sells all three numbers."""
    for provider in ("smscode", "dogesms"):
        sandbox.set_stock(0, dialect=provider)
    chain = "--otp-provider=smscode,dogesms,sms-activate,smsgang"
    passes(project, chain, f"--otp-sandbox-url={sandbox.url}")
    assert [each.dialect for each in sandbox.activations()] == ["sms-activate"] * 3


@pytest.mark.parametrize("provider", PROVIDERS)
def test_live(project: Path, sandbox: Sandbox, provider: str) -> None:
    """With consent, a key and a base URL: the same tests, and documented requests only."""
    name = provider.replace("-", "").upper()
    ini = project / "pytest.ini"
    ini.write_text(ini.read_text() + "otp_rates =\n    USD:IDR = 16200\n")
    with recorded(f"{sandbox.url}/{provider}") as (url, seen):
        environment = {
            f"{name}_API_KEY": "a-key",
            f"{name}_BASE_URL": url,
            "SMS_GATEWAY_URL": sandbox.gateway_url("plain"),
        }
        consent = ("--otp-live", "--otp-budget=5 USD", "--otp-targets=127.0.0.1")
        passes(project, f"--otp-provider={provider}", *consent, **environment)
    assert len(sandbox.activations()) == 3
    assert seen
    assert undocumented(provider, seen) == []
