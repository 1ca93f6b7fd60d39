"""``offers`` and ``doctor``: prices, stock, balance, and what is wrong; nothing is bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.cli import main
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from pathlib import Path

PROVIDERS = ("sandbox", "dogesms", "sms-activate", "smsgang", "smscode")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env`, ledger or key of whoever runs these tests."""
    monkeypatch.chdir(tmp_path)
    for provider in PROVIDERS:
        for end in ("API_KEY", "BASE_URL", "CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.delenv(f"{provider.replace('-', '').upper()}_{end}", raising=False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_offers_of_a_rehearsal(provider: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each provider's prices, in its own currency."""
    assert main(["offers", "--provider", provider, "--service", "telegram"]) == 0
    lines = capsys.readouterr().out.splitlines()
    currency = "IDR" if provider == "smscode" else "USD"
    assert lines
    for line in lines:
        assert line.startswith(provider)
        assert f" {currency}  " in line


def test_offers_want_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence that says what to add."""
    assert main(["offers", "--provider", "dogesms"]) == 1
    assert "--service" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--provider", "nobody"], "'nobody'"),
        (["--country", "ZZ"], "'ZZ'"),
        (["--service", "Tele Gram"], "'Tele Gram'"),
        (["--live"], "--provider"),
        (["--env-file", "none.env"], "--env-file none.env: there is no such file"),
    ],
)
def test_wrong_words_are_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the value; there is no traceback."""
    assert main(["offers", "--service", "telegram", *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_nothing_for_sale_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is for scripts."""
    assert main(["offers", "--provider", "dogesms", "--service", "unheard-of"]) == 1
    assert "nothing for sale" in capsys.readouterr().out


@pytest.mark.parametrize("provider", PROVIDERS)
def test_doctor_in_rehearsal(provider: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Address, balance, stock and ledger are well."""
    assert main(["doctor", "--provider", provider, "--service", "telegram"]) == 0
    out = capsys.readouterr().out
    assert "WRONG" not in out
    assert "available" in out
    assert "telegram in US: from" in out


def test_doctor_of_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is well where nobody has leased yet, and wrong where somebody named one."""
    monkeypatch.delenv("PYTEST_OTP_LEDGER", raising=False)
    assert main(["doctor"]) == 0
    assert f"ok     ledger: there is none at {tmp_path}/.pytest_otp" in capsys.readouterr().out
    assert main(["doctor", "--ledger", "none"]) == 1
    assert f"WRONG  ledger: there is none at {tmp_path}/none" in capsys.readouterr().out
    tmp_path.joinpath("file").write_text("no ledger at all")
    assert main(["doctor", "--ledger", "file"]) == 1
    assert "WRONG  ledger: the ledger" in capsys.readouterr().out


def test_doctor_names_the_key_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """Live without a key: which variable to set."""
    assert main(["doctor", "--live", "--provider", "smscode,dogesms"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  smscode: needs a key; set SMSCODE_API_KEY" in out
    assert "DOGESMS_BASE_URL" in out


def test_live_asks_the_address_of_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a key and a base URL the same lines come from the real thing; the key is not shown."""
    with start() as sandbox:
        monkeypatch.setenv("SMSACTIVATE_BASE_URL", f"{sandbox.url}/sms-activate")
        monkeypatch.setenv("SMSACTIVATE_API_KEY", "nobody-may-see-this")
        words = ["--live", "--provider", "sms-activate", "--service", "telegram"]
        assert main(["doctor", *words]) == 0
        assert main(["offers", *words]) == 0
    out = capsys.readouterr().out
    assert "real service at http://127.0.0.1" in out
    assert "USD" in out
    assert "nobody-may-see-this" not in out
