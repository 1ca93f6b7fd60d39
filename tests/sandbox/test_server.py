"""A sandbox that starts, answers and stops."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.errors import SandboxError, SandboxPortInUse
from pytest_otp.sandbox import server
from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import RunningSandbox, serve, start

if TYPE_CHECKING:
    from pytest_otp.sandbox.world import World


def test_it_answers_when_start_returns_and_not_after_stop() -> None:
    """Ready at once on a free port of 127.0.0.1, and gone after stop, which may come twice."""
    with start() as running:
        assert running.url == f"http://127.0.0.1:{running.port}"
        Sandbox(running.url).close()
    running.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port), timeout=5)


def test_stop_leaves_no_thread_and_no_filter() -> None:
    """What was started is taken back, also the filter on uvicorn's logger."""
    threads = set(threading.enumerate())
    logger = logging.getLogger("uvicorn.error")
    filters = list(logger.filters)
    start().stop()
    assert set(threading.enumerate()) == threads
    assert logger.filters == filters


def test_a_client_that_dies_in_its_request_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Half a request and a hang-up leave no traceback in the sandbox's log."""
    with start() as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as half:
            head = "POST /gateway/plain/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            half.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        # Answered after the hang-up was noticed, for both come over one event loop in order.
        assert httpx.get(running.url, trust_env=False).status_code == 200
    assert not caplog.records


def test_the_port_can_be_chosen_and_used_again_at_once() -> None:
    """A sandbox may take a port that another one has just left."""
    with start() as running:
        port = running.port
        httpx.get(running.url, trust_env=False)
    with start(port) as again:
        assert again.port == port


def test_a_port_in_use_is_said() -> None:
    """One sentence names the setting, the port and the remedy."""
    with start() as running, pytest.raises(SandboxPortInUse) as raised:
        start(running.port)
    assert str(raised.value) == (
        f"otp_sandbox_port = {running.port}: something else listens on this port; "
        "choose another one, or 0 for any that is free"
    )


def test_a_port_that_cannot_be_opened_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says against the port is passed on in a sentence."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(SandboxError, match=r"otp_sandbox_port = 80: .* \(Permission denied\)"):
        start(80)


def test_a_server_that_does_not_come_up_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for, and its thread is gone."""

    async def stumble(*_: object, **__: object) -> None:
        """As when uvicorn gives up during its startup."""

    monkeypatch.setattr(server._Server, "serve", stumble)
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises(SandboxError, match="did not come up"):
        RunningSandbox(listener, 1, Clock())


def test_the_seed_repeats_a_sandbox() -> None:
    """The same seed sells the same numbers; without one, each sandbox has its own."""

    def first_number(seed: int | None) -> str:
        with start(seed=seed) as running:
            response = httpx.post(
                f"{running.url}/sandbox/activations",
                json={"service": "any", "country": "US"},
                headers={"Authorization": "Bearer key", "Idempotency-Key": "k"},
                trust_env=False,
            )
            return str(response.json()["number"])

    assert first_number(7) == first_number(7)
    assert start_seed() != start_seed()


def start_seed() -> int:
    """The seed that a sandbox invents."""
    with start() as running:
        return running.seed


def asleep(running: RunningSandbox) -> int:
    """How many coroutines of the sandbox wait for a change; its timekeeper is one of them."""
    world: World = running._server.config.app.state.world  # type: ignore[union-attr] # our own app
    return len(world.timeline.changes._waiting)


def test_stop_answers_everybody_who_waits() -> None:
    """A long poll gets the state as it is, an event stream ends, and neither is cut off."""
    running = start()
    headers = {"Authorization": "Bearer key", "Idempotency-Key": "k"}
    with (
        httpx.Client(base_url=running.url, headers=headers, trust_env=False, timeout=30) as client,
        ThreadPoolExecutor(2) as threads,
    ):
        wish = {"service": "any", "country": "US"}
        bought = client.post("/sandbox/activations", json=wish).json()
        poll = threads.submit(client.get, f"/sandbox/activations/{bought['id']}?wait=60")
        stream = threads.submit(client.get, "/inbox/events")
        deadline = time.monotonic() + 20
        while asleep(running) < 3 and time.monotonic() < deadline:
            client.get("/_sandbox/health")
        running.stop()
        assert poll.result().json() == bought
        assert stream.result().status_code == 200


def test_an_idle_connection_does_not_hold_up_the_stop() -> None:
    """A client that keeps its connection open is told that it ends."""
    running = start()
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        client.get("/_sandbox/health")
        running.stop()
        with pytest.raises(httpx.TransportError):
            client.get("/_sandbox/health")


def test_uvicorn_says_nothing_in_the_users_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even at the level DEBUG; a user's own uvicorn in this process still speaks."""
    with caplog.at_level(logging.DEBUG), start() as running:
        logging.getLogger("uvicorn.error").info("from the user's own server")
        httpx.get(running.url, trust_env=False)
    said = [record.getMessage() for record in caplog.records if "uvicorn" in record.name]
    assert said == ["from the user's own server"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1"])
def test_another_host_name_is_refused(running: RunningSandbox, host: str) -> None:
    """A page whose name was rebound to 127.0.0.1 reads nothing."""
    for path in ("/", "/_sandbox/messages", "/inbox/events"):
        response = httpx.get(f"{running.url}{path}", headers={"Host": host}, trust_env=False)
        assert response.status_code == 400


def test_localhost_is_the_same_sandbox(running: RunningSandbox) -> None:
    """The other usual name of the loopback is accepted."""
    url = f"{running.url}/_sandbox/health"
    response = httpx.get(url, headers={"Host": f"localhost:{running.port}"}, trust_env=False)
    assert response.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_runs_until_a_signal(number: signal.Signals) -> None:
    """It announces itself, stops on SIGINT and SIGTERM, and leaves the signals as they were."""
    before = signal.getsignal(number)
    announced: list[str] = []

    def announce(running: RunningSandbox) -> None:
        Sandbox(running.url).close()
        announced.append(running.url)
        os.kill(os.getpid(), number)

    serve(announce=announce)
    assert len(announced) == 1
    assert signal.getsignal(number) is before
