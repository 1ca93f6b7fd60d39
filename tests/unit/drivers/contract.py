"""What a flow may rely on, whichever driver runs it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from pytest_otp.core.effects import Pause, Record, Send, never_left
from pytest_otp.core.states import Spent
from pytest_otp.errors import IllegalMove
from tests.unit.drivers.loopback import Reply, serve
from tests.unit.events import event, intended

if TYPE_CHECKING:
    from pytest_otp.core.effects import Effect, Flow
    from pytest_otp.ledger import Ledger


class Drive(Protocol):
    """Runs flows to their ends, at the same time."""

    def __call__(self, *flows: Flow[Any]) -> list[Any]:
        """Their results."""
        ...


def ask(url: str, *, repeatable: bool = False) -> Flow[httpx.Response]:
    """Send one request."""
    response: httpx.Response = yield Send(httpx.Request("POST", url), repeatable=repeatable)
    return response


def caught(effect: Effect, kind: type[Exception]) -> Flow[Exception | None]:
    """The error of this kind that the effect ends in."""
    try:
        yield effect
    except kind as error:
        return error
    return None


class DriverContract:
    """Facts of both drivers; a subclass's module has the fixture ``drive``."""

    def test_answer_is_sent_in_with_its_body(self, drive: Drive) -> None:
        """The flow reads it without another effect."""
        with serve(Reply(201, {"X-Kind": "new"}, b'{"id": 7}')) as server:
            (response,) = drive(ask(server.url))
        assert (response.status_code, response.headers["X-Kind"]) == (201, "new")
        assert response.json() == {"id": 7}

    def test_repeatable_request_is_repeated(self, drive: Drive) -> None:
        """The flow sees one answer and does not know how often was asked."""
        with serve(Reply(503, {"Retry-After": "0"}), Reply(200)) as server:
            (response,) = drive(ask(server.url, repeatable=True))
        assert response.status_code == 200
        assert server.requests == ["POST /", "POST /"]

    def test_request_that_is_not_repeatable_is_sent_once(self, drive: Drive) -> None:
        """Even if the server asks to come back."""
        with serve(Reply(503, {"Retry-After": "0"}), Reply(200)) as server:
            (response,) = drive(ask(server.url))
        assert response.status_code == 503
        assert server.requests == ["POST /"]

    def test_lost_answer_is_thrown_in(self, drive: Drive) -> None:
        """As the transport's error, which tells that the request may have been served."""
        with serve(Reply(cut=True)) as server:
            effect = Send(httpx.Request("POST", server.url))
            (error,) = drive(caught(effect, httpx.TransportError))
        assert error is not None
        assert not never_left(error)

    def test_refused_connection_is_thrown_in(self, drive: Drive) -> None:
        """As the transport's error, which tells that the request reached nobody."""
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))  # and does not listen
            effect = Send(httpx.Request("POST", f"http://127.0.0.1:{bound.getsockname()[1]}"))
            (error,) = drive(caught(effect, httpx.TransportError))
        assert error is not None
        assert never_left(error)

    def test_pause_is_answered_with_the_time(self, drive: Drive) -> None:
        """After the pause; a pause of nothing asks the time."""

        def flow() -> Flow[tuple[float, float]]:
            return (yield Pause(0)), (yield Pause(0.002))

        ((before, after),) = drive(flow())
        assert after - before >= 0.001

    def test_event_is_recorded_before_the_flow_goes_on(self, drive: Drive, ledger: Ledger) -> None:
        """The next effect may be the purchase."""

        def flow() -> Flow[list[str]]:
            now: float = yield Pause(0)
            yield Record(intended())
            ((name, at),) = ledger.events("lease-1")
            assert at >= now
            return [name]

        assert drive(flow()) == [["Intended"]]

    def test_refusal_of_the_ledger_is_thrown_in(self, drive: Drive, ledger: Ledger) -> None:
        """And nothing is written."""
        (error,) = drive(caught(Record(event(Spent)), IllegalMove))
        assert error is not None
        assert ledger.rows() == []

    def test_what_a_flow_raises_is_raised(self, drive: Drive) -> None:
        """Unchanged."""

        def flow() -> Flow[None]:
            yield Pause(0)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            drive(flow())

    def test_flow_without_an_effect_has_a_result(self, drive: Drive) -> None:
        """Nothing to do is done at once."""

        def flow() -> Flow[int]:
            if False:
                yield Pause(0)
            return 7

        assert drive(flow()) == [7]

    def test_flows_wait_at_the_same_time(self, drive: Drive) -> None:
        """One that waits for its answer holds up nobody."""
        with serve(Reply(together=3)) as server:
            responses = drive(*(ask(server.url) for _ in range(3)))
        assert [response.status_code for response in responses] == [200, 200, 200]
