"""``docs/settings.md`` is complete, and says what the code does."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

from pytest_otp import Phone, providers, values
from pytest_otp.markers import KEYWORDS
from pytest_otp.options import BY_NAME, OPTIONS
from pytest_otp.plugin import FIXTURES
from pytest_otp.run import BEFORE_FIXTURES

PAGE = Path(__file__).parents[1].joinpath("docs", "settings.md").read_text("utf-8")


def rows(title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    (text,) = re.findall(rf"^## {title}$(.*?)(?=^##? |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^\| (.*) \|$", text, re.MULTILINE)
    return [line.split(" | ") for line in lines[1:]]


def quoted(cell: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def test_every_option_has_its_row() -> None:
    """In the order of the table of options, with all its names and its default."""
    told = [cells[:4] for cells in rows("Options")]
    assert told == [
        [
            f"`{option.flag}`" if option.in_flag else "none",
            f"`{option.ini}`" if option.in_ini else "none",
            f"`{option.environment}`",
            f"`{option.default}`" if option.default else "none",
        ]
        for option in OPTIONS
    ]


def test_what_no_fixture_may_change_is_told() -> None:
    """By the names of the fields."""
    (told,) = re.findall(r"^Refused there, (.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    fields = [BY_NAME[name].field for name in BEFORE_FIXTURES]
    assert quoted(told) == fields


def test_the_ini_example_is_right() -> None:
    """Its values are read, and its lines use each kind of budget."""
    (example,) = re.findall(r"^```ini\n\[pytest\]\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    given = dict(re.findall(r"^otp_(\w+) =((?:.+|(?:\n    .+)+))$", example, re.MULTILINE))
    read = {name: values.read(BY_NAME[name], value.strip()) for name, value in given.items()}
    assert read.keys() == {"budget", "budgets", "rates"}
    assert isinstance(read["budgets"], dict)
    assert list(read["budgets"]) == ["tag:signup", "test", "day"]


def test_every_keyword_has_its_row() -> None:
    """Those of the marker, and no other."""
    assert [quoted(cells[0]) for cells in rows("Markers")] == [[keyword] for keyword in KEYWORDS]


def test_every_fixture_has_its_row() -> None:
    """Those of the plugin, and no other."""
    assert {name for cells in rows("Fixtures") for name in quoted(cells[0])} == FIXTURES


def test_every_member_of_phone_has_its_row() -> None:
    """Properties by name, methods with their parameters."""
    told = [name for cells in rows("Members of `Phone`") for name in quoted(cells[0])]
    public = {name: member for name, member in vars(Phone).items() if not name.startswith("_")}
    assert set(told) == {
        name if isinstance(member, property) else f"{name}({parameters(member)})"
        for name, member in public.items()
    }


def parameters(method: object) -> str:
    """The names of a method's parameters."""
    assert callable(method)
    return ", ".join(list(signature(method).parameters)[1:])


def test_every_provider_has_its_keys() -> None:
    """All that are sold for real, with every variable that they read."""
    told = {
        quoted(cells[0])[0]: {*quoted(cells[1]), *quoted(cells[2])}
        for cells in rows("Keys and addresses")
    }
    assert told == {
        name: {*providers.key_variables(name), providers.base_url_variable(name)}
        for name in providers.OURS
        if name != "sandbox"
    }
