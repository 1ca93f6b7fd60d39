"""What ``--otp-forecast`` says that the collected tests would cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_otp.sandbox.handle import Sandbox

    Run = Callable[..., pytest.RunResult]


def test_forecast_tells_the_price_before_anything_is_bought(
    pytester: pytest.Pytester, run: Run, sandbox: Sandbox
) -> None:
    """What the collected tests would cost at most, by tag; the dearest fallback counts."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.otp(tags=["signup"], country=["ID", "US"], service="telegram")
        def test_signup(otp_phone): pass

        @pytest.mark.otp(max_price="0.12 USD")
        def test_other(otp_phone): pass

        def test_inbox(otp_sandbox): pass

        def test_plain(): pass
        """
    )
    result = run("--collect-only", "--otp-forecast", f"--otp-sandbox-url={sandbox.url}")
    result.stdout.fnmatch_lines(
        ["in all: 2 phones, at most 0.25 USD", "tag signup: 1 phone, at most 0.15 USD"]
    )
    assert not sandbox.activations()
    assert not (pytester.path / ".pytest_otp").exists()


def test_forecast_leaves_out_what_is_too_dear(pytester: pytest.Pytester, run: Run) -> None:
    """Of a provider's products those count that a test would buy, the dearest of them."""
    pytester.makepyfile("def test_leases(otp_phone): pass")
    smscode = ("--otp-provider=smscode", "--otp-service=telegram")
    asked = ("--collect-only", "--otp-forecast", *smscode)
    whatever = run(*asked).stdout.str()
    (dearest,) = re.findall(r"in all: 1 phone, at most (\d+)\.00 IDR", whatever)
    within = run(*asked, f"--otp-max-price={int(dearest) - 1} IDR").stdout.str()
    (dear,) = re.findall(r"in all: 1 phone, at most (\d+)\.00 IDR", within)
    assert 0 < int(dear) < int(dearest)


def test_forecast_of_several_currencies(pytester: pytest.Pytester, run: Run) -> None:
    """What cannot be compared is not added up, nor said to have no price; rates make it one sum."""
    pytester.makepyfile("def test_leases(otp_phone): pass")
    fallback = ("--otp-provider=smscode,smsgang", "--otp-service=telegram")
    asked = ("--collect-only", "--otp-forecast", *fallback)
    run(*asked).stdout.fnmatch_lines(
        [
            "in all: 1 phone",
            "for 1 phone prices are in several currencies, which otp_budget and otp_rates would *",
        ],
        consecutive=True,
    )
    pytester.makeini("[pytest]\notp_budget = 2 USD\notp_rates = USD:IDR = 16200")
    run(*asked).stdout.fnmatch_lines(["in all: 1 phone, at most 0.* USD"])
