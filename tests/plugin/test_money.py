"""Budgets, debts and recovery as a run shows them."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row
    from pytest_otp.sandbox.handle import Sandbox

    Run = Callable[..., pytest.RunResult]
    Rows = Callable[[], list[Row]]


LEASES = "def test_leases(otp_phone): pass"
# Without the other plugins of this environment, as the fixture `run` does it.
PYTEST = (
    "env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1",
    sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "pytest_otp.plugin",
)  # fmt: skip
COMMAND = Path(sys.executable).with_name("pytest-otp")


def assert_nothing_paid(sandbox: Sandbox) -> None:
    """By the sandbox's books: one number was sold, and every wallet is as full as at first."""
    assert [each.refunded for each in sandbox.activations()] == [True]
    for wallet in sandbox.wallets():
        deposits = (line.amount.amount for line in wallet.journal if line.kind == "deposit")
        assert wallet.available.amount == sum(deposits)
        assert wallet.held.amount == 0


def test_budget_of_the_run_stops_the_purchase(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """Reserved money counts, what was given back is free again, and the limit is never passed."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import BudgetExceeded

        def test_two_at_once(otp_lease):
            otp_lease()
            with pytest.raises(BudgetExceeded, match="of the run: 0.10 USD asked, 0.10 USD of"):
                otp_lease()

        def test_next(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.wait_for_code()

        def test_last(otp_phone):
            pass
        """
    )
    result = run("--otp-budget=0.15 USD", f"--otp-sandbox-url={sandbox.url}")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*BudgetExceeded: budget of the run: 0.10 USD asked, 0.10 USD of 0.15 USD spent*",
            "bought 2 · spent 1 · refunded 1 · owed 0 · lost 0",
            "budget of the run: 0.10 USD of 0.15 USD spent",
        ]
    )
    assert [row.state for row in rows()] == [State.REFUNDED, State.SPENT]
    assert len(sandbox.activations()) == 2


def test_budgets_of_tags_and_tests(pytester: pytest.Pytester, run: Run) -> None:
    """Each kind of budget refuses in its own name."""
    pytester.makeini(
        """
        [pytest]
        otp_budgets =
            tag:signup = 0.15 USD
            test = 0.25 USD
        """
    )
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import BudgetExceeded

        @pytest.mark.otp(tags=["signup"])
        def test_tag(otp_lease):
            otp_lease()
            with pytest.raises(BudgetExceeded, match="of the tag signup"):
                otp_lease()

        def test_test(otp_lease):
            otp_lease(), otp_lease()
            with pytest.raises(BudgetExceeded, match="of the test .*::test_test"):
                otp_lease()
        """
    )
    run().assert_outcomes(passed=2)


def test_budget_of_the_day_counts_for_every_run(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """What an earlier run on this ledger spent today is spent."""
    pytester.makeini("[pytest]\notp_budgets =\n    day = 0.15 USD")
    pytester.makepyfile(
        """
        def test_code(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.wait_for_code()
        """
    )
    run(f"--otp-sandbox-url={sandbox.url}").assert_outcomes(passed=1)
    result = run(f"--otp-sandbox-url={sandbox.url}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*budget of the day 20*: 0.10 USD asked, 0.10 USD of 0.15 USD*"])
    assert [row.state for row in rows()] == [State.SPENT]


def test_summary_tells_the_budgets_that_this_run_touched(
    pytester: pytest.Pytester, run: Run, sandbox: Sandbox
) -> None:
    """Not those of other days; and of many tests only the one that came closest to its limit."""
    pytester.makeini("[pytest]\notp_budgets =\n    day = 5 USD\n    test = 1 USD")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("phones", [1, 3, 2])
        def test_codes(otp_lease, otp_sandbox, phones):
            for _ in range(phones):
                phone = otp_lease()
                otp_sandbox.deliver(phone.number, "Your code is 123456")
                phone.wait_for_code()
        """
    )
    run(f"--otp-sandbox-url={sandbox.url}", "-k", "1").assert_outcomes(passed=1)
    with closing(sqlite3.connect(pytester.path / ".pytest_otp/ledger.sqlite3")) as db, db:
        db.execute("UPDATE budget SET key = 'day:2020-01-01' WHERE key LIKE 'day:%'")
        db.execute("UPDATE claim SET budget = 'day:2020-01-01' WHERE budget LIKE 'day:%'")
    told = run(f"--otp-sandbox-url={sandbox.url}").outlines
    day, test = [line for line in told if line.startswith("budget ")]
    assert day.endswith(": 0.60 USD of 5.00 USD spent")
    assert test.startswith("budget of the test ")
    assert test.endswith("[3]: 0.30 USD of 1.00 USD spent (the most of 3 tests)")


