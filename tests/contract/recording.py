"""What really goes over the wire: a proxy that notes every request, and the documents beside it."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from tests.contract.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextmanager
def recorded(upstream: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A proxy before ``upstream``: its URL, and (method, path) of every request."""
    seen: list[tuple[str, str]] = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            seen.append((self.command, self.path.partition("?")[0]))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            answer = client.request(
                self.command, upstream + self.path, content=body, headers=headers
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in {"transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815 - http.server's names

        def log_message(self, *_args: Any) -> None:  # noqa: ANN401 - as the base class has it
            """Say nothing."""

    with httpx.Client() as client, ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def undocumented(provider: str, seen: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those requests that the provider's document does not have."""
    documented = [
        (each.method, re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(each.path))))
        for each in ENDPOINTS
        if each.provider == provider
    ]
    return [
        (method, path)
        for method, path in seen
        if not any(method == each and template.fullmatch(path) for each, template in documented)
    ]
