"""What the README and the docs say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_otp import Phone, cli
from pytest_otp.leasing import LeaseFactory
from pytest_otp.markers import KEYWORDS
from pytest_otp.options import BY_NAME, OPTIONS
from pytest_otp.plugin import FIXTURES, MARKERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def section(title: str) -> str:
    """The text below a heading of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(title: str) -> list[str]:
    """The first cells of the section's table, without their backquotes."""
    return re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE)


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a page names a file that exists."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_thirty_seconds_are_the_example() -> None:
    """The snippet of the README is the example that the tests run, to the letter."""
    (snippet,) = re.findall(r"```python\n(.*?)```", section("Thirty seconds"), re.DOTALL)
    example = ROOT / "examples" / "test_sign_up_playwright.py"
    assert snippet == example.read_text(encoding="utf-8")


def test_fixtures_are_all_there() -> None:
    """The table of fixtures is the plugin's."""
    assert set(first_column("Fixtures")) == FIXTURES
    factory = re.search(r"`otp_lease\((.*?)\)`", section("Fixtures"))
    assert factory
    named = set(re.findall(r"(\w+)=", factory[1]))
    assert named == set(LeaseFactory.__call__.__annotations__) - {"return"}


def test_phone_is_told_whole() -> None:
    """Every public member of ``Phone`` is named, and no other."""
    (told,) = re.findall(r"A `Phone` has (.*?)\. Each wait", section("Fixtures"), re.DOTALL)
    members = {name for name in vars(Phone) if not name.startswith("_")}
    assert set(re.findall(r"`(\w+)(?:\(\))?`", told)) == members


def test_markers_are_told_with_their_keywords() -> None:
    """The README's markers are the plugin's, keyword by keyword."""
    table = section("Markers")
    (keywords,) = re.findall(r"`@pytest\.mark\.otp\((.*?)\)`", table)
    assert re.findall(r"(\w+)=", keywords) == list(KEYWORDS)
    assert "`@pytest.mark.otp_live`" in table
    assert re.findall(r"(\w+)=", MARKERS[0].partition("):")[0]) == list(KEYWORDS)


def test_flags_are_told_with_their_defaults() -> None:
    """Each flag of the README exists, and its default is the one in the table of options."""
    rows = re.findall(r"^\| `(--otp-[\w-]+)[^|]*\| ([^|]+) \|", section("Flags"), re.MULTILINE)
    assert rows
    flags = {option.flag: option for option in OPTIONS if option.in_flag}
    for flag, default in rows:
        told = default.strip().strip("`").partition("`")[0]
        assert told in {flags[flag].default or "none", "any"}, flag
    assert BY_NAME["provider"].environment in section("Flags")


def test_subcommands_are_told() -> None:
    """The README names each subcommand of ``pytest-otp``."""
    told = re.findall(r"`(\w+)`", section("Command line").partition(";")[0])
    assert sorted(told) == sorted(cli.COMMANDS)


def test_where_is_names_files_that_exist() -> None:
    """Somebody new finds the room for a change."""
    links = re.findall(r"\]\(([^)]+)\)", section("Where is …?"))
    assert len(links) > 10
    assert all((ROOT / link).exists() for link in links)


def test_advice_of_a_failure_stands_in_the_readme() -> None:
    """The anchor that a failed wait points at is a heading."""
    from pytest_otp.reports.explain import REMEDIES  # noqa: PLC0415 - only this test needs it

    page, _, anchor = REMEDIES.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