def test_currency_without_a_rate_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """A budget that cannot be compared is no budget: nothing is bought."""
    pytester.makepyfile(LEASES)
    result = run("--otp-budget=5 EUR")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*BudgetExceeded*EUR*USD*otp_rates*"])
    pytester.makeini("[pytest]\notp_rates =\n    EUR:USD = 1.10")
    run("--otp-budget=5 EUR").assert_outcomes(passed=1)


def test_early_cancel_is_owed_and_swept(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """A refused cancel fails nothing, is shown, and is collected once it is due."""
    sandbox.set_cancel_hold(120)
    pytester.makepyfile(LEASES)
    result = run(f"--otp-sandbox-url={sandbox.url}")
    result.assert_outcomes(passed=1)
    result.stdout.re_match_lines(
        [
            r"bought 1 .*owed 1 \(earliest \d\d:\d\d:\d\d\) · lost 0",
            r"still to settle: 1 \(the next run does it, or pytest-otp sweep --wait\)",
        ]
    )
    assert [row.state for row in rows()] == [State.OWED]
    sandbox.advance(121)
    swept = pytester.run(COMMAND, "sweep", "--wait")
    assert swept.ret == 0, swept.errlines
    swept.stdout.fnmatch_lines(["*owed -> refunded", "settled 1, left 0"])
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert [each.refunded for each in sandbox.activations()] == [True]


def test_purchase_in_doubt_is_shown_and_found_out(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """A lost answer is the test's error; whether it cost anything is said when that is certain."""
    pytester.makepyfile("def test_first(otp_phone): pass\n\ndef test_second(otp_phone): pass")
    for drop in ("before", "after"):
        sandbox.fault(method="POST", path="/smscode/orders", drop=drop, times=1)
    result = run(
        f"--otp-sandbox-url={sandbox.url}",
        "--otp-provider=smscode",
        "--otp-service=any",
    )
    result.assert_outcomes(errors=2)
    result.stdout.re_match_lines([r"bought 0 .*lost 0 · unknown 2", r"still to settle: 2 \("])
    swept = pytester.run(COMMAND, "sweep", "--wait")
    assert swept.ret == 0, swept.errlines
    swept.stdout.fnmatch_lines(
        ["*unknown -> written_off", "*unknown -> failed", "settled 2, left 0"]
    )
    assert [row.state for row in rows()] == [State.FAILED, State.WRITTEN_OFF]


@pytest.mark.usefixtures("interruptible")
def test_sweep_that_waits_says_so(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """Who watches knows what it waits for; Ctrl-C ends it, and the debt stays in the ledger."""
    sandbox.set_cancel_hold(120)
    pytester.makepyfile(LEASES)
    run(f"--otp-sandbox-url={sandbox.url}")
    command = [str(COMMAND), "sweep", "--wait"]
    with subprocess.Popen(
        command, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert re.fullmatch(
            r"waiting for 1, the next at \d\d:\d\d:\d\d\n", process.stdout.readline()
        )
        process.send_signal(signal.SIGINT)
        assert (process.wait(timeout=60), process.stderr.read()) == (130, "")
    assert [row.state for row in rows()] == [State.OWED]


HOLDS = """
    def test_holds(otp_phone, capfd):
        with capfd.disabled():
            print("holding", flush=True)
        otp_phone.wait_for_code(timeout=60)
"""


def stopped_while_holding(pytester: pytest.Pytester, how: int, *args: str) -> tuple[int, str]:
    """Start pytest, wait until a test holds a phone, send a signal; exit code and output."""
    pytester.makepyfile(HOLDS)
    with subprocess.Popen(
        [*PYTEST, *args],
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "holding" in line:
                break
        process.send_signal(how)
        output = process.stdout.read()
        return process.wait(timeout=60), output


@pytest.mark.usefixtures("interruptible")
def test_sigterm_is_orderly(pytester: pytest.Pytester, rows: Rows, sandbox: Sandbox) -> None:
    """SIGTERM stops as Ctrl-C does: teardown runs and the number goes back."""
    code, output = stopped_while_holding(
        pytester, signal.SIGTERM, f"--otp-sandbox-url={sandbox.url}"
    )
    assert code == pytest.ExitCode.INTERRUPTED, output
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert_nothing_paid(sandbox)


def test_sigterm_handler_is_put_back(pytester: pytest.Pytester, run: Run) -> None:
    """Only while a phone is held is the signal ours."""
    pytester.makepyfile(
        """
        import signal

        def test_held(otp_phone):
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL

        def test_after():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        """
    )
    run().assert_outcomes(passed=2)


def test_next_run_finishes_what_a_killed_one_held(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """``kill -9``: the row is there, and the next run gives the number back before it buys."""
    url = f"--otp-sandbox-url={sandbox.url}"
    stopped_while_holding(pytester, signal.SIGKILL, url)
    assert [row.state for row in rows()] == [State.HELD]
    pytester.makepyfile(test_next=LEASES)
    run(url, "test_next.py").assert_outcomes(passed=1)
    assert [row.state for row in rows()] == [State.REFUNDED, State.REFUNDED]
    assert [each.refunded for each in sandbox.activations()] == [True, True]


def test_lease_of_a_living_run_is_not_touched(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """Liveness is a lock: a run that waits keeps its number, whatever another one sweeps."""
    pytester.makepyfile(HOLDS)
    url = f"--otp-sandbox-url={sandbox.url}"
    with subprocess.Popen(
        [*PYTEST, url],
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "holding" in line:
                break
        swept = pytester.run(COMMAND, "sweep")
        swept.stdout.fnmatch_lines(["settled 0, left 0"])
        (row,) = rows()
        assert row.state is State.HELD
        assert row.number is not None
        sandbox.deliver(row.number, "Your code is 123456")
        assert process.wait(timeout=60) == 0
    assert [row.state for row in rows()] == [State.SPENT]


def test_dead_worker_is_cleaned_up_by_the_controller(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """A worker that dies leaves nothing behind, and the run's summary tells of its leases."""
    pytester.makepyfile(
        """
        import os
        import signal

        def test_dies(otp_phone):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = run("-p", "xdist", "-n", "1", f"--otp-sandbox-url={sandbox.url}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["bought 1 · spent 0 · refunded 1 · owed 0 · lost 0"])
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert_nothing_paid(sandbox)


def test_rehearsal_whose_sandbox_is_gone_is_buried(
    pytester: pytest.Pytester, run: Run, rows: Rows
) -> None:
    """Play money of a sandbox that ended with its run is no debt of the next one."""
    stopped_while_holding(pytester, signal.SIGKILL)
    pytester.makepyfile(test_next=LEASES)
    run("test_next.py").assert_outcomes(passed=1)
    assert [row.state for row in rows()] == [State.EXPIRED, State.REFUNDED]


@pytest.mark.parametrize(
    "body",
    ["import pytest; pytest.exit('enough')", "raise KeyboardInterrupt", "raise AssertionError"],
)
def test_every_way_out_closes_the_lease(
    pytester: pytest.Pytester,
    run: Run,
    rows: Rows,
    sandbox: Sandbox,
    body: str,
) -> None:
    """Exit, interrupt, failure with ``--maxfail``: no open row, the wallet exact."""
    pytester.makepyfile(f"def test_ends(otp_phone):\n    {body}\n\ndef test_not_reached(): pass")
    assert run(f"--otp-sandbox-url={sandbox.url}", "--maxfail=1").ret != 0
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert_nothing_paid(sandbox)


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ("RuntimeError('no database')", pytest.ExitCode.TESTS_FAILED),
        ("KeyboardInterrupt", pytest.ExitCode.INTERRUPTED),
    ],
)
def test_setup_that_ends_after_the_lease(
    pytester: pytest.Pytester,
    run: Run,
    rows: Rows,
    sandbox: Sandbox,
    raised: str,
    code: pytest.ExitCode,
) -> None:
    """It fails or is interrupted: what it leased is given back though no test ever ran."""
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture
        def customer(otp_phone):
            raise {raised}

        def test_never(customer): pass
        """
    )
    assert run(f"--otp-sandbox-url={sandbox.url}").ret == code
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert_nothing_paid(sandbox)


def test_reruns_share_the_budget_of_the_test(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox
) -> None:
    """Each attempt leases anew; what they spend counts together."""
    pytester.makeini("[pytest]\notp_budgets =\n    test = 0.25 USD")
    pytester.makepyfile(
        """
        def test_flaky(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.wait_for_code()
            raise AssertionError
        """
    )
    plugin = ("-p", "pytest_rerunfailures", "--reruns=4")
    result = run(*plugin, f"--otp-sandbox-url={sandbox.url}")
    result.stdout.fnmatch_lines(["*BudgetExceeded: budget of the test *::test_flaky*"])
    assert [row.state for row in rows()] == [State.SPENT, State.SPENT]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("method", ["signal", "thread"])
def test_pytest_timeout_loses_nothing(
    pytester: pytest.Pytester, run: Run, rows: Rows, sandbox: Sandbox, method: str
) -> None:
    """With the method *thread* the process dies at once: the next sweep gives the number back."""
    pytester.makepyfile("def test_hangs(otp_phone): otp_phone.wait_for_code(timeout=60)")
    url = f"--otp-sandbox-url={sandbox.url}"
    run("-p", "pytest_timeout", "--timeout=1.5", f"--timeout-method={method}", url)
    swept = pytester.run(COMMAND, "sweep")
    assert swept.ret == 0
    assert [row.state for row in rows()] == [State.REFUNDED]
    assert_nothing_paid(sandbox)


def test_summary_counts_every_worker(pytester: pytest.Pytester, run: Run) -> None:
    """One block for the whole run; nothing where no lease was made."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.otp(tags=["signup"])
        @pytest.mark.parametrize("n", range(6))
        def test_code(otp_phone, otp_sandbox, n):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.wait_for_code()

        def test_plain(otp_settings): pass
        """
    )
    run("-p", "xdist", "-n", "2").stdout.fnmatch_lines(
        [
            "*phone verification*",
            "bought 6 · spent 6 · refunded 0 · owed 0 · lost 0",
            "paid or open: 0.60 USD",
            "  tag signup: 0.60 USD",
            "first message after * s (median), * s (slowest: *test_code*",
        ]
    )
    result = run("-k", "plain")
    result.stdout.no_fnmatch_line("*phone verification*")


def test_leases_are_listed_masked(pytester: pytest.Pytester, run: Run, rows: Rows) -> None:
    """``pytest-otp leases`` shows what the ledger holds, and no number."""
    pytester.makepyfile(LEASES)
    run().assert_outcomes(passed=1)
    listed = pytester.run(COMMAND, "leases")
    listed.stdout.fnmatch_lines(["*Z  refunded * sandbox * 0.10 USD  *::test_leases"])
    (row,) = rows()
    assert row.number is not None
    assert row.number not in listed.stdout.str()


def test_sweep_without_a_ledger_says_so(pytester: pytest.Pytester) -> None:
    """One sentence, no traceback."""
    result = pytester.run(COMMAND, "sweep")
    assert result.ret == 1
    assert len(result.errlines) == 1
    assert "there is no ledger" in result.errlines[0]
    assert not os.path.lexists(pytester.path / ".pytest_otp")
