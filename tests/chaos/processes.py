"""The processes of a round: a sandbox, pytest runs that get killed, and the sweep.

A run is over when nobody holds its output open any more: workers outlive a killed controller for
some seconds, and until they are gone their leases are nobody else's business.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from pytest_otp.options import OPTIONS
from pytest_otp.sandbox.handle import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.chaos.plan import Stop

# Only what is stuck is stopped by it: a busy machine may take minutes over a second's work.
DEADLINE_S: Final = 600.0
_COMMAND: Final = str(Path(sys.executable).with_name("pytest-otp"))
_OURS: Final = {option.environment for option in OPTIONS} | {"PYTEST_ADDOPTS"}
# Between two looks at the books: of a run that is to be hit, and of a sweep.
_LOOK_S: Final = 0.02
_GLANCE_S: Final = 0.5


class Stuck(Exception):
    """A process did not end in time; its output says how far it came."""


def environment(folder: Path) -> dict[str, str]:
    """Without the settings of whoever runs this, and with temporary files in the folder."""
    return {**_bare(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TMPDIR": str(folder)}


def _bare() -> dict[str, str]:
    """Without coverage too, which would only slow down what is about to be killed."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _OURS and not name.startswith("COVERAGE_")
    }


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """A sandbox in a process of its own, which no signal of ours reaches."""
    with subprocess.Popen(
        [_COMMAND, "sandbox", "--port=0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=_bare(),
    ) as process:
        try:
            assert process.stdout is not None
            with Sandbox(process.stdout.readline().split()[-1]) as handle:
                yield handle
        finally:
            process.terminate()


class PytestRun:
    """A real pytest process, the leader of its own group.

    Args:
        folder: of the suite, and the working directory.
        arguments: besides those that every run has.
    """

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self._folder = folder
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A shell starts its background jobs so, and the run would inherit it.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider",
                "-p", "pytest_otp.plugin", *arguments,
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=environment(folder),
        )  # fmt: skip

    def stop(self, stop: Stop, leases: Callable[[], int]) -> bool:
        """Send the signals once the books show enough leases; false if it ended before.

        Raises:
            Stuck: neither came about in time.
        """
        deadline = monotonic() + DEADLINE_S
        while leases() < stop.after_leases:
            if _ended(self._process, _LOOK_S):
                return False
            if monotonic() > deadline:
                raise Stuck(f"no {stop.after_leases} leases in time\n{self.output()}")
        if _ended(self._process, stop.delay_s):
            return False
        self._signal(stop)
        if stop.then_kill_s is not None and not _ended(self._process, stop.then_kill_s):
            self._kill_group(signal.SIGKILL)
        return True

    def _signal(self, stop: Stop) -> None:
        workers = sorted(self._folder.glob("*.pid"))
        if stop.target == "group":
            self._kill_group(stop.signal)
        elif stop.target == "worker" and workers:
            chosen = workers[stop.after_leases % len(workers)]
            with suppress(ProcessLookupError):
                os.kill(int(chosen.read_text(encoding="utf-8")), stop.signal)
        else:
            self._process.send_signal(stop.signal)

    def _kill_group(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, how)

    def output(self) -> str:
        """All that the run and its workers wrote, once the last of them is gone.

        Raises:
            Stuck: one of them does not end.
        """
        try:
            return self._process.communicate(timeout=DEADLINE_S)[0]
        except subprocess.TimeoutExpired:
            self._kill_group(signal.SIGKILL)
            written = self._process.communicate()[0]
            raise Stuck(f"the run did not end\n{written}") from None


def sweep(folder: Path, meanwhile: Callable[[], None]) -> tuple[int, str]:
    """``pytest-otp sweep --wait``: exit code and output.

    Args:
        folder: where the ledger is.
        meanwhile: called again and again until it ends.

    Raises:
        Stuck: it waits for something that does not come.
    """
    deadline = monotonic() + DEADLINE_S
    with subprocess.Popen(
        [_COMMAND, "sweep", "--wait"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while not _ended(process, _GLANCE_S):
            meanwhile()
            if monotonic() > deadline:
                process.kill()
                raise Stuck(f"the sweep did not end\n{process.communicate()[0]}")
        return process.returncode, process.communicate()[0]


def _ended(process: subprocess.Popen[str], within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True
