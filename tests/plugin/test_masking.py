"""Neither a number nor a code stands in anything that a run prints or writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

# What must stay secret is made in the run, for tracebacks show the source of a test.
SECRETS = """
    import random

    def noted(secret):
        with open("secrets", "a") as file:
            print(secret, file=file)
        return secret

    def code():
        return noted("".join(random.choices("123456789", k=6)))

    def letters():
        return noted("".join(random.choices("BCDFGHJK", k=6)))
"""
SUITE = """
    import pytest
    from secret import code, letters, noted

    @pytest.fixture(autouse=True)
    def note(otp_phone):
        noted(otp_phone.number)
        noted(otp_phone.national)

    def test_no_match(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, f"Hello {letters()} or {code()}")
        otp_phone.wait_for_code(timeout=0, pattern="zzz")

    def test_late(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, f"Your code is {code()}")

    def test_variables(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, f"Your code is {code()}")
        message, messages = otp_phone.wait_for_message(timeout=20), otp_phone.messages()
        assert otp_sandbox.latest(otp_phone.number)
        assert messages == [message, message]

    def test_own_function(otp_phone, otp_sandbox):
        otp_sandbox.deliver(otp_phone.number, f"Your code is {code()}")
        otp_phone.wait_for_message(timeout=0, match=lambda message: {}[message.id])

    def test_another_number(otp_phone, otp_lease, otp_sandbox):
        other = otp_lease()
        otp_sandbox.deliver(noted(other.number), f"Your code is {code()}")
        otp_phone.wait_for_code(timeout=0)

    @pytest.mark.parametrize("made", ["{number} {code}", {"state": "{code}", "status": "{code}"}])
    def test_answer_that_cannot_be_read(otp_phone, otp_sandbox, made):
        secrets = {"number": otp_phone.number, "code": code()}
        if isinstance(made, str):
            body = made.format(**secrets)
        else:
            body = {name: value.format(**secrets) for name, value in made.items()}
        otp_sandbox.fault(path="/*", method="GET", body=body, status=200)
        del secrets, body
        try:
            otp_phone.messages()
        finally:
            otp_sandbox.clear_faults()
"""


@pytest.mark.parametrize("provider", ["sandbox", "sms-activate"])
def test_a_run_tells_no_secret(pytester: pytest.Pytester, run: Run, provider: str) -> None:
    """With every variable and every log record shown."""
    pytester.makepyfile(secret=SECRETS, test_suite=SUITE)
    result = run(
        "--otp-provider",
        provider,
        "--otp-service=telegram",
        "--tb=long",
        "--showlocals",
        "-rA",
        "-vv",
        "-olog_cli=true",
        "--log-cli-level=DEBUG",
        "--log-file=log",
        "--log-file-level=DEBUG",
        "--junitxml=report.xml",
    )
    assert result.parseoutcomes()["passed"] == 1
    assert result.parseoutcomes()["failed"] == 6
    told = [result.stdout.str(), result.stderr.str()]
    told += [(pytester.path / name).read_text() for name in ("log", "report.xml")]
    secrets = (pytester.path / "secrets").read_text().splitlines()
    assert len(secrets) > 20
    assert [secret for secret in secrets if any(secret in text for text in told)] == []
