"""Which code a test gets: by a project's own hook, on a number that is used again, or late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

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
