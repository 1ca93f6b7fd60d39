"""A run without phones pays nothing, opens nothing and leaves nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HEAVY = ("httpx", "starlette", "uvicorn", "tenacity", "playwright", "sqlite3", "phonenumbers")

# Loads nothing but what pytest and the plugin load; audit hooks cannot be removed or fooled.
WATCHER = """
    import sys

    sockets = []
    files = []

    def watch(event, args):
        if event == "socket.bind" or event == "socket.connect":
            sockets.append(args)
        if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            files.append(args[0])

    sys.addaudithook(watch)

    def pytest_unconfigure(config):
        print("sockets:", sockets)
        print("files:", [f for f in files if "otp" in str(f)])
        print("heavy:", sorted({%r} & {name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]])
def test_run_without_phones_leaves_no_trace(
    pytester: pytest.Pytester,
    run: Callable[..., pytest.RunResult],
    monkeypatch: pytest.MonkeyPatch,
    workers: list[str],
) -> None:
    """No heavy import, no socket, no file; under xdist neither."""
    # Measuring coverage takes sqlite3 and files of its own.
    for name in [name for name in os.environ if name.startswith("COV")]:
        monkeypatch.delenv(name)
    heavy = ", ".join(map(repr, HEAVY))
    pytester.makeconftest(WATCHER.replace("{%r}", "{" + heavy + "}"))
    pytester.makepyfile(
        f"""
        import sys

        def test_plain():
            assert not {{{heavy}}} & {{name.partition(".")[0] for name in sys.modules}}
        """
    )
    result = run("-s", *workers)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sockets: []", "files: []", "heavy: []"])
    assert not (pytester.path / ".pytest_otp").exists()


def test_run_without_phones_loads_five_modules(
    pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]
) -> None:
    """Each one of ours costs every session of every project; what leases comes when it is asked."""
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure(config):
            print("ours:", *sorted(name for name in sys.modules if name.startswith("pytest_otp")))
        """
    )
    pytester.makepyfile("def test_plain(): pass")
    # The application's own, which says nothing to us, and which we could not even read.
    (pytester.path / ".env").write_bytes(b"DATABASE_URL=\xff\n")
    light = "".join(
        f" pytest_otp.{name}" for name in ("fixtures", "hookspecs", "options", "plugin")
    )
    run("-s").stdout.fnmatch_lines([f"ours: pytest_otp{light}"])


@pytest.mark.parametrize(
    "flag", ["--collect-only", "--fixtures", "--fixtures-per-test", "--setup-plan"]
)
def test_looking_at_tests_prepares_nothing(
    pytester: pytest.Pytester, run: Callable[..., pytest.RunResult], flag: str
) -> None:
    """Where no test runs, no sandbox is started and no ledger is made."""
    pytester.makepyfile("def test_leases(otp_phone): pass")
    assert run(flag).ret == 0
    assert not pytester.path.joinpath(".pytest_otp").exists()
