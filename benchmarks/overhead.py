"""What the plugin costs: (a) a run without phones, (b) a test with one.

Run with `python benchmarks/overhead.py`, in an environment that has the plugin installed. All runs
are real processes, the two sides take turns, and every other plugin is off on both. (a) compares
with `-p no:otp`. (b) compares `overhead_project/kit.py` with `bare.py`: the same requests
from a bare httpx client to the same kind of server. The processor's time is shown beside the time
that passed: on a machine that does other things trust the first, and the least of it most.
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
    return [sys.executable, "-m", "pytest", "-q", *off, *args]


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
    # A flag of ours, at its default: where the plugin is not loaded, that fails.
    ours = pytest_command("--otp-timeout=120")
    return in_turns(ours, pytest_command("-pno:otp"), folder, rounds)


def figures(folder: Path, name: str, tests: int) -> dict[str, Cost]:
    """Run one side of (b) in a process of its own: the median cost of a test and of a call."""
    report = folder / "figures.json"
    command = pytest_command(f"{name}.py", *(["-pno:otp"] if name == "bare" else []))
    run(command, folder, OVERHEAD_TESTS=str(tests), OVERHEAD_REPORT=str(report))
    told: dict[str, list[tuple[float, float]]] = json.loads(report.read_text(encoding="utf-8"))
    return {
        kind: Cost(*(median(costs) * 1000 for costs in zip(*spans, strict=True)))
        for kind, spans in told.items()
    }


def phone_tests(folder: Path, rounds: int, tests: int) -> dict[str, Comparison]:
    """(b) Lease, SMS, code and close: as a test of its own, and as calls inside of one test."""
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    found: dict[str, list[dict[str, Cost]]] = {"kit": [], "bare": []}
    for n in range(rounds):
        for name in ("kit", "bare") if n % 2 else ("bare", "kit"):
            found[name].append(figures(folder, name, tests))
    return {
        kind: Comparison(
            [each[kind] for each in found["kit"]], [each[kind] for each in found["bare"]]
        )
        for kind in ("test", "call")
    }


def main() -> None:
    """Print the figures beside what is aimed at."""
    parser = argparse.ArgumentParser(description="What the plugin costs.")
    parser.add_argument("--runs", type=int, default=30, help="pairs of empty runs")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs with phones")
    parser.add_argument("--tests", type=int, default=200, help="tests in a run with phones")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_run(Path(folder), given.runs)
    empty.tell(f"(a) an empty pytest run, {given.runs} pairs; the aim is under {PLUGIN_AIM_MS} ms")
    with tempfile.TemporaryDirectory() as folder:
        phones = phone_tests(Path(folder), given.rounds, given.tests)
    what = f"{given.rounds} pairs of {given.tests}; the aim is a ratio under {TEST_AIM}"
    phones["test"].tell(f"(b) a test with a phone, set up to torn down, {what}")
    phones["call"].tell(f"    its calls alone, in one test, {what}")


if __name__ == "__main__":
    main()
