"""Live runs: consent, and the documented requests and nothing else. The wire is loopback here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State
from tests.contract.recording import recorded, undocumented

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row
    from pytest_otp.sandbox.handle import Sandbox

    Run = Callable[..., pytest.RunResult]
    Rows = Callable[[], list[Row]]

PROVIDERS = ("dogesms", "sms-activate", "smsgang", "smscode")
KEY = "key-that-nobody-may-see"
LEASES = "def test_leases(otp_phone): assert otp_phone.number"
CODE = """
    import os
    import httpx

    def test_code(otp_phone):
        sms = {"to": otp_phone.number, "text": "Your code is 123456", "from": "Shop"}
        httpx.post(os.environ["GATEWAY"], json=sms).raise_for_status()
        assert otp_phone.wait_for_code(timeout=30) == "123456"

    def test_unused(otp_phone):
        assert otp_phone.number
"""
GUARDED = """
    import pytest
    from pytest_otp import targets
    from pytest_otp.errors import TargetRefused

    @pytest.fixture(autouse=True)
    def held_to_its_targets(otp_phone):
        targets.check("http://localhost:8000/sign-up", "the code")
        with pytest.raises(TargetRefused, match="otp_targets names localhost"):
            targets.check("https://elsewhere.example/", "the code")
"""
CONSENT = ("--otp-live", "--otp-budget=5 USD", "--otp-targets=localhost", "--otp-service=telegram")


def prefix(provider: str) -> str:
    """The provider's environment variables begin with this."""
    return provider.replace("-", "").upper()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_live_run_makes_documented_requests_only(
    pytester: pytest.Pytester,
    run: Run,
    rows: Rows,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
) -> None:
    """With a key, a base URL and consent, the same test buys, waits and gives back."""
    monkeypatch.setenv("GATEWAY", sandbox.gateway_url("plain") + "/messages")
    monkeypatch.setenv(f"{prefix(provider)}_API_KEY", KEY)
    pytester.makeini("[pytest]\notp_rates =\n    USD:IDR = 16200")
    pytester.makeconftest(GUARDED)
    pytester.makepyfile(CODE)
    with recorded(f"{sandbox.url}/{provider}") as (url, seen):
        monkeypatch.setenv(f"{prefix(provider)}_BASE_URL", url)
        result = run(*CONSENT, f"--otp-provider={provider}", "--log-level=DEBUG", "-rA")
    result.assert_outcomes(passed=2)
    assert seen
    assert undocumented(provider, seen) == []
    spent, unused = rows()
    assert spent.state is State.SPENT
    assert unused.state is (State.OWED if provider == "smsgang" else State.REFUNDED)
    assert spent.owner.live
    assert KEY not in result.stdout.str() + result.stderr.str()
    for file in pytester.path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("--otp-budget=5 USD", "--otp-budget"),
        ("--otp-targets=localhost", "--otp-targets"),
        ("key", "SMSCODE_API_KEY"),
    ],
)
def test_live_run_without_consent_stops_before_it_spends(
    pytester: pytest.Pytester,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    left_out: str,
    words: str,
) -> None:
    """A key, a budget and the hosts under test: where one is missing, the run says which."""
    pytester.makepyfile(LEASES)
    monkeypatch.delenv("SMSCODE_API_KEY", raising=False)
    if left_out != "key":
        monkeypatch.setenv("SMSCODE_API_KEY", KEY)
    result = run(*(flag for flag in CONSENT if flag != left_out), "--otp-provider=smscode")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (error,) = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert words in error
    assert not (pytester.path / ".pytest_otp").exists()


@pytest.mark.parametrize("distribution", [(), ("-p", "xdist.plugin", "-n", "1")])
def test_consent_is_needed_however_a_test_comes_by_its_phone(
    pytester: pytest.Pytester,
    run: Run,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    distribution: tuple[str, ...],
) -> None:
    """A fixture asked for by name while the test runs, as pytest-bdd does, asks no provider."""
    pytester.makepyfile(
        "def test_leases(request): assert request.getfixturevalue('otp_phone').number"
    )
    monkeypatch.setenv("SMSCODE_API_KEY", KEY)
    with recorded(f"{sandbox.url}/smscode") as (url, seen):
        monkeypatch.setenv("SMSCODE_BASE_URL", url)
        flags = ("--otp-live", "--otp-service=telegram", "--otp-provider=smscode")
        result = run(*flags, *distribution)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*SettingsError: --otp-live*--otp-budget*--otp-targets*"])
    assert not seen


def test_live_cannot_be_switched_on_by_a_committed_file(
    pytester: pytest.Pytester, run: Run
) -> None:
    """There is no ini key for it."""
    pytester.makepyfile(LEASES)
    pytester.makeini("[pytest]\notp_live = true")
    result = run()
    result.stdout.no_fnmatch_line("*(live)*")


def test_base_url_without_tls_is_refused(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key travels over https, or stays on this machine."""
    pytester.makepyfile(LEASES)
    monkeypatch.setenv("SMSCODE_API_KEY", KEY)
    monkeypatch.setenv("SMSCODE_BASE_URL", "http://sms.example.com/v1")
    result = run(*CONSENT, "--otp-provider=smscode")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (error,) = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert "https" in error
    assert KEY not in error


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rehearsal_of_every_provider(
    pytester: pytest.Pytester,
    run: Run,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
) -> None:
    """The client that would run live runs offline, without a key."""
    monkeypatch.setenv("GATEWAY", sandbox.gateway_url("plain") + "/messages")
    monkeypatch.delenv(f"{prefix(provider)}_API_KEY", raising=False)
    pytester.makepyfile(CODE)
    url = f"--otp-sandbox-url={sandbox.url}"
    run(url, f"--otp-provider={provider}", "--otp-service=telegram").assert_outcomes(passed=2)
    assert {each.dialect for each in sandbox.activations()} == {provider}


def test_chain_goes_on_where_stock_is_out(
    pytester: pytest.Pytester,
    run: Run,
    rows: Rows,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first two are out of stock: the third sells, and every step is in the ledger."""
    monkeypatch.setenv("GATEWAY", sandbox.gateway_url("plain") + "/messages")
    for provider in ("smscode", "dogesms"):
        sandbox.set_stock(0, dialect=provider)
    pytester.makepyfile(CODE)
    chain = "--otp-provider=smscode,dogesms,sms-activate,smsgang"
    result = run(f"--otp-sandbox-url={sandbox.url}", chain, "--otp-service=telegram")
    result.assert_outcomes(passed=2)
    assert {row.provider for row in rows() if row.activation_id} == {"sms-activate"}


def test_chain_that_fails_tells_every_step(
    pytester: pytest.Pytester, run: Run, sandbox: Sandbox
) -> None:
    """Who had none, in the provider's own code, and who was too dear."""
    for provider in ("smscode", "dogesms"):
        sandbox.set_stock(0, dialect=provider)
    pytester.makepyfile(LEASES)
    result = run(
        f"--otp-sandbox-url={sandbox.url}",
        "--otp-provider=smscode,dogesms,sms-activate",
        "--otp-service=telegram",
        "--otp-max-price=0.01 USD",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*NumberUnavailable: *smscode: US *; dogesms: US *; sms-activate: US * over 0.01 USD"]
    )
