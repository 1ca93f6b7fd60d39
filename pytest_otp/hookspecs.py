"""The hooks that projects may implement, in a ``conftest.py`` or in a plugin of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import re

    from pytest_otp.models import Message


@pytest.hookspec(firstresult=True)
def pytest_otp_extract_code(message: Message, pattern: re.Pattern[str] | None) -> str | None:
    """Decide for yourself which code a message holds.

    Args:
        message: as it arrived; its text is hostile input.
        pattern: what the test passed to ``wait_for_code``.

    Returns:
        The code as it is to be typed; None to leave the message to the next hook, and at last to
        the kit's own rules.
    """
