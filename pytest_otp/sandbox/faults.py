"""Misbehaviour by script: errors, delays and lost connections, on request and repeatable.

A fault says which requests it strikes and what becomes of them; the first one that strikes
decides. Chance is drawn from the seed, one source a fault, so what other requests do does not
change the draw. Control API and inbox are never struck: a test must be able to end the faults.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from pytest_otp.sandbox.fields import (
    ANY,
    COUNT,
    FLAG,
    SECONDS,
    SHARE,
    TEXT,
    BadRequest,
    Kind,
    read_object,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The server puts a function under this key into scope["extensions"]: ASGI itself cannot cut a
# connection.
CUT: Final = "pytest_otp.cut"
_NEVER_STRUCK: Final = ("/_sandbox/", "/inbox/")

Drop = Literal["before", "during", "after"]


def _drop(value: object) -> object:
    if value not in {"before", "during", "after"}:
        raise ValueError
    return value


def _status(value: object) -> int:
    if not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError
    return value


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise TypeError
    for name, text in value.items():
        # RFC 9110, sections 5.1 and 5.5; the server sends nothing else.
        if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII):
            raise ValueError
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", text) or text != text.strip():
            raise ValueError
    return value


_FIELDS: Final[dict[str, Kind]] = {
    "method": TEXT,
    "path": TEXT,
    "account": TEXT,
    "times": COUNT,
    "probability": SHARE,
    "status": Kind("an HTTP status from 200 to 599", _status),
    "headers": Kind("an object of HTTP headers", _headers),
    "body": ANY,
    "retry_after_s": COUNT,
    "delay_s": SECONDS,
    "drop": Kind('"before", "during" or "after"', _drop),
    "reset": FLAG,
}


@dataclass(slots=True)
class Fault:
    """What strikes, and how.

    Attributes:
        method: glob of the request's method.
        path: glob of the request's path; ``*`` spans slashes.
        account: strikes only requests that carry this key.
        times: how often it strikes; None for without end.
        probability: share of the fitting requests that it strikes.
        status: answer with this status and do not run the operation.
        headers: of that answer.
        body: of that answer; a text is sent as it is, anything else as JSON.
        retry_after_s: adds ``Retry-After`` to that answer.
        delay_s: hold the answer back so long, by the sandbox's clock; the operation is done first.
        drop: cut the connection *before* the operation is done, in the middle of the answer, or
            *after* it is done and instead of the answer.
        reset: cut with a TCP reset where it would be an orderly close.
        hits: how often it struck.
    """

    id: int
    chance: random.Random = field(repr=False)
    method: str = "*"
    path: str = "*"
    account: str | None = None
    times: int | None = None
    probability: float = 1.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = ""
    retry_after_s: int | None = None
    delay_s: float = 0.0
    drop: Drop | None = None
    reset: bool = False
    hits: int = 0

    def strikes(self, method: str, path: str, headers: Headers) -> bool:
        """Whether this request is struck; counts it if so."""
        fits = (
            (self.times is None or self.hits < self.times)
            and fnmatchcase(method, self.method.upper())
            and fnmatchcase(path, self.path)
            and (self.account is None or self.account in _keys(headers))
        )
        if not fits or self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def shown(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        values = {name: getattr(self, name) for name in _FIELDS}
        return {"id": self.id, **values, "hits": self.hits}

    def response(self) -> Response:
        """The answer in place of the real one."""
        is_text = isinstance(self.body, str)
        response = Response(
            self.body if is_text else json.dumps(self.body),
            status_code=self.status or 500,
            media_type="text/plain" if is_text else "application/json",
        )
        if self.retry_after_s is not None:
            response.headers["retry-after"] = str(self.retry_after_s)
        response.headers.update(self.headers)
        return response


def _keys(headers: Headers) -> set[str]:
    return {headers.get("authorization", "").partition(" ")[2], headers.get("x-api-key", "")}


class FaultScript:
    """The faults in force, in the order in which they were added.

    Args:
        seed: where chance comes from.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.faults: list[Fault] = []
        self._ids = itertools.count(1)

    def extend(self, script: list[Any], seed: int | None = None) -> list[Fault]:
        """Add faults, all or none.

        Args:
            script: JSON objects with the fields of `Fault`.
            seed: for these and later faults; the present seed stays by default.

        Raises:
            BadRequest: one of them cannot be read.
        """
        wishes = [self._read(entry) for entry in script]
        self.seed = self.seed if seed is None else seed
        added = [self._fault(wish) for wish in wishes]
        self.faults += added
        return added

    def clear(self, account: str | None = None) -> None:
        """Forget every fault, or those of one account."""
        self.faults = [fault for fault in self.faults if account not in {None, fault.account}]

    def find(self, method: str, path: str, headers: Headers) -> Fault | None:
        """The fault that strikes this request, if any."""
        return next((fault for fault in self.faults if fault.strikes(method, path, headers)), None)

    def _read(self, entry: object) -> dict[str, Any]:
        wish = read_object(entry, optional=_FIELDS)
        if wish.get("drop") and "status" in wish:
            raise BadRequest("a fault either drops the connection or answers with a status")
        if "status" not in wish and wish.keys() & {"headers", "body", "retry_after_s"}:
            raise BadRequest("headers, body and retry_after_s need a status")
        if wish.get("status") in {204, 304} and wish.get("body"):
            raise BadRequest("an answer with the status 204 or 304 has no body")
        if not wish.keys() & {"status", "drop", "delay_s"}:
            raise BadRequest("a fault needs a status, a delay_s or a drop")
        return wish

    def _fault(self, wish: dict[str, Any]) -> Fault:
        fault_id = next(self._ids)
        chance = random.Random(f"{self.seed}/fault/{fault_id}")  # noqa: S311 - repeatable chance
        return Fault(fault_id, chance, **wish)


class FaultMiddleware:
    """Strikes requests on their way to the application.

    Args:
        app: what would answer.
        script: the faults.
        sleep: waits by the sandbox's clock.
    """

    def __init__(
        self, app: ASGIApp, script: FaultScript, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._app = app
        self._script = script
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, well or badly."""
        fault = None
        if scope["type"] == "http" and not self._is_spared(scope["path"]):
            fault = self._script.find(scope["method"], scope["path"], Headers(scope=scope))
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._strike(fault, scope, receive, send)

    @staticmethod
    def _is_spared(path: str) -> bool:
        return path == "/" or path.startswith(_NEVER_STRUCK)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        if fault.status is not None:
            await fault.response()(scope, receive, keep)
        elif fault.drop == "before":
            await _read_all(receive)
        else:
            await self._app(scope, receive, keep)
        if fault.delay_s:
            await self._sleep(fault.delay_s)
        if fault.drop == "during":
            await send(answer[0])
            await send(_first_half(answer[1]))
        if fault.drop:
            await _cut(scope, receive, reset=fault.reset)
            return
        for message in answer:
            await send(message)


async def _read_all(receive: Receive) -> None:
    """Take the whole request, so that the client is past writing when its connection is cut."""
    while (await receive()).get("more_body"):
        pass


def _first_half(message: Message) -> Message:
    body = message.get("body", b"")
    return {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    scope["extensions"][CUT](reset)
    # Returning before the server has noticed would make it answer with a 500.
    while (await receive())["type"] != "http.disconnect":
        pass
