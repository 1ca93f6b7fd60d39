"""Ctrl-C while a test waits for its code."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_during_a_wait_closes_the_lease(
    pytester: pytest.Pytester, rows: Callable[[], list[Row]]
) -> None:
    """Teardown runs, the number goes back, the ledger has it closed."""
    pytester.makepyfile(
        """
        def test_waits(otp_phone, capfd):
            with capfd.disabled():
                print("waiting", flush=True)
            otp_phone.wait_for_code(timeout=60)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "waiting" in line:
                break
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
        assert process.wait(timeout=30) == 2, output
    assert "KeyboardInterrupt" in output
    assert [row.state for row in rows()] == [State.REFUNDED]
