"""SIGTERM stops a run as Ctrl-C does, while there is something to give back.

CI systems end jobs with SIGTERM, and Python's default is to die without running a fixture's
teardown. The handler that was there before is put back afterwards.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class OrderlyStop:
    """Turns SIGTERM into ``KeyboardInterrupt``, but never in the middle of a settlement."""

    def __init__(self) -> None:
        self._shielded = False
        self._asked = False

    def _on_sigterm(self, _signal: int, _frame: FrameType | None) -> None:
        if self._shielded:
            self._asked = True
        else:
            raise KeyboardInterrupt("SIGTERM")

    @contextmanager
    def installed(self) -> Iterator[None]:
        """While this is entered, SIGTERM is orderly; in a thread nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGTERM)
        if before in (signal.SIG_IGN, None):
            yield
            return
        signal.signal(signal.SIGTERM, self._on_sigterm)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """A SIGTERM that comes in here takes effect at its end."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False
        if self._asked:
            raise KeyboardInterrupt("SIGTERM")
