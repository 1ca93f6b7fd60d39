"""Where a request carries its key."""

from __future__ import annotations

import base64

import pytest
from starlette.requests import Request

from pytest_otp.sandbox.keys import api_key, basic, bearer, usable


def request(**headers: str) -> Request:
    """A request with these headers; an underscore in a name is a dash."""
    raw = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in headers.items()
    ]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer a b", None),
        ("Basic abc", None),
        ("abc", None),
        ("Bearer abc\x7f", None),
        ("Bearer ключ".encode().decode("latin-1"), None),
    ],
)
def test_a_bearer_is_one_word_after_its_scheme(header: str, key: str | None) -> None:
    """The scheme's case does not matter; a token is visible ASCII."""
    assert bearer(request(authorization=header)) == key


def test_a_key_has_a_header_of_its_own() -> None:
    """``X-API-Key`` is read, and nothing else is."""
    assert api_key(request(x_api_key="abc")) == "abc"
    assert api_key(request(authorization="Bearer abc")) is None
    assert bearer(request(x_api_key="abc")) is None


@pytest.mark.parametrize(
    ("pair", "read"),
    [
        ("id:secret", ("id", "secret")),
        ("id:se:cret", ("id", "se:cret")),
        ("id", None),
        ("id:", None),
        (":secret", None),
        ("two words:secret", None),
    ],
)
def test_basic_credentials_are_a_pair(pair: str, read: tuple[str, str] | None) -> None:
    """Both halves must be there; the first colon separates them."""
    encoded = base64.b64encode(pair.encode()).decode()
    assert basic(request(authorization=f"Basic {encoded}")) == read


@pytest.mark.parametrize("credentials", ["", "%%%", "aWQ6c2VjcmV", "/w=="])
def test_basic_credentials_must_be_base64(credentials: str) -> None:
    """What cannot be decoded is no pair."""
    assert basic(request(authorization=f"Basic {credentials}")) is None


def test_an_endless_key_is_none() -> None:
    """A key has at most 512 characters."""
    assert usable("k" * 512)
    assert usable("k" * 513) is None
