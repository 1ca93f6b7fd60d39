"""Markers: how they merge, and what they select."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_otp.core.rows import Row

    Run = Callable[..., pytest.RunResult]


def test_nearest_marker_wins_and_tags_add_up(
    pytester: pytest.Pytester, run: Run, rows: Callable[[], list[Row]]
) -> None:
    """Module, class and function markers merge; a factory's argument goes before them all."""
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.otp(country="SE", service="telegram", tags=["module"])

        @pytest.mark.otp(country="GB", tags=["class"])
        class TestSignUp:
            @pytest.mark.otp(country=["FR", "DE"], tags=["function", "module"])
            def test_function(self, otp_phone):
                assert (otp_phone.country, otp_phone.service) == ("FR", "telegram")

            def test_class(self, otp_lease):
                assert otp_lease().country == "GB"
                assert otp_lease(country="US", tags=["call"]).country == "US"

        def test_module(otp_phone):
            assert otp_phone.country == "SE"
        """
    )
    run("--otp-country=AU").assert_outcomes(passed=3)
    assert [set(row.tags) for row in rows()] == [
        {"function", "class", "module"},
        {"class", "module"},
        {"call", "class", "module"},
        {"module"},
    ]


def test_every_user_of_our_fixtures_is_marked(pytester: pytest.Pytester, run: Run) -> None:
    """``-m otp`` and ``-m "not otp"`` select, through a fixture of the project's own too."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def customer(otp_phone):
            return otp_phone

        def test_direct(otp_lease): pass
        def test_indirect(customer): pass
        def test_plain(): pass
        """
    )
    run("-m", "otp", "--strict-markers").assert_outcomes(passed=2, deselected=1)
    run("-m", "not otp", "--strict-markers").assert_outcomes(passed=1, deselected=2)


def test_live_only_tests_are_skipped_with_the_reason(pytester: pytest.Pytester, run: Run) -> None:
    """A rehearsal does not pretend to be the real thing."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.otp_live
        def test_live(otp_phone): raise AssertionError
        """
    )
    result = run("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*otp_live: this run is not live (--otp-live)*"])


def test_markers_are_documented(run: Run) -> None:
    """``pytest --markers`` tells the keywords."""
    run("--markers").stdout.fnmatch_lines(["@pytest.mark.otp(service=*", "@pytest.mark.otp_live:*"])
