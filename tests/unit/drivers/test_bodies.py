"""How much of a body is read, and for how long."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.drivers import bodies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces; an exception among them is raised. Knows whether it was closed."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self.closed = False
        self.taken = 0
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            self.taken += 1
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        """Note it."""
        self.closed = True

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True


def standing() -> float:
    """A clock that stands still."""
    return 0.0


def blocking(response: httpx.Response, now: Callable[[], float] = standing) -> httpx.Response:
    """Read as the blocking driver does."""
    return bodies.read(response, now)


def asynchronous(response: httpx.Response, now: Callable[[], float] = standing) -> httpx.Response:
    """Read as the asyncio driver does."""
    return asyncio.run(bodies.aread(response, now))


@pytest.fixture(params=[blocking, asynchronous], ids=["blocking", "asyncio"])
def read(request: pytest.FixtureRequest) -> Callable[..., httpx.Response]:
    """Either reader."""
    reader: Callable[..., httpx.Response] = request.param
    return reader


def test_a_body_is_read_whole(read: Callable[..., httpx.Response]) -> None:
    """Status, headers and content come through, and the connection is freed."""
    stream = Stream([b'{"a":', b" 1}"])
    answer = read(httpx.Response(201, headers={"Retry-After": "3"}, stream=stream))
    assert (answer.status_code, answer.content) == (201, b'{"a": 1}')
    assert answer.headers["Retry-After"] == "3"
    assert stream.closed


def test_a_compressed_body_is_read(read: Callable[..., httpx.Response]) -> None:
    """The headers that describe the wire are gone with the compression."""
    stream = Stream([gzip.compress(b'{"a": 1}')])
    answer = read(httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream))
    assert answer.content == b'{"a": 1}'
    assert "Content-Encoding" not in answer.headers


def test_an_endless_body_is_cut(read: Callable[..., httpx.Response]) -> None:
    """No more is read than the limit and the piece in which it falls."""
    piece = b"x" * 65536
    stream = Stream(iter(lambda: piece, b""))
    assert len(read(httpx.Response(200, stream=stream)).content) == bodies.LIMIT
    assert stream.taken == bodies.LIMIT // len(piece)
    assert stream.closed


def test_a_body_that_expands_without_end_is_cut(read: Callable[..., httpx.Response]) -> None:
    """The limit counts what comes out of the compression."""
    bomb = gzip.compress(bytes(20 * bodies.LIMIT))
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream([bomb]))
    assert len(read(response).content) == bodies.LIMIT


def test_a_body_that_takes_too_long_is_given_up(read: Callable[..., httpx.Response]) -> None:
    """However steadily it drips."""
    ticks = iter(range(0, 1000, 4))
    stream = Stream(iter(lambda: b".", b""))
    with pytest.raises(httpx.ReadTimeout):
        read(httpx.Response(200, stream=stream), lambda: next(ticks))
    assert stream.taken == 4
    assert stream.closed


def test_a_body_that_breaks_off_is_an_error(read: Callable[..., httpx.Response]) -> None:
    """An answer that cannot be read to its end is none."""
    stream = Stream([b'{"a":', httpx.ReadError("reset")])
    with pytest.raises(httpx.ReadError):
        read(httpx.Response(200, stream=stream))
    assert stream.closed


def test_a_refusal_that_breaks_off_is_still_one(read: Callable[..., httpx.Response]) -> None:
    """A purchase that is answered with 402 bought nothing, whatever became of the body."""
    stream = Stream([b'{"error":', httpx.ReadError("reset")])
    answer = read(httpx.Response(402, stream=stream))
    assert (answer.status_code, answer.content) == (402, b'{"error":')
    assert stream.closed


def test_a_body_that_is_compressed_wrongly_is_cut_there(
    read: Callable[..., httpx.Response],
) -> None:
    """Whoever reads it as JSON will say so."""
    stream = Stream([b"this is no gzip"])
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)
    assert read(response).content == b""
    assert stream.closed
