"""Which hosts a live run may type at."""

from __future__ import annotations

import pytest

from pytest_otp import targets


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://shop.example.com/sign-up", True),
        ("https://SHOP.example.com.:8443/", True),
        ("https://a.staging.example.com/", True),
        ("https://a.b.staging.example.com/", True),
        ("https://staging.example.com/", False),
        ("https://evilstaging.example.com/", False),
        ("https://shop.example.com.evil.test/", False),
        ("https://shop.example.com@evil.test/", False),
        ("about:blank", False),
        ("data:text/html,x", False),
    ],
)
def test_hosts(url: str, allowed: bool) -> None:  # noqa: FBT001 - a table's column
    """A name means itself; ``*.`` means all below a name, and not the name."""
    with targets.declared(["shop.example.com", "*.staging.example.com"]):
        assert targets.allows(url) is allowed
    assert targets.allows(url)
