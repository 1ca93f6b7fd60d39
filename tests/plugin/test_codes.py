"""Which code a test gets: by a project's own hook, on a number that is used again, or late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row

    Run = Callable[..., pytest.RunResult]


def test_a_project_decides_for_itself(pytester: pytest.Pytester, run: Run) -> None:
    """Its hook reads what the kit's rules leave; where it says nothing, they decide."""
    pytester.makeconftest(
        """
        def pytest_otp_extract_code(message, pattern):
            return message.text.partition("magic ")[2] or None
        """
    )
    pytester.makepyfile(
        """
        def test_hook(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "magic abracadabra")
            assert otp_phone.wait_for_code(timeout=5) == "abracadabra"
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            assert otp_phone.wait_for_code(timeout=5) == "123456"
        """
    )
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize("provider", ["sandbox", "dogesms", "sms-activate", "smsgang", "smscode"])
def test_a_message_without_a_code_gives_none(
    pytester: pytest.Pytester, run: Run, provider: str
) -> None:
    """Also where the provider hands out the whole text as the code when it finds none."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp.errors import WaitError

        def test_greeting(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Welcome to the shop")
            with pytest.raises(WaitError, match="1 message arrived") as failed:
                otp_phone.wait_for_code(timeout=0)
            assert "Welcome to the shop" in str(failed.value)

        def test_code(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123-456")
            assert otp_phone.wait_for_code(timeout=0) == "123456"
        """
    )
    run("--otp-provider", provider, "--otp-service=telegram").assert_outcomes(passed=2)


def test_a_conftest_decides_for_its_own_folder(pytester: pytest.Pytester, run: Run) -> None:
    """As with pytest's hooks; a test elsewhere has the kit's rules."""
    for folder in "here", "there":
        pytester.mkpydir(folder)
        (pytester.path / folder / "test_code.py").write_text(
            f"""
def test_code(otp_phone, otp_sandbox):
    otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
    assert otp_phone.wait_for_code(timeout=5) == ("7" if "{folder}" == "here" else "123456")
"""
        )
    (pytester.path / "here" / "conftest.py").write_text(
        """
def pytest_otp_extract_code(message, pattern):
    return "7"
"""
    )
    run().assert_outcomes(passed=2)


def test_what_no_wait_can_use_is_refused_in_a_sentence(pytester: pytest.Pytester, run: Run) -> None:
    """That ends in the test's own line, before anybody waits."""
    pytester.makepyfile(
        """
        import math
        import re
        import pytest

        @pytest.mark.parametrize("timeout", [-1, math.nan, math.inf, "5", [5]])
        def test_timeout(otp_phone, timeout):
            otp_phone.wait_for_code(timeout=timeout)

        @pytest.mark.parametrize("pattern", ["(", 12, b"x"])
        def test_pattern(otp_phone, pattern):
            otp_phone.wait_for_code(pattern=pattern)

        @pytest.mark.parametrize("match", ["(", 12, b"x"])
        def test_match(otp_phone, match):
            otp_phone.wait_for_message(match=match)

        def test_expected(otp_phone):
            otp_phone.expect_code(timeout="5")
        """
    )
    result = run("--otp-timeout=1")
    result.assert_outcomes(failed=12)
    result.stdout.no_fnmatch_line("*TypeError*")
    result.stdout.no_fnmatch_line("*pytest_otp/*.py:*")
    result.stdout.fnmatch_lines(
        [
            "E *timeout=-1 is not a number of seconds*",
            "E *pattern=12 is no regular expression*",
            "E *match: The pattern '(' is not a regular expression*",
        ]
    )


def test_what_a_project_s_own_function_raises_ends_there(
    pytester: pytest.Pytester, run: Run
) -> None:
    """Without a line of the kit; the message that it looked at stays, for the next wait."""
    pytester.makeconftest(
        """
        def pytest_otp_extract_code(message, pattern):
            return {}[message.id] if "boom" in message.text else None
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_match(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 112233")
            try:
                otp_phone.wait_for_message(timeout=5, match=lambda message: 1 / 0)
            finally:
                assert otp_phone.wait_for_code(timeout=5) == "112233"

        def test_hook(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "boom 445566")
            otp_phone.wait_for_code(timeout=5)
        """
    )
    result = run("--tb=long", "--showlocals")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*ZeroDivisionError", "conftest.py:2: KeyError"])
    result.stdout.no_fnmatch_line("*pytest_otp/*.py:*")
    # Of a message, the variables show the text masked.
    result.stdout.fnmatch_lines(["message *= <Message msg-* 'Your code is ••••••'>"])
    result.stdout.no_fnmatch_line("*445566'*received_at*")


