"""A loopback server that behaves as a test says, byte by byte, and remembers what it was asked."""

from __future__ import annotations

import socket
import struct
import threading
import urllib.parse
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tests.contract.exchange import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.contract.exchange import Answer

# How a client begins that wants to speak TLS.
_TLS = b"\x16\x03"


class Conversation:
    """One connection, after its first request was read."""

    def __init__(self, connection: socket.socket, sent: Sent) -> None:
        self._connection = connection
        self.sent = sent

    def send(self, data: bytes) -> None:
        """Send bytes as they are.

        Raises:
            OSError: the client has gone.
        """
        self._connection.sendall(data)

    def answer(self, answer: Answer) -> None:
        """Send a whole, proper response."""
        self.send(response(answer.status, answer.body, answer.headers))

    def reset(self) -> None:
        """Let the connection end in a reset instead of a proper close."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def hear_nothing(self) -> None:
        """Say nothing until the client hangs up."""
        while self._connection.recv(4096):
            pass


class WireServer:
    """Serves each connection with ``behave``, then closes it.

    Args:
        behave: what to do once a request was read; by index of the request.
    """

    def __init__(self, behave: Callable[[Conversation, int], None]) -> None:
        self.requests: list[Sent] = []
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._converse, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            sent = read_request(connection)
            if sent is not None:
                self.requests.append(sent)
                self._behave(Conversation(connection, sent), len(self.requests) - 1)


def read_request(connection: socket.socket) -> Sent | None:
    """The next request on a connection; None if there is none, or one that is encrypted."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more or more.startswith(_TLS):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    pairs = (each.partition(":") for each in lines)
    headers = {name: value.strip() for name, _, value in pairs}
    length = next((int(v) for k, v in headers.items() if k.lower() == "content-length"), 0)
    while len(body) < length:
        body += connection.recv(65536)
    path, _, query = target.partition("?")
    return Sent(
        method=method,
        path=path,
        query=tuple(urllib.parse.parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
    )


def response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A response as bytes, which ends its connection."""
    named = dict(headers or {})
    named |= {"Content-Length": str(len(body)), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} As said\r\n{lines}\r\n".encode("latin-1") + body
