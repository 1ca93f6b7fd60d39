"""Runs the sandbox on a thread of the process that asked for it.

uvicorn serves it, with two changes. Its main loop looks ten times a second whether to stop; ours
waits to be told. And a connection can be cut from inside a request, for the faults. Its loggers
are those of any uvicorn that the user's own application may run in this process, so they are left
as they are, but for a filter that keeps this thread's small talk out of the user's logs.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import signal
import socket
import struct
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Self

import uvicorn
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.h11_impl import H11Protocol

from pytest_otp.errors import SandboxError, SandboxPortInUse
from pytest_otp.sandbox.app import create_app
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.faults import CUT
from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import Receive, Scope, Send

HOST: Final = "127.0.0.1"
_THREAD: Final = "pytest-otp-sandbox"
_START_S: Final = 10.0
_STOP_S: Final = 5.0
# A client may keep its connection for a whole test run.
_KEEP_ALIVE_S: Final = 3600
# SO_LINGER on, for 0 seconds: closing sends RST.
_RESET: Final = struct.pack("ii", 1, 0)


class _Protocol(H11Protocol):
    """HTTP/1.1 with a way to cut the connection, and without an access log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        self.access_log = False
        app = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[CUT] = self._cut
            # A client that dies in the middle of its request waits for no answer.
            with suppress(ClientDisconnect):
                await app(scope, receive, send)

        self.app = with_cut

    def _cut(self, reset: bool) -> None:  # noqa: FBT001 - its one meaning
        if reset:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()
        else:
            self.transport.close()


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose clock no test can stop, as freezegun would."""

    def time(self) -> float:
        return ticks()


class _Server(uvicorn.Server):
    """Serves until it is told to stop, and tells when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run_on(self, listener: socket.socket) -> None:
        """Serve; the whole life of the sandbox's thread."""
        try:
            with asyncio.Runner(loop_factory=_Loop) as runner:
                runner.run(self.serve(sockets=[listener]))
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        await self._told.wait()
        self._loop = None
        # Lets long polls and event streams answer now, while connections are still open.
        self.config.app.state.world.timeline.changes.close()  # type: ignore[union-attr] # ours

    def tell_to_stop(self) -> None:
        """From any thread, and more than once."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != _THREAD or record.levelno >= logging.ERROR


class RunningSandbox:
    """A sandbox that answers at `url` until `stop` is called. Also a context manager.

    Attributes:
        url: without a slash at its end.
        port: TCP, on 127.0.0.1.
        seed: start with the same one for the same numbers, delays and faults.
    """

    def __init__(self, listener: socket.socket, seed: int, clock: Clock) -> None:
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self.seed = seed
        self._server = _Server(
            uvicorn.Config(
                create_app(clock, seed=seed),
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
            )
        )
        self._quiet = _Quiet()
        logging.getLogger("uvicorn.error").addFilter(self._quiet)
        self._thread = threading.Thread(
            target=self._server.run_on, args=(listener,), name=_THREAD, daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_S) or not self._server.started:
            self.stop()
            raise SandboxError("the sandbox did not come up; the log of uvicorn.error says why")

    def stop(self) -> None:
        """End everything that waits, close every connection, and return when all is gone."""
        self._server.tell_to_stop()
        self._thread.join(_STOP_S)
        logging.getLogger("uvicorn.error").removeFilter(self._quiet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start(port: int = 0, *, seed: int | None = None, clock: Clock | None = None) -> RunningSandbox:
    """Start a sandbox; it answers when this returns.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        seed: repeats an earlier sandbox; invented by default.
        clock: the only source of time; begins at the present by default.

    Raises:
        SandboxPortInUse: something else listens on the port.
        SandboxError: the port cannot be had, or the server did not come up.
    """
    seed = secrets.randbelow(2**32) if seed is None else seed
    return RunningSandbox(_listen(port), seed, clock or Clock())


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer that is
    # written in two pieces waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SandboxPortInUse(
                f"otp_sandbox_port = {port}: something else listens on this port; "
                "choose another one, or 0 for any that is free"
            ) from None
        raise SandboxError(
            f"otp_sandbox_port = {port}: the port cannot be opened ({error.strerror}); "
            "choose another one, or 0 for any that is free"
        ) from None
    return listener


def serve(
    port: int = 0,
    *,
    seed: int | None = None,
    announce: Callable[[RunningSandbox], None],
) -> None:
    """Run a sandbox in the foreground until SIGINT or SIGTERM. For the main thread.

    Args:
        port: as for `start`.
        seed: as for `start`.
        announce: called once it answers.

    Raises:
        SandboxPortInUse, SandboxError: as for `start`.
    """
    # A handler may put into this queue while the main thread is inside it.
    told: SimpleQueue[int] = SimpleQueue()
    handlers = {
        number: signal.signal(number, lambda number, _frame: told.put(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with start(port, seed=seed) as running:
            announce(running)
            told.get()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
