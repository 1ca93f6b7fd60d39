"""Chromium for every test of this folder: a browser that is missing is an error, never a skip."""

from __future__ import annotations

import pytest

from pytest_otp.browsers import launch_options


def pytest_configure(config: pytest.Config) -> None:
    """pytest-playwright 0.10 defines its fixture ``base_url`` as pytest 9.2 would not have it."""
    config.addinivalue_line(
        "filterwarnings", "ignore:Session-scoped fixtures defined as instance methods"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """What a user's conftest would say too."""
    return {**browser_type_launch_args, **launch_options()}
