"""One sandbox for all workers, started by the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_otp.core.rows import Row


def test_forty_tests_on_four_workers(
    pytester: pytest.Pytester,
    run: Callable[..., pytest.RunResult],
    rows: Callable[[], list[Row]],
) -> None:
    """40 leases, 40 different numbers, one run, every row closed."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(40))
        def test_code(otp_phone, otp_sandbox, n):
            otp_sandbox.deliver(otp_phone.number, f"Your code is 1000{n:02}")
            assert otp_phone.wait_for_code() == f"1000{n:02}"
        """
    )
    run("-p", "xdist", "-n", "4").assert_outcomes(passed=40)
    leases = rows()
    assert len(leases) == 40
    assert len({row.number for row in leases}) == 40
    assert {row.state for row in leases} == {State.SPENT}
    assert len({row.owner.run for row in leases}) == 1
    assert len({row.owner.worker for row in leases}) > 1


def test_phone_that_is_asked_for_at_run_time(
    pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    """``getfixturevalue`` tells nobody at collection, and works all the same."""
    pytester.makepyfile(
        "def test_late(request): assert request.getfixturevalue('otp_phone').number"
    )
    run("-p", "xdist", "-n", "2").assert_outcomes(passed=1)
    run().assert_outcomes(passed=1)
