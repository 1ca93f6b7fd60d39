"""Who is alive: an advisory lock that the kernel frees when its holder dies.

Not a pid, which is used again, and not a clock, which stops in a debugger. ``flock`` is chosen
over ``lockf`` because its locks belong to the open file and not to the process: two ledgers in
one process do not take each other for dead.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """A file that is locked as long as this object, or its process, lives."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Lock the file, made if need be; None if somebody living holds it."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return None
            if _is_still(path, descriptor):
                return cls(path, descriptor)
            # Its last holder deleted it after we had opened it: this lock excludes nobody.
            os.close(descriptor)

    def of_this_process(self) -> Lock:
        """The same, but a forked child, which shares the open file, does not keep it locked."""
        os.register_at_fork(after_in_child=self.free)
        return self

    def free(self) -> None:
        """Unlock the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def forget(self) -> None:
        """Delete the file, while it is still locked, and unlock it."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        self.free()


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
