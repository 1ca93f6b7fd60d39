"""Message ids for providers that have none."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from pytest_otp.providers.identity import message_id

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_the_same_facts_are_the_same_message() -> None:
    """Polling ten times finds one message."""
    assert message_id("482910", NOON) == message_id("482910", NOON)


def test_a_new_moment_is_a_new_message() -> None:
    """The same digits sent twice are two messages."""
    assert message_id("482910", NOON) != message_id("482910", NOON.replace(minute=1))


def test_a_new_code_is_a_new_message() -> None:
    """Where no moment is given, the code has to tell."""
    assert message_id("482910", None) != message_id("482911", None)


def test_facts_do_not_run_into_each_other() -> None:
    """What one fact ends with is not what the next begins with."""
    assert message_id("1", "23") != message_id("12", "3")


def test_an_id_does_not_give_the_code_away() -> None:
    """The ledger keeps ids: trying all codes of four digits must find none."""
    known = message_id("4829")
    for code in range(10_000):
        digest = hashlib.blake2b(f"{code:04}".encode(), digest_size=10).hexdigest()
        assert digest != known
