"""One tree of errors, drawn as it is, with a stable code each."""

from __future__ import annotations

import builtins
import inspect
import re

import pytest

from pytest_otp import errors
from pytest_otp.errors import OtpError, ProviderError

CLASSES = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
ALL = [kind for kind in CLASSES if issubclass(kind, OtpError)]


def drawn() -> list[tuple[str, str]]:
    """Name and parent of every error in the docstring's drawing."""
    found = []
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w+)", line):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            found.append((match[2], path[depth - 1] if depth else "Exception"))
    return found


def test_drawing_is_the_tree() -> None:
    """Every class stands in the docstring under its parent, and nothing else does."""
    assert sorted(drawn()) == sorted((kind.__name__, kind.__mro__[1].__name__) for kind in ALL)


def test_one_except_catches_all() -> None:
    """``OtpError`` is the root."""
    assert [kind for kind in CLASSES if issubclass(kind, BaseException)] == ALL


def test_each_error_has_a_code_of_its_own() -> None:
    """Codes are for tables: one each, in snake case."""
    codes = [vars(kind).get("code") for kind in ALL]
    assert len(set(codes)) == len(ALL)
    assert all(isinstance(code, str) and re.fullmatch(r"[a-z_]+", code) for code in codes)


def test_codes_are_the_names_in_another_spelling() -> None:
    """Who knows the class knows the code, and the reverse."""
    for kind in ALL:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        assert kind.code == name.removesuffix("_error")


def test_no_builtin_is_shadowed() -> None:
    """``from pytest_otp.errors import *`` never changes what ``TimeoutError`` means."""
    assert not [kind for kind in ALL if hasattr(builtins, kind.__name__)]


@pytest.mark.parametrize(
    ("status", "text"),
    [(None, "dogesms: buy: no answer"), (503, "dogesms: buy (HTTP 503): no answer")],
)
def test_provider_error_names_who_and_what(status: int | None, text: str) -> None:
    """Provider, operation and status stand in the text and on the error."""
    error = ProviderError("no answer", provider="dogesms", operation="buy", status=status)
    assert str(error) == text
    assert (error.provider, error.operation, error.status) == ("dogesms", "buy", status)
