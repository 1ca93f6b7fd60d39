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
