"""Plays a provider's flow: answers in, requests out, pauses in virtual time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from pytest_otp.core.effects import Pause, Send

if TYPE_CHECKING:
    from pytest_otp.core.effects import Flow

T = TypeVar("T")

NOW = 1_700_000_000.0


def ok(
    document: object, status: int = 200, headers: dict[str, str] | None = None
) -> httpx.Response:
    """An answer in JSON."""
    return httpx.Response(status, json=document, headers=headers)


def body(request: httpx.Request) -> Any:  # noqa: ANN401 - JSON
    """What a request carries."""
    return json.loads(request.content)


class Stage:
    """Answers in the order given; a request more than there are answers fails the test."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = iter(answers)
        self.now = NOW
        self.sends: list[Send] = []

    @property
    def requests(self) -> list[httpx.Request]:
        """What was sent."""
        return [send.request for send in self.sends]

    def play(self, flow: Flow[T]) -> T:
        """The flow's result; what it raises is raised here."""
        answer: object = None
        try:
            while True:
                match flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer):
                    case Send() as send:
                        self.sends.append(send)
                        answer = next(self._answers)
                    case Pause(seconds):
                        self.now += seconds
                        answer = self.now
        except StopIteration as done:
            result: T = done.value
            return result
