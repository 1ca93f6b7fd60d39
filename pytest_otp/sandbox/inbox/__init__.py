"""The inbox page at ``/``: every SMS as it arrives, for people who watch a test run.

SMS text is hostile. The page builds no markup from it, shows control and bidi characters by their
code points, and its content security policy would let injected markup do nothing.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse

from pytest_otp.sandbox.control import shown_message
from pytest_otp.sandbox.ids import number_in
from pytest_otp.sandbox.world import INBOX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from pytest_otp.sandbox.world import World

_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
# Shorter than the time after which proxies and browsers give up on a silent connection.
_HEARTBEAT_S: Final = 15


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


async def page(_request: Request) -> Response:
    """``GET /``."""
    return Response(_file("inbox.html"), media_type="text/html", headers=_HEADERS)


async def script(_request: Request) -> Response:
    """``GET /inbox/inbox.js``."""
    return Response(_file("inbox.js"), media_type="text/javascript", headers=_HEADERS)


async def style(_request: Request) -> Response:
    """``GET /inbox/inbox.css``."""
    return Response(_file("inbox.css"), media_type="text/css", headers=_HEADERS)


async def events(request: Request) -> Response:
    """``GET /inbox/events``: all messages so far and then each new one, as server-sent events."""
    world: World = request.app.state.world
    seen = _seen(world, request.headers.get("last-event-id", ""))
    return StreamingResponse(_stream(world, seen), media_type="text/event-stream", headers=_HEADERS)


def _seen(world: World, last_event_id: str) -> int:
    """How many messages a page that reconnects has; none if they were another sandbox's."""
    return number_in(last_event_id, f"{world.seed}-")


async def _stream(world: World, seen: int) -> AsyncIterator[str]:
    changes = world.timeline.changes
    while not changes.closed:
        while seen < len(world.messages):
            shown = json.dumps(shown_message(world.messages[seen]))
            seen += 1
            yield f"id: {world.seed}-{seen}\ndata: {shown}\n\n"
        await changes.wait(INBOX, _HEARTBEAT_S)
        yield ": still here\n\n"
