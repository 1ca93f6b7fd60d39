"""Processes that do what they are told: a line in, a line out.

What such a process can do is a module of its own, whose ``main`` is called there with the words
that the test gave.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Beyond any test: whoever waits for more than this is left over from a test that failed.
PATIENCE_S: Final = 120
# The root goes to the end, so that the sources in it do not hide an installed wheel.
_LAUNCH: Final = """
import importlib, sys
sys.path.append(sys.argv.pop(1))
importlib.import_module(sys.argv.pop(1)).main(*sys.argv[1:])
"""


class ToldProcess:
    """The process, seen from the test."""

    def __init__(self, module: str, *words: str) -> None:
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _LAUNCH, root, f"tests.contract.{module}", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        """Say what to do."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """Wait for the answer."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the process ended with {self._process.wait()}"
        return line.strip()

    def ask(self, line: str) -> str:
        """Say what to do and wait until it is done."""
        self.tell(line)
        return self.answer()

    def kill(self) -> None:
        """End it with SIGKILL; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def say(line: str) -> None:
    """In the process: answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def obey(verbs: Mapping[str, Callable[[], str]]) -> None:
    """In the process: do what is asked until the end of the input."""
    signal.alarm(PATIENCE_S)
    say("ready")
    for line in iter(sys.stdin.readline, ""):
        say(verbs[line.strip()]())
