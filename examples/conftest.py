import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_otp.browsers import launch_options


@pytest.fixture(scope="session")
def gateway_url(request: pytest.FixtureRequest) -> str:
    """The sandbox's SMS gateway, unless the environment names one, as for a live run."""
    named = os.environ.get("SMS_GATEWAY_URL")
    return named or str(request.getfixturevalue("otp_sandbox").gateway_url("plain"))


@pytest.fixture(scope="session")
def base_url(gateway_url: str) -> Iterator[str]:
    """Start the application."""
    with subprocess.Popen(
        [sys.executable, "-m", "signup_app", "--port", "0"],
        cwd=Path(__file__).parent,
        env={**os.environ, "SMS_GATEWAY_URL": gateway_url},
        stdout=subprocess.PIPE,
        text=True,
    ) as application:
        assert application.stdout
        url = application.stdout.readline().strip()  # printed as soon as it listens
        assert url, "The application did not start; its own message stands below."
        yield url
        application.terminate()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the Chromium that this machine has."""
    return {**browser_type_launch_args, **launch_options()}


@pytest.fixture
def anyio_backend() -> str:
    """Run `@pytest.mark.anyio` tests with asyncio."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put async tests first: sync Playwright keeps its own event loop running until the end."""
    items.sort(key=lambda item: item.get_closest_marker("anyio") is None)
