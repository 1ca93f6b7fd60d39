"""Who may import whom, and how large a file may be; each rule is shown to catch its case."""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = "pytest_otp"
STDLIB = sys.stdlib_module_names

# What a part may import, and nothing else. httpx is in the core for ``Request``, ``Response`` and
# its errors; redact is a function of text.
ONLY = {
    "pytest_otp.core": {
        *STDLIB,
        "httpx",
        "pytest_otp.core",
        "pytest_otp.errors",
        "pytest_otp.models",
    },
    "pytest_otp.providers": {
        *STDLIB,
        "httpx",
        "pytest_otp.core",
        "pytest_otp.errors",
        "pytest_otp.iso",
        "pytest_otp.models",
        "pytest_otp.providers",
        "pytest_otp.redact",
    },
}
# What a part must never import.
NEVER = {
    # Both are written from a provider's documents. If they shared a constant, one misread document
    # would make both wrong and every test green.
    "pytest_otp.sandbox": {
        "pytest_otp.core",
        "pytest_otp.drivers",
        "pytest_otp.ledger",
        "pytest_otp.providers",
    },
    "pytest_otp.providers": {"pytest_otp.sandbox"},
    # It is the top: pytest imports it, and nobody else.
    "pytest_otp": {"pytest_otp.plugin"},
}
# Loaded in every session of every project: these, and all that they import when they are loaded.
LIGHT = "pytest_otp.plugin"
# Of the standard library, what takes longer than all of ours, and pytest has not loaded already.
SLOW = {"asyncio", "concurrent", "http", "multiprocessing", "sqlite3", "ssl", "xmlrpc"}
LINES = 500
DOCSTRING_LINES = 15
# Its docstring is the drawing of the tree of errors.
DRAWN = "pytest_otp.errors"

Modules = dict[str, ast.Module]


# -- reading ---------------------------------------------------------------------------------------


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in the tree, or a name in one."""
    for node in ast.walk(tree):
        yield from _imported(node)


def imports_at_load(node: ast.AST) -> Iterator[str]:
    """The same, but only what importing the module imports too: no function, no TYPE_CHECKING."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    yield from _imported(node)
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        children = node.orelse
    for child in children:
        yield from imports_at_load(child)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: a relative import, which hides its target"
        # ``from pytest_otp import settings`` imports a module, though it looks like a name.
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, parts: Iterable[str]) -> bool:
    """Whether the dotted name is one of the parts, or inside one."""
    pieces = name.split(".")
    heads = {".".join(pieces[:length]) for length in range(1, len(pieces) + 1)}
    return not heads.isdisjoint(parts)


# -- the rules -------------------------------------------------------------------------------------


def outside(modules: Modules, only: Mapping[str, set[str]]) -> list[str]:
    """Imports that a part may not have."""
    return [
        f"{module} imports {name}"
        for part, allowed in only.items()
        for module, tree in modules.items()
        if within(module, [part])
        for name in imports(tree)
        if not within(name, allowed)
    ]


def forbidden(modules: Modules, never: Mapping[str, set[str]]) -> list[str]:
    """Imports that a part must not have."""
    return [
        f"{module} imports {name}"
        for part, wrong in never.items()
        for module, tree in modules.items()
        if within(module, [part])
        for name in imports(tree)
        if within(name, wrong)
    ]


def heavy(modules: Modules, start: str) -> list[str]:
    """What importing ``start`` loads besides pytest, the quick standard library and ours."""
    found = []
    waiting, seen = [start], {start}
    while waiting:
        module = waiting.pop()
        for name in imports_at_load(modules[module]):
            known = [each for each in (name, name.rpartition(".")[0]) if each in modules]
            if known:
                waiting += set(known) - seen
                seen |= set(known)
            elif within(name, SLOW) or not within(name, STDLIB | {"pytest"}):
                found.append(f"{module} imports {name}")
    return found


def too_long(sources: Mapping[str, str], limit: int) -> list[str]:
    """Files that should be two."""
    return [name for name, text in sources.items() if len(text.splitlines()) > limit]


def badly_introduced(sources: Mapping[str, str], limit: int) -> list[str]:
    """Files without a docstring, and those whose docstring nobody will read."""
    bad = []
    for name, text in sources.items():
        docstring = ast.get_docstring(ast.parse(text))
        if text.strip() and (not docstring or len(docstring.splitlines()) >= limit):
            bad.append(name)
    return bad


# -- our sources -----------------------------------------------------------------------------------


@cache
def sources() -> dict[str, str]:
    """Every source file of the package that is installed, by its module's name."""
    spec = find_spec(ROOT)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        # ``_examples`` is another project, which the wheel only carries.
        if parts[0] != "_examples":
            found[".".join([ROOT, *parts]).removesuffix(".__init__")] = path.read_text("utf-8")
    return found