def test_only_what_a_block_causes_counts(pytester: pytest.Pytester, run: Run) -> None:
    """An SMS from before the block is passed over, by this wait and by later ones."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import CodeTimeout, OtpError

        def test_expected(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 111111")
            with otp_phone.expect_code(timeout=5) as code:
                otp_sandbox.deliver(otp_phone.number, "Your code is 222222")
                with pytest.raises(OtpError, match="when its block has ended"):
                    code.value
            assert code.value == "222222"
            with pytest.raises(CodeTimeout):
                otp_phone.wait_for_code(timeout=0)

        def test_pattern(otp_phone, otp_sandbox):
            with otp_phone.expect_code(timeout=5, pattern="[A-Z]{4}$") as code:
                otp_sandbox.deliver(otp_phone.number, "123456 or WXYZ")
            assert code.value == "WXYZ"

        def test_nothing_came(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 111111")
            with pytest.raises(CodeTimeout), otp_phone.expect_code(timeout=0):
                pass

        def test_block_that_fails(otp_phone):
            with pytest.raises(ZeroDivisionError), otp_phone.expect_code():
                1 / 0

        @pytest.mark.otp(provider="dogesms", service="telegram")
        def test_of_a_real_dialect(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 111111")
            with otp_phone.expect_code(timeout=20) as code:
                otp_sandbox.deliver(otp_phone.number, "Your code is 222222")
            assert code.value == "222222"
        """
    )
    run().assert_outcomes(passed=5)


def test_another_message_can_be_asked_for(pytester: pytest.Pytester, run: Run) -> None:
    """Where the provider has that; elsewhere a sentence says that waiting is all there is."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp.errors import NotSupported

        def test_resend(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            assert otp_phone.wait_for_code(timeout=5) == "123456"
            otp_phone.resend()
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            assert otp_phone.wait_for_code(timeout=5) == "123456"

        @pytest.mark.parametrize("provider", ["dogesms", "sms-activate", "smsgang", "smscode"])
        def test_none(otp_lease, provider):
            phone = otp_lease(provider=provider, service="telegram")
            with pytest.raises(NotSupported, match=f"^{provider} cannot be asked for another"):
                phone.resend()
        """
    )
    run().assert_outcomes(passed=5)


def test_reuse_is_asked_for_where_it_exists(
    pytester: pytest.Pytester, run: Run, rows: Callable[[], list[Row]]
) -> None:
    """DogeSMS sells such numbers; elsewhere the text says that they do not."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import NumberUnavailable

        @pytest.mark.otp(reuse=True, provider="dogesms", service="telegram")
        def test_reuse(otp_phone):
            assert otp_phone.number

        def test_none(otp_lease):
            with pytest.raises(NumberUnavailable, match="sells no numbers for reuse"):
                otp_lease(reuse=True)
        """
    )
    run().assert_outcomes(passed=2)
    assert [row.reuse for row in rows()] == [True]


def test_a_late_message_is_in_the_summary(pytester: pytest.Pytester, run: Run) -> None:
    """What arrives after the wait is found when the number is given back, and told."""
    pytester.makepyfile(
        """
        def test_late(otp_phone, otp_sandbox):
            try:
                otp_phone.wait_for_code(timeout=0.05)
            finally:
                otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["arrived late: +1*(sandbox), * s after the purchase, *test_late*"])


def test_message_that_nobody_waited_for_is_not_late(pytester: pytest.Pytester, run: Run) -> None:
    """The test failed before its wait: no timeout could have helped it."""
    pytester.makepyfile(
        """
        def test_fails_early(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            assert False
        """
    )
    result = run()
    result.stdout.fnmatch_lines(["bought 1 · spent 1 · refunded 0 · owed 0 · lost 0"])
    result.stdout.no_fnmatch_line("*arrived late*")
