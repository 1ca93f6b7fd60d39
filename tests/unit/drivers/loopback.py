"""A real HTTP server on loopback that answers by a script, for the drivers' tests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any, ClassVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 30


@dataclass(frozen=True)
class Reply:
    """One answer of the script.

    Attributes:
        together: hold it back until so many requests wait for theirs.
        cut: close the connection instead of answering.
        hang: do not answer; wait until the client goes away.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    together: int = 1
    cut: bool = False
    hang: bool = False


class Loopback:
    """The server's face.

    Attributes:
        url: of any path below it.
        requests: method and path of every request.
        asked: set when a request arrived that will hang.
        left: set when its client went away.
        on_asked: called when a request arrived that will hang.
    """

    def __init__(self, port: int, replies: tuple[Reply, ...]) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.requests: list[str] = []
        self.asked = threading.Event()
        self.left = threading.Event()
        self.on_asked: Callable[[], object] = self.asked.set
        self._replies = list(replies)
        self._barrier = threading.Barrier(max(reply.together for reply in replies))
        self._lock = threading.Lock()

    def next(self, request: str) -> Reply:
        """The script's next reply; the last one for ever."""
        with self._lock:
            self.requests.append(request)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if reply.together > 1:
            self._barrier.wait(PATIENCE_S)
        return reply


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    face: Loopback


class _Handler(BaseHTTPRequestHandler):
    timeout: ClassVar = PATIENCE_S

    def _answer(self) -> None:
        face = cast("_Server", self.server).face
        reply = face.next(f"{self.command} {self.path}")
        if reply.hang:
            face.on_asked()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.rfile.read(1) == b"":
                face.left.set()
        elif not reply.cut:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_args: Any) -> None:  # noqa: ANN401 - http.server's signature
        """Say nothing."""


@contextmanager
def serve(*replies: Reply) -> Iterator[Loopback]:
    """A server that gives these replies, on a free port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.face = Loopback(server.server_address[1], replies)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.face
        finally:
            server.shutdown()
            thread.join()