@cache
def ours() -> Modules:
    """The same, parsed."""
    return {name: ast.parse(text) for name, text in sources().items()}


def test_parts_import_only_what_they_may() -> None:
    """The core and the providers know no socket, file, clock, thread or pytest."""
    assert outside(ours(), ONLY) == []


def test_parts_that_must_not_know_each_other_do_not() -> None:
    """The sandbox and the clients of providers; the plugin and everybody."""
    assert forbidden(ours(), NEVER) == []


def test_the_plugin_is_light() -> None:
    """Importing it imports pytest and the standard library, and of that nothing slow."""
    assert heavy(ours(), LIGHT) == []


def test_files_are_of_a_size_to_read() -> None:
    """None is longer than 500 lines."""
    assert too_long(sources(), LINES) == []


def test_files_say_why_they_exist() -> None:
    """In fewer than 15 lines."""
    assert badly_introduced(sources(), DOCSTRING_LINES) == [DRAWN]


def test_all_parts_are_there() -> None:
    """A rule about a part that was renamed would hold for ever."""
    named = {*ONLY, *NEVER, LIGHT, *(name for wrong in NEVER.values() for name in wrong)}
    assert {name for name in named if name not in sources()} == set()


# -- the rules' own tests --------------------------------------------------------------------------


def parsed(**texts: str) -> Modules:
    """Modules of a package ``p``."""
    return {f"p.{name}".replace("__", "."): ast.parse(text) for name, text in texts.items()}


@pytest.mark.parametrize(
    "line",
    [
        "import socket",
        "import p.errors, socket",
        "from socket import timeout",
        "from p import plugin",
        "from p.plugin import hook",
        "def later():\n    import socket",
        "if TYPE_CHECKING:\n    from socket import socket",
        "class A:\n    import socket",
    ],
)
def test_import_outside_is_found(line: str) -> None:
    """Wherever it stands, for types only or late."""
    found = outside(parsed(core__flows=line, other="import socket"), {"p.core": {"p.errors"}})
    assert len(found) == 1
    assert found[0].startswith("p.core.flows imports ")


def test_import_inside_is_allowed() -> None:
    """A part is allowed with all that is in it, and a neighbour with a longer name is not."""
    allowed = {"p.core": {"p.core", "json"}}
    assert outside(parsed(core="import json.decoder\nfrom p.core.flows import f"), allowed) == []
    assert outside(parsed(core="import p.cores"), allowed) == ["p.core imports p.cores"]


@pytest.mark.parametrize(
    "line", ["import p.plugin", "from p import plugin", "def f():\n    from p.plugin import x"]
)
def test_forbidden_import_is_found(line: str) -> None:
    """In every spelling."""
    assert len(forbidden(parsed(settings=line), {"p": {"p.plugin"}})) == 1
    assert forbidden(parsed(settings="import p.plugins"), {"p": {"p.plugin"}}) == []


def test_relative_import_is_refused() -> None:
    """It would hide what it imports from every rule."""
    with pytest.raises(AssertionError, match="relative"):
        outside(parsed(core="from . import plugin"), {"p.core": {"p"}})


@pytest.mark.parametrize(
    "line",
    [
        "import httpx",
        "from httpx import Client",
        "import sqlite3",
        "try:\n    import httpx\nexcept ImportError:\n    pass",
        "class A:\n    import httpx",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import httpx",
    ],
)
def test_heavy_import_is_found(line: str) -> None:
    """However far away, if importing the plugin imports it."""
    modules = parsed(plugin="from p.run import Run", run="from p import xdist", xdist=line)
    (found,) = heavy(modules, "p.plugin")
    assert found.startswith("p.xdist imports ")


@pytest.mark.parametrize(
    "line",
    [
        "import json, pytest",
        "if TYPE_CHECKING:\n    import httpx",
        "if typing.TYPE_CHECKING:\n    import httpx",
        "def later():\n    import httpx",
        "class A:\n    async def later(self):\n        import httpx",
    ],
)
def test_light_import_is_allowed(line: str) -> None:
    """What only a type checker or a test with a phone imports is free."""
    assert heavy(parsed(plugin=line, other="import httpx"), "p.plugin") == []


def test_long_file_is_found() -> None:
    """By its number of lines."""
    assert too_long({"a": "x\n" * 500, "b": "x\n" * 501}, 500) == ["b"]


def test_bad_introduction_is_found() -> None:
    """None, or one as long as an essay; an empty file needs none."""
    texts = {
        "none": "x = 1",
        "essay": '"""' + "word\n" * 15 + '"""',
        "good": '"""' + "word\n" * 14 + '"""',
        "empty": "",
    }
    assert badly_introduced(texts, 15) == ["none", "essay"]
