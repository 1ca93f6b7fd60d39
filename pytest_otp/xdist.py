"""What the controller and the workers of pytest-xdist tell each other.

The controller cannot know before collection whether any test leases a number, and only workers
collect. So it hands each worker the path of a folder that does not exist yet; a worker that
needs the sandbox makes it; the controller looks when a worker reports its collection, which is
before any test runs, and answers with the sandbox's URL. A run without phones touches nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pytest

_RUN: Final = "otp_run"
_FOLDER: Final = "otp_folder"


def new_id() -> str:
    """An id that nobody else has."""
    return os.urandom(16).hex()


class Meeting:
    """Where the processes of one run meet.

    Attributes:
        run: id of the run.
        worker: which of its processes this is.
        folder: made by the first worker that needs the sandbox.
    """

    def __init__(self, run: str, worker: str, folder: Path) -> None:
        self.run = run
        self.worker = worker
        self.folder = folder

    @classmethod
    def of(cls, config: pytest.Config) -> Meeting | None:
        """The meeting of this process; None where the run is not distributed."""
        given: dict[str, Any] | None = getattr(config, "workerinput", None)
        if given is not None:
            return cls(given[_RUN], given["workerid"], Path(given[_FOLDER]))
        if config.getoption("dist", "no") == "no" or config.getoption("collectonly"):
            return None
        run = new_id()
        return cls(run, "controller", Path(tempfile.gettempdir(), f"pytest-otp-{run}"))

    def invite(self, workerinput: dict[str, Any]) -> None:
        """Tell a worker that is about to start where to meet."""
        workerinput |= {_RUN: self.run, _FOLDER: str(self.folder)}

    def ask(self) -> None:
        """As a worker: say that this run needs the sandbox."""
        self.folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def asked(self) -> bool:
        """As the controller: whether a worker needs the sandbox."""
        return self.folder.is_dir()

    def answer(self, sandbox_url: str) -> None:
        """As the controller: say where the sandbox is."""
        (self.folder / "url").write_text(sandbox_url, encoding="utf-8")

    def sandbox_url(self) -> str | None:
        """As a worker: where the sandbox is; None where the controller was never asked."""
        return self._read("url")

    def refuse(self, sentence: str) -> None:
        """As a worker: say why the run cannot begin."""
        self.ask()
        (self.folder / "refusal").write_text(sentence, encoding="utf-8")

    def refusal(self) -> str | None:
        """As the controller: why a worker says that the run cannot begin."""
        return self._read("refusal")

    def _read(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def end(self) -> None:
        """As the controller: leave nothing behind."""
        if self.worker == "controller":
            shutil.rmtree(self.folder, ignore_errors=True)
