"""Why a wait failed, as its test's author reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

MIXED = """
    import pytest
    from pytest_otp import CodeTimeout

    def test_mixed(otp_phone, otp_sandbox):
        national = otp_phone.number.removeprefix(otp_phone.dial_code)
        otp_sandbox.deliver("+" + national, "Your code is 123456")
        with pytest.raises(CodeTimeout) as failed:
            otp_phone.wait_for_code(timeout=0.05)
        assert failed.value.verdict.cause == "other_number"
        assert failed.value.verdict.mixed_up
        assert "phone.national" in str(failed.value)
        assert national not in str(failed.value)
"""
OTHER = """
    import pytest
    from pytest_otp import CodeTimeout

    def test_other(otp_lease, otp_sandbox):
        typed, other = otp_lease(), otp_lease()
        otp_sandbox.deliver(other.number, "Your code is 123456")
        with pytest.raises(CodeTimeout, match="another lease of this run") as failed:
            typed.wait_for_code(timeout=0.05)
        assert failed.value.verdict.cause == "other_number"
        assert failed.value.verdict.other_number == other.number
        assert other.number not in str(failed.value)
        assert other.wait_for_code(timeout=5) == "123456"
"""
FUNCTION = """
    import pytest
    from pytest_otp import CodeTimeout

    def test_function(otp_lease, otp_sandbox):
        typed, other = otp_lease(), otp_lease()
        otp_sandbox.deliver(other.number, "Hello")
        with pytest.raises(CodeTimeout, match="no message for"):
            typed.wait_for_message(timeout=0.05, match=lambda message: message.text.split()[3])
"""
STRAY = """
    import pytest
    from pytest_otp import CodeTimeout

    def test_stray(otp_phone, otp_sandbox):
        otp_sandbox.deliver("+4915112345678", "Your code is 123456")
        with pytest.raises(CodeTimeout, match="a number that nobody holds") as failed:
            otp_phone.wait_for_code(timeout=0.05)
        assert failed.value.verdict.cause == "nothing_arrived"
"""
CAUSES = """
    import pytest
    from pytest_otp import CodeTimeout, LeaseEnded

    def cause(wait, error=CodeTimeout, **how):
        with pytest.raises(error) as failed:
            wait(timeout=0.05, **how)
        return failed.value.verdict.cause

    def test_causes(otp_phone, otp_sandbox):
        assert cause(otp_phone.wait_for_code) == "nothing_arrived"
        otp_sandbox.deliver(otp_phone.number, "Welcome to the shop")
        assert cause(otp_phone.wait_for_code) == "no_code_in_message"
        assert cause(otp_phone.wait_for_code, pattern="X-1") == "pattern_did_not_match"
        otp_phone.wait_for_message()
        assert cause(otp_phone.wait_for_code) == "all_taken"
        otp_phone.finish()
        assert cause(otp_phone.wait_for_code, LeaseEnded) == "lease_ended"
"""


OF_A_PROVIDER_WITH_AN_INTERVAL = """
    import pytest
    from pytest_otp import CodeTimeout, LeaseEnded

    pytestmark = pytest.mark.otp(service="telegram")

    @pytest.mark.otp(provider="smscode")
    def test_too_short(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
        assert otp_phone.wait_for_code(timeout=0) == "123456"
        with pytest.raises(CodeTimeout, match="every 5 s: give it a longer timeout") as failed:
            otp_phone.wait_for_code(timeout=0.05)
        assert failed.value.verdict.cause == "not_asked"

    @pytest.mark.otp(provider="smsgang")
    def test_ended_with_its_message(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
        with pytest.raises(LeaseEnded, match="finished") as failed:
            otp_phone.wait_for_code(timeout=0, pattern="X-1")
        assert failed.value.verdict.cause == "pattern_did_not_match"
        assert otp_phone.wait_for_code(timeout=0) == "123456"
        with pytest.raises(LeaseEnded, match="lease a new number for another") as failed:
            otp_phone.wait_for_code(timeout=0)
        assert failed.value.verdict.cause == "lease_ended"
"""


@pytest.mark.parametrize("source", [MIXED, OTHER, FUNCTION, STRAY, CAUSES])
def test_verdict(pytester: pytest.Pytester, run: Run, source: str) -> None:
    """A wait that fails says what happened instead, with its numbers masked."""
    pytester.makepyfile(source)
    run().assert_outcomes(passed=1)


def test_verdict_of_a_provider_with_an_interval(pytester: pytest.Pytester, run: Run) -> None:
    """Where the provider was not asked, or ended the lease with its message, that is told."""
    pytester.makepyfile(OF_A_PROVIDER_WITH_AN_INTERVAL)
    run().assert_outcomes(passed=2)


FAULT = """
    from pytest_otp import errors

    NO_ANSWER = errors.ProviderUnavailable("no answer", provider="sandbox", operation="read")

    def test_fault(otp_settings):
        raise NO_ANSWER

    def test_faults_of_a_task_group(otp_settings):
        raise ExceptionGroup("tasks", [ExceptionGroup("inner", [NO_ANSWER]), NO_ANSWER])

    def test_other_failure_in_a_task_group(otp_settings):
        raise ExceptionGroup("tasks", [NO_ANSWER, AssertionError()])

    def test_failure(otp_settings):
        raise errors.CodeTimeout("nothing came")
"""


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        ("error", {"failed": 4}),
        ("skip", {"skipped": 2, "failed": 2}),
        ("xfail", {"xfailed": 2, "failed": 2}),
    ],
)
def test_provider_faults_are_told_apart(
    pytester: pytest.Pytester, run: Run, policy: str, outcomes: dict[str, int]
) -> None:
    """``--otp-on-provider-fault`` moves faults of the provider, and no others, out of the way."""
    pytester.makepyfile(FAULT)
    result = run("-rsx", f"--otp-on-provider-fault={policy}")
    result.assert_outcomes(**outcomes)
    if policy != "error":
        result.stdout.fnmatch_lines(["*provider fault: sandbox: read: no answer*"])


def test_a_wait_whose_every_poll_failed_is_a_provider_fault(
    pytester: pytest.Pytester, run: Run
) -> None:
    """The application cannot be blamed where the provider never answered."""
    pytester.makepyfile(
        """
        def test_deaf(otp_phone, otp_sandbox):
            otp_sandbox.fault(path="/sandbox/activations/*", method="GET", status=503)
            otp_phone.wait_for_code(timeout=0.3)
        """
    )
    result = run("-rs", "--otp-on-provider-fault=skip")
    result.assert_outcomes(skipped=1)
    result.stdout.re_match_lines([r".*provider fault: no code for .*; \d+ polls? .*failed.*"])


def test_a_policy_that_is_none_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """The text lists the right ones."""
    result = run("--otp-on-provider-fault=ignore")
    result.stderr.fnmatch_lines(["*'ignore' is none of 'error', 'skip' and 'xfail'*"])
