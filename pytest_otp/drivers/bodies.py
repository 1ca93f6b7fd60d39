"""Reads the body of an answer, but not more of it and not for longer than an answer needs.

What is longer than the limit is cut there, and the reader of the JSON then says so. A refusal
whose body breaks off keeps what came of it: its status is what matters. The time counts from the
end of the headers; a single silence, there and before, is bounded by the client's own timeouts.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT: Final = 1 << 20
PATIENCE_S: Final = 15.0

# They describe the body on the wire, not the one that was decoded here.
_FRAMING: Final = ("content-encoding", "content-length", "transfer-encoding")


def read(response: httpx.Response, now: Callable[[], float]) -> httpx.Response:
    """The answer with its body, the connection freed.

    Args:
        response: one whose body nobody has begun to read.
        now: seconds, on any clock that does not jump.

    Raises:
        httpx.TransportError: the body broke off, or took too long.
    """
    body = _Body(response, now)
    with closing(response), body.receiving():
        for chunk in response.iter_bytes():
            body.take(chunk)
            if body.full:
                break
    return body.answer()


async def aread(response: httpx.Response, now: Callable[[], float]) -> httpx.Response:
    """``read`` for asyncio."""
    body = _Body(response, now)
    try:
        with body.receiving():
            async for chunk in response.aiter_bytes():
                body.take(chunk)
                if body.full:
                    break
    finally:
        await response.aclose()
    return body.answer()


class _Body:
    """What has come of one body."""

    def __init__(self, response: httpx.Response, now: Callable[[], float]) -> None:
        self._response = response
        self._now = now
        self._deadline = now() + PATIENCE_S
        self._content = bytearray()

    @property
    def full(self) -> bool:
        return len(self._content) >= LIMIT

    def take(self, chunk: bytes) -> None:
        self._content += chunk[: LIMIT - len(self._content)]
        if self._now() > self._deadline:
            raise httpx.ReadTimeout(f"the body took longer than {PATIENCE_S:.0f} s")

    @contextmanager
    def receiving(self) -> Iterator[None]:
        try:
            yield
        except httpx.DecodingError:
            pass  # it was compressed, and wrongly; what came is no JSON, and its reader says so
        except httpx.TransportError:
            if self._response.status_code < 400:
                raise

    def answer(self) -> httpx.Response:
        headers = self._response.headers.copy()
        for name in _FRAMING:
            if name in headers:
                del headers[name]
        return httpx.Response(
            self._response.status_code, headers=headers, content=bytes(self._content)
        )
