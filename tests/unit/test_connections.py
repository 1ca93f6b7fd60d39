"""The HTTP connections of a process."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pytest_otp.connections import Connections
from pytest_otp.models import Activation


class _Counting(ThreadingHTTPServer):
    """Counts connections, which HTTP/1.1 keeps open."""

    daemon_threads = True
    connections = 0
    requests = 0

    def process_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - socketserver's signature
        """A client has connected."""
        self.connections += 1
        super().process_request(request, client_address)


class _Pending(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Counting

    def do_GET(self) -> None:
        """An activation without a message."""
        self.server.requests += 1
        body = b'{"status": "pending"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


def test_one_connection_serves_all_leases() -> None:
    """Kept alive from the first read of the first lease to the last of the last."""
    with _Counting(("127.0.0.1", 0), _Pending) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connections = Connections({}, live=False)
        url = f"http://127.0.0.1:{server.server_port}"
        provider = connections.rehearsal("dogesms", url, "account")
        driver = connections.reader()
        for n in range(4):
            lease = Activation(str(n), "+12025550123")
            for _ in range(3):
                driver.run(provider.read(lease, known=0, wait_s=0.0))
        connections.close()
        server.shutdown()
        thread.join()
    assert (server.connections, server.requests) == (1, 12)
