"""The servers of the latency benchmark: a sandbox that counts, and an adapter for other kits."""

from __future__ import annotations

import socket
import threading
import time
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from pytest_otp.sandbox import server
from pytest_otp.sandbox.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pytest_otp.sandbox.clock import Clock
    from pytest_otp.sandbox.server import RunningSandbox


@dataclass(frozen=True, slots=True)
class Counted:
    """A request of a provider's account as the sandbox saw it.

    Attributes:
        at: seconds since the epoch.
        path: ends in the activation's id, where it is about one.
        status: the answer's.
    """

    at: float
    key: str
    path: str
    status: int


class _Counting:
    """ASGI middleware that notes every request of a provider's account."""

    def __init__(self, app: ASGIApp, counted: list[Counted]) -> None:
        self._app = app
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        at = time.time()
        headers = dict(scope.get("headers") or ())
        bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        key = (headers.get(b"x-api-key") or bearer).decode()

        async def counting(message: Message) -> None:
            if key and message["type"] == "http.response.start":
                self._counted.append(Counted(at, key, scope["path"], message["status"]))
            await send(message)

        await self._app(scope, receive, counting)


@contextmanager
def counting_sandbox(clock: Clock, seed: int) -> Iterator[tuple[RunningSandbox, list[Counted]]]:
    """The embedded sandbox, and every request as it comes."""
    counted: list[Counted] = []

    def create(*args: Any, **options: Any) -> Starlette:  # noqa: ANN401 - passed on
        app = create_app(*args, **options)
        app.add_middleware(_Counting, counted=counted)
        return app

    with patch.object(server, "create_app", create):
        running = server.start(clock=clock, seed=seed)
    with running:
        yield running, counted


@contextmanager
def in_past(clock: Clock) -> Iterator[None]:
    """Let the sandbox's time run fast until it has caught up with ours.

    Numbers that are bought meanwhile are not slowed by rate limits, and count against no minute
    that is measured.

    Args:
        clock: begins far enough in the past: by a quarter of an hour for a minute of ours.
    """
    over = threading.Event()

    def run_fast() -> None:
        while not over.wait(0.25):
            clock.advance(3.0)

    thread = threading.Thread(target=run_fast)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    behind_s = time.time() - clock.now().timestamp()
    assert behind_s > 0, "buying took longer than the past was"
    clock.advance(behind_s)


def busiest(at: list[float], window_s: float) -> int:
    """The most moments in any window."""
    at = sorted(at)
    return max((bisect_left(at, each + window_s) - n for n, each in enumerate(at)), default=0)


@contextmanager
def adapter(sandbox_url: str) -> Iterator[str]:
    """A server that speaks to other kits as their providers do.

    It forwards each request to the sandbox's own dialect, which has no rate limit.

    Yields:
        Its URL.
    """
    client = httpx.AsyncClient(base_url=f"{sandbox_url}/sandbox/activations", trust_env=False)

    async def arrived(activation: str, key: str) -> bool:
        answer = await client.get(
            f"/act-{activation}", headers={"Authorization": f"Bearer {key}"}, timeout=30
        )
        return bool(answer.json()["messages"])

    async def order(request: Request) -> JSONResponse:
        """SMSCode's order, as its SDK asks for it."""
        key = request.headers["authorization"].removeprefix("Bearer ")
        there = await arrived(request.path_params["id"], key)
        data = {"status": "ACTIVE", "otp_code": "123456" if there else None}
        return JSONResponse({"success": True, "data": data})

    async def status(request: Request) -> PlainTextResponse:
        """``getStatus`` of the protocol that sms-verifier speaks."""
        asked = request.query_params
        there = await arrived(asked["id"], asked["api_key"])
        return PlainTextResponse("STATUS_OK:123456" if there else "STATUS_WAIT_CODE")

    routes = [Route("/v1/orders/{id}", order), Route("/handler_api.php", status)]
    with _serving(Starlette(routes=routes)) as url:
        yield url


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    # asyncio sets TCP_NODELAY only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, ws="none", log_level="critical"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()
