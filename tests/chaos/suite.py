"""The suite under chaos: small tests of every way in which a phone is used, or not used.

Some of them fail, and under faults most may: what the tests say is of no interest here, only
what becomes of the money.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CONFTEST: Final = '''
"""The application under test sends by the plain gateway; each process notes its id."""

import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

import pytest


def pytest_configure():
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        Path(__file__).with_name(f"{worker}.pid").write_text(str(os.getpid()))


@pytest.fixture
def send(otp_sandbox):
    url = otp_sandbox.gateway_url() + "/messages"

    def send(phone):
        sms = {"to": phone.number, "from": "Shop", "text": "Your code is 123456"}
        headers = {"Content-Type": "application/json"}
        urlopen(Request(url, json.dumps(sms).encode(), headers), timeout=10).close()

    return send


@pytest.fixture
def broken(otp_phone):
    raise RuntimeError("this fixture fails after the lease")
'''

_BODIES: Final = {
    "code": """
        def test_{n}(otp_phone, send):
            send(otp_phone)
            assert otp_phone.wait_for_code(timeout=10) == "123456"
    """,
    "code_async": """
        def test_{n}(otp_phone, send):
            send(otp_phone)
            asyncio.run(otp_phone.wait_for_code_async(timeout=10))
    """,
    "unread": """
        def test_{n}(otp_phone, send):
            send(otp_phone)
    """,
    "unused": """
        def test_{n}(otp_phone):
            pass
    """,
    "fails": """
        def test_{n}(otp_phone):
            raise AssertionError
    """,
    "silence": """
        def test_{n}(otp_phone):
            otp_phone.wait_for_code(timeout=0.5)
    """,
    "two": """
        def test_{n}(otp_lease, send):
            first, second = otp_lease(), otp_lease()
            send(second)
            second.wait_for_code(timeout=10)
    """,
    "threads": """
        def test_{n}(otp_lease):
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: otp_lease(), range(2)))
    """,
    "cancels": """
        def test_{n}(otp_phone):
            otp_phone.cancel()
    """,
    "broken_fixture": """
        def test_{n}(broken):
            pass
    """,
}
KINDS: Final = tuple(_BODIES)


def write(folder: Path, kinds: Sequence[str]) -> None:
    """Lay down a suite with a test of each of these kinds, in this order."""
    tests = [dedent(_BODIES[kind]).format(n=f"{n:02}_{kind}") for n, kind in enumerate(kinds)]
    imports = "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n"
    (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "test_suite.py").write_text(imports + "\n".join(tests), encoding="utf-8")
