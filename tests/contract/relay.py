"""A relay before a server, so that a test can lose connections as networks do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Listens on a loopback port and passes every connection on, until it is told otherwise.

    Args:
        host: of the server.
        port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._links: list[tuple[socket.socket, socket.socket]] = []
        self._deserters: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pass_on = threading.Thread(target=self._accept, args=[self._listener], daemon=True)
        self._pass_on.start()

    def refuse(self) -> None:
        """Nobody gets through any more."""
        # A blocked accept() would survive close().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._pass_on.join()

    def allow(self) -> None:
        """New connections get through again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._pass_on = threading.Thread(target=self._accept, args=[self._listener], daemon=True)
        self._pass_on.start()

    def cut(self) -> None:
        """End every connection on both sides."""
        for link in self._links:
            for end in link:
                _hang_up(end)

    def desert(self) -> None:
        """End every connection on the client's side; the server is not told."""
        for client, _server in self._links:
            self._deserters.add(client)
            _hang_up(client)

    def close(self) -> None:
        """Stop."""
        self.refuse()
        self.cut()
        for link in self._links:
            for end in link:
                end.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server, timeout=10)
            server.settimeout(None)
            self._links.append((client, server))
            for ends in [(client, server), (server, client)]:
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        if source not in self._deserters:
            _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
