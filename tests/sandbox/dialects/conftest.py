"""One sandbox for all dialects; each test has an account of its own in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.dialects.customer import still_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox


@pytest.fixture(scope="session")
def still() -> Iterator[Sandbox]:
    """Its time stands still."""
    with still_sandbox() as sandbox:
        yield sandbox
