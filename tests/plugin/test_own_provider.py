"""A provider that joins by the entry point, as ``docs/own-provider.md`` has it."""

from __future__ import annotations

import json
import re
import threading
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_otp.core.rows import Row

    Run = Callable[..., pytest.RunResult]

PAGE = Path(__file__).parents[2].joinpath("docs", "own-provider.md").read_text("utf-8")
NUMBER = "+12025550123"
LIVE = ("--otp-live", "--otp-provider=acme", "--otp-service=telegram", "--otp-targets=example.com")


class Acme(BaseHTTPRequestHandler):
    """The provider's real service: one number for sale, over and over, with an SMS at once."""

    def answer(self) -> None:
        """By method and path."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = f"{self.command} {self.path.partition('?')[0]}"
        number = {"id": 7, "number": NUMBER, "price": "0.25"}
        sms = {"id": "sms-1", "text": "Your code is 302415"}
        known: dict[str, tuple[int, object]] = {
            "GET /balance": (200, {"available": "5.00"}),
            "GET /offers": (200, {"offers": [{"price": "0.25", "stock": 3}]}),
            "POST /numbers": (200, number),
            "GET /numbers/7": (200, {"messages": [sms]}),
            "DELETE /numbers/7": (204, None),
        }
        status, document = known[asked]
        if self.headers["Authorization"] != "Bearer the-key":
            status, document = 401, {"error": "bad_key"}
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - as http.server calls them

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@contextmanager
def acme() -> Iterator[str]:
    """The service's base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Acme) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture
def installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's provider, as pip would have installed it."""
    (entry_point,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (module,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    ((group, points),) = tomllib.loads(entry_point)["project"]["entry-points"].items()
    ((name, value),) = points.items()
    pytester.makepyfile(acme_otp=module)
    info = pytester.mkdir("acme_otp-1.0.dist-info")
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: acme-otp\nVersion: 1.0\n")
    info.joinpath("entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))


@pytest.mark.usefixtures("installed")
def test_live_run(
    pytester: pytest.Pytester,
    run: Run,
    rows: Callable[[], list[Row]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It sells, is asked for the code, and takes an unused number back."""
    pytester.makepyfile(
        f"""
        def test_code(otp_phone):
            assert (otp_phone.number, otp_phone.provider) == ({NUMBER!r}, "acme")
            assert otp_phone.wait_for_code(timeout=10) == "302415"

        def test_unused(otp_phone):
            assert str(otp_phone.price) == "0.25 USD"
        """
    )
    monkeypatch.setenv("ACME_API_KEY", "the-key")
    with acme() as url:
        monkeypatch.setenv("ACME_BASE_URL", url)
        run(*LIVE, "--otp-budget=1 USD").assert_outcomes(passed=2)
    assert [row.state for row in rows()] == [State.SPENT, State.REFUNDED]


@pytest.mark.usefixtures("installed")
def test_wrong_key(pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its refusals are the kit's errors; without a key the run does not begin."""
    pytester.makepyfile("def test_code(otp_phone): pass")
    refused = run(*LIVE, "--otp-budget=1 USD")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    assert "acme needs a key; set ACME_API_KEY" in refused.stderr.str()
    monkeypatch.setenv("ACME_API_KEY", "another")
    with acme() as url:
        monkeypatch.setenv("ACME_BASE_URL", url)
        text = run(*LIVE, "--otp-budget=1 USD").stdout.str()
    assert "CredentialsRefused: acme: offers (HTTP 401): bad_key" in text
