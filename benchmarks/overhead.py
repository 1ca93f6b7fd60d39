"""What the plugin costs: (a) a run without phones, (b) a test with one.

Run with `python benchmarks/overhead.py`, in an environment that has the plugin installed. All runs
are real processes, the two sides take turns, and every other plugin is off on both. (a) compares
with `-p no:otp`. (b) compares lease, SMS, code and close with the same requests from a bare httpx
client to the same kind of server (`overhead_project/`). The processor's time is shown beside the
time that passed: on a machine that does other things trust the first, and the least of it most.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from typing import Final

PROJECT: Final = Path(__file__).with_name("overhead_project")
PLUGIN_AIM_MS: Final = 5.0
TEST_AIM: Final = 1.5


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one thing that was done."""

    passed: float
    processor: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Costs of the same thing with us and without, taken in turns."""

    ours: list[Cost]
    base: list[Cost]

    def tell(self, title: str) -> None:
        """Print the medians, and those of the differences and ratios."""
        print(title)
        self._tell("time passed", [(a.passed, b.passed) for a, b in self._pairs()])
        self._tell("processor", [(a.processor, b.processor) for a, b in self._pairs()])

    def _pairs(self) -> list[tuple[Cost, Cost]]:
        return list(zip(self.ours, self.base, strict=True))

    def _tell(self, what: str, pairs: list[tuple[float, float]]) -> None:
        ours, base = zip(*pairs, strict=True)
        print(
            f"  {what:11}  base {median(base):7.2f} ms  with us {median(ours):7.2f} ms"
            f"  adds {median(a - b for a, b in pairs):6.2f} ms"
            f"  ratio {median(a / b for a, b in pairs):.3f}"
            f"  (least: {min(base):.2f} and {min(ours):.2f} ms)"
        )


def pytest_command(*args: str) -> list[str]:
    """Pytest with no plugin but ours and its own."""
    others = {point.name for point in entry_points(group="pytest11")} - {"otp"}
    off = [f"-pno:{name}" for name in sorted({*others, "cacheprovider"})]
    return [sys.executable, "-m", "pytest", *off, *args]


def run(command: list[str], folder: Path, **variables: str) -> None:
    """Run a command that must succeed, as a user's shell would, with compiled modules."""
    left_out = ("PYTEST_", "PYTHONDONTWRITEBYTECODE")
    environment = {k: value for k, value in os.environ.items() if not k.startswith(left_out)}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder / "cache"), **variables}
    ran = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ran.stdout}{ran.stderr}")


def timed(command: list[str], folder: Path) -> Cost:
    """What a command costs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    run(command, folder)
    passed = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(passed * 1000, processor * 1000)


def in_turns(ours: list[str], base: list[str], folder: Path, rounds: int) -> Comparison:
    """Run both, after a warm-up, each first every other time."""
    found: dict[bool, list[Cost]] = {True: [], False: []}
    for n in range(-2, rounds):
        for is_ours in (True, False) if n % 2 else (False, True):
            cost = timed(ours if is_ours else base, folder)
            if n >= 0:
                found[is_ours].append(cost)
    return Comparison(found[True], found[False])


def empty_run(folder: Path, rounds: int) -> Comparison:
    """(a) One test that does nothing, with the plugin and without."""
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    # A flag of ours: where the plugin is not loaded, that fails.
    run(pytest_command("--otp-timeout=120"), folder)
    return in_turns(pytest_command(), pytest_command("-pno:otp"), folder, rounds)


def spans(folder: Path, tests: int, name: str, *args: str) -> dict[str, list[Cost]]:
    """Run one test of the project, so many times; what each time cost, by who did it."""
    report = folder / "report.json"
    command = pytest_command("phones.py", "-k", f"test_{name}", *args)
    run(command, folder, OVERHEAD_TESTS=str(tests), OVERHEAD_REPORT=str(report))
    told = json.loads(report.read_text(encoding="utf-8"))
    return {kind: [Cost(*cost) for cost in costs] for kind, costs in told.items()}


def middle(costs: list[Cost]) -> Cost:
    """The medians."""
    return Cost(median(c.passed for c in costs), median(c.processor for c in costs))


def phone_tests(folder: Path, rounds: int, tests: int) -> Comparison:
    """(b) Lease, SMS, code and close as tests; each side in processes of its own."""
    found: dict[str, list[Cost]] = {"kit": [], "bare": []}
    for n in range(rounds):
        for name in ("kit", "bare") if n % 2 else ("bare", "kit"):
            without = ["-pno:otp"] if name == "bare" else []
            found[name].append(middle(spans(folder, tests, name, *without)[name]))
    return Comparison(found["kit"], found["bare"])


def phone_calls(folder: Path, tests: int) -> Comparison:
    """(b) The same as calls; both sides in one process, on one sandbox."""
    found = spans(folder, tests, "calls")
    return Comparison(found["kit"], found["bare"])


def main() -> None:
    """Print the figures beside what is aimed at."""
    parser = argparse.ArgumentParser(description="What the plugin costs.")
    parser.add_argument("--runs", type=int, default=30, help="pairs of empty runs")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs with phones")
    parser.add_argument("--tests", type=int, default=200, help="tests in a run with phones")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as empty_folder:
        empty = empty_run(Path(empty_folder), given.runs)
    empty.tell(f"(a) an empty pytest run, {given.runs} pairs; the aim is under {PLUGIN_AIM_MS} ms")
    with tempfile.TemporaryDirectory() as copy:
        folder = Path(shutil.copytree(PROJECT, copy, dirs_exist_ok=True))
        as_tests = phone_tests(folder, given.rounds, given.tests)
        as_calls = phone_calls(folder, given.tests)
    aim = f"the aim is a ratio under {TEST_AIM}"
    as_tests.tell(f"(b) a test with a phone, {given.rounds} pairs of {given.tests}; {aim}")
    as_calls.tell(f"    its calls alone, {given.tests} pairs; {aim}")


if __name__ == "__main__":
    main()
