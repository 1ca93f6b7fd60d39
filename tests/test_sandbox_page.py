"""``docs/sandbox.md`` is complete, and its example runs."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

import pytest

from pytest_otp import Sandbox
from pytest_otp.sandbox.catalogue import COUNTRIES, SERVICES

PAGE = Path(__file__).parents[1].joinpath("docs", "sandbox.md").read_text("utf-8")
ATTRIBUTES = {"url", "seed"}


def section(title: str) -> str:
    """The text below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_member_has_its_row() -> None:
    """Properties by name, methods with their parameters."""
    told = re.findall(r"^\| `([^`]+)`", section("Members of `otp_sandbox`"), re.MULTILINE)
    public = {name: member for name, member in vars(Sandbox).items() if not name.startswith("_")}
    methods = {
        name: ", ".join(list(signature(member).parameters)[1:])
        for name, member in public.items()
        if not isinstance(member, property)
    }
    written = {f"{name}({parameters})" for name, parameters in methods.items()}
    assert set(told) == ATTRIBUTES | written | (public.keys() - methods.keys())


@pytest.mark.parametrize(("row", "known"), [("services", SERVICES), ("countries", COUNTRIES)])
def test_what_is_for_sale(row: str, known: dict[str, object]) -> None:
    """All of the catalogue, and nothing else."""
    (told,) = re.findall(rf"^\| {row} \| (.*) \|$", section("What is for sale"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", told) == list(known)


def test_the_example_runs(pytester: pytest.Pytester) -> None:
    """As it stands."""
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    pytester.makepyfile(example)
    quick = ("-p", "no:randomly", "-p", "no:cacheprovider")
    pytester.runpytest_subprocess(*quick).assert_outcomes(passed=4)
