"""Chromium for every test of this folder: a browser that is missing is an error, never a skip."""

from __future__ import annotations

import pytest

from pytest_otp.browsers import launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """What a user's conftest would say too."""
    return {**browser_type_launch_args, **launch_options()}
