"""The targets guard: a live number is typed into systems that the run declares as its own.

In a live run ``otp_targets`` names the hosts under test. What a test types it types by
``pytest_otp.playwright``, whose functions know a page and a text, not the run; so the run declares
its hosts here. A rehearsal declares none, and its pages may be anywhere.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_otp.errors import TargetRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_declared: list[Sequence[str]] = []


@contextmanager
def declared(hosts: Sequence[str]) -> Iterator[None]:
    """Hold this process to the hosts, each perhaps with ``*.`` for all below it."""
    _declared.append(hosts)
    try:
        yield
    finally:
        _declared.remove(hosts)


def are_declared() -> bool:
    """Whether any hosts are declared."""
    return bool(_declared)


def allows(url: str) -> bool:
    """Whether a page at this URL may hold a live number."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return all(any(_covers(pattern, host) for pattern in hosts) for hosts in _declared)


def check(url: str, what: str) -> None:
    """Refuse to type something into a page at this URL.

    Args:
        url: of the page at top level.
        what: would be typed, as in ``the code``.

    Raises:
        TargetRefused: the page's host is none of those that are declared.
    """
    if not allows(url):
        parts = urlsplit(url)
        where = parts.hostname or f"{parts.scheme}:"
        named = ", ".join(name for hosts in _declared for name in hosts)
        raise TargetRefused(
            f"{what} of a live number is not typed at {where!r}: otp_targets names {named}; add "
            "the host there if it is a system that you own or may test"
        )


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and host != pattern[1:]
    return host == pattern
