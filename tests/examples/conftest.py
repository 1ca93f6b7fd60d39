"""The example application as the example project starts it: a process that prints its URL."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp.browsers import launch_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_otp.sandbox.handle import Sandbox


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example project."""
    return Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def start_app(otp_sandbox: Sandbox, examples: Path) -> Iterator[Callable[..., str]]:
    """Starts the application once for each set of variables in its environment; gives its URL."""
    running: dict[frozenset[tuple[str, str]], str] = {}
    with ExitStack() as processes:

        def start(**environment: str) -> str:
            asked = frozenset(environment.items())
            if asked not in running:
                application = subprocess.Popen(
                    [sys.executable, "-m", "signup_app", "--port", "0"],
                    cwd=examples,
                    env={
                        **os.environ,
                        "SMS_GATEWAY_URL": otp_sandbox.gateway_url("plain"),
                        **environment,
                    },
                    stdout=subprocess.PIPE,
                    text=True,
                )
                processes.enter_context(application)
                processes.callback(application.terminate)
                assert application.stdout
                running[asked] = application.stdout.readline().strip()
            return running[asked]

        yield start


@pytest.fixture(scope="session")
def base_url(start_app: Callable[..., str]) -> str:
    """The application with its own defaults."""
    return start_app()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """A missing browser is an error here, never a skip."""
    return {**browser_type_launch_args, **launch_options()}
