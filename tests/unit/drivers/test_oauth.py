"""One access token for all that wait, kept until shortly before its end."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from pytest_otp.drivers.credentials import AsyncCredentialTransport, CredentialTransport, Keyring
from pytest_otp.drivers.oauth import TokenSource, TokenUnavailable
from pytest_otp.providers.access import Credential, OAuthClient
from tests.unit.striking import strike

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://api.example"
CLIENT = OAuthClient(f"{BASE}/oauth/token", "id 4711", "s%-4711")
THING = httpx.Request("GET", f"{BASE}/thing")


class Service(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Grants tokens t1, t2 … and takes those that are not revoked.

    Args:
        token: answers the request for the n-th token; the usual grant if None.
    """

    def __init__(self, token: Callable[[int], httpx.Response] | None = None) -> None:
        self.fetches: list[httpx.Request] = []
        self.asked: list[str | None] = []
        self.revoked: set[str] = set()
        self.open = threading.Event()
        self.open.set()
        self.fetching = threading.Event()
        self._token = token or (lambda n: httpx.Response(200, json={"access_token": f"t{n}"}))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, once the service is open."""
        if request.url.path == "/oauth/token":
            self.fetches.append(request)
            self.fetching.set()
            assert self.open.wait(10)
            return self._token(len(self.fetches))
        bearer = request.headers.get("Authorization")
        self.asked.append(bearer)
        refused = bearer is None or bearer.removeprefix("Bearer ") in self.revoked
        return httpx.Response(401 if refused else 200, content=request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The same, without stopping the event loop."""
        return await asyncio.to_thread(self.handle_request, request)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def keyring() -> Keyring:
    """One that holds the client."""
    return Keyring(Credential({BASE: CLIENT}))


def test_the_first_request_fetches_a_token() -> None:
    """By RFC 6749, section 4.4, with the client's pair encoded as section 2.3.1 says."""
    service = Service()
    with httpx.Client(transport=CredentialTransport(keyring(), service)) as client:
        assert client.get(f"{BASE}/thing").status_code == 200
        assert client.get(f"{BASE}/thing").status_code == 200
    (fetch,) = service.fetches
    assert fetch.method == "POST"
    assert fetch.read() == b"grant_type=client_credentials"
    pair = httpx.BasicAuth("id+4711", "s%25-4711")._auth_header
    assert fetch.headers["Authorization"] == pair
    assert service.asked == ["Bearer t1", "Bearer t1"]


@pytest.mark.parametrize(
    ("granted", "kept_s"),
    [
        ({}, 7200 - 60),
        ({"expires_in": 3600}, 3600 - 60),
        ({"expires_in": 30}, 27),
        ({"expires_in": "soon"}, 7200 - 60),
    ],
)
def test_a_token_is_kept_until_shortly_before_its_end(
    granted: dict[str, object], kept_s: float
) -> None:
    """Two hours where the answer does not say; a short-lived one keeps most of its life."""
    clock = Clock()
    service = Service(lambda n: httpx.Response(200, json={"access_token": f"t{n}", **granted}))
    source = TokenSource(CLIENT, clock)
    transport = CredentialTransport(Keyring(), service)
    for now in (0.0, kept_s - 1, kept_s):
        clock.now = 1000.0 + now
        transport._exchange(source, THING)
    assert service.asked == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_refused_token_is_fetched_anew_once() -> None:
    """The request is sent again, whole, with the new one; a second 401 is the answer."""
    service = Service()
    with httpx.Client(transport=CredentialTransport(keyring(), service)) as client:
        client.get(f"{BASE}/thing")
        service.revoked = {"t1"}
        answer = client.post(f"{BASE}/thing", json={"a": 1})
        assert (answer.status_code, json.loads(answer.content)) == (200, {"a": 1})
        service.revoked = {"t2", "t3"}
        assert client.get(f"{BASE}/thing").status_code == 401
    assert service.asked == [f"Bearer t{n}" for n in (1, 1, 2, 2, 3)]


def test_many_threads_share_one_fetch() -> None:
    """However many wait for the first token, or for the one after a refusal."""
    service = Service()
    transport = CredentialTransport(keyring(), service)
    with httpx.Client(transport=transport) as client, ThreadPoolExecutor(20) as pool:
        for round_ in (1, 2):
            service.open.clear()
            answers = [pool.submit(client.get, f"{BASE}/thing") for _ in range(20)]
            assert service.fetching.wait(10)
            service.open.set()
            assert {each.result().status_code for each in answers} == {200}
            assert len(service.fetches) == round_
            service.revoked = {"t1"}
            service.fetching.clear()


def test_many_tasks_on_several_loops_and_a_thread_share_one_fetch() -> None:
    """Blocking and asyncio transports of one process use one keyring, and so one token."""
    service, ring = Service(), keyring()
    service.open.clear()

    async def ten() -> list[int]:
        async with httpx.AsyncClient(transport=AsyncCredentialTransport(ring, service)) as client:
            return [
                each.status_code
                for each in await asyncio.gather(*(client.get(f"{BASE}/thing") for _ in range(10)))
            ]

    def one() -> list[int]:
        with httpx.Client(transport=CredentialTransport(ring, service)) as client:
            return [client.get(f"{BASE}/thing").status_code]

    with ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(asyncio.run, ten()) for _ in range(3)]
        thread = pool.submit(one)
        assert service.fetching.wait(10)
        service.open.set()
        assert [code for each in [*loops, thread] for code in each.result()] == [200] * 31
    assert len(service.fetches) == 1


def test_a_cancelled_fetch_is_taken_over() -> None:
    """The task that was fetching is cancelled; those that waited for it fetch again."""
    service, ring = Service(), keyring()
    service.open.clear()

    async def main() -> int:
        async with httpx.AsyncClient(transport=AsyncCredentialTransport(ring, service)) as client:
            first = asyncio.create_task(client.get(f"{BASE}/thing"))
            await asyncio.to_thread(service.fetching.wait, 10)
            second = asyncio.create_task(client.get(f"{BASE}/thing"))
            third = asyncio.create_task(client.get(f"{BASE}/thing"))
            await asyncio.sleep(0)
            third.cancel()
            first.cancel()
            service.open.set()
            return (await second).status_code

    assert asyncio.run(main()) == 200
    assert len(service.fetches) == 2


def test_ctrl_c_at_the_beginning_of_a_fetch_keeps_nobody_waiting() -> None:
    """Another thread fetches, though somebody keeps the traceback of the first one."""
    kept = []
    for point in range(1, 60):
        source, transport = TokenSource(CLIENT), CredentialTransport(Keyring(), Service())
        kept.append(strike(partial(transport._exchange, source, THING), point))
        with ThreadPoolExecutor(1) as other:
            answer = other.submit(transport._exchange, source, THING)
            late = wait([answer], 5).not_done
            if late and (flight := source._flight):
                source._flight = None
                flight.outcome.set_result(None)  # so that the test ends
        assert not late, point
    assert all(kept)


def test_blocking_code_in_a_task_does_not_wait_for_its_own_loop() -> None:
    """A blocking call in the loop's thread would otherwise wait for a task that it stops."""
    service, ring = Service(), keyring()
    service.open.clear()

    async def main() -> list[int]:
        async with httpx.AsyncClient(transport=AsyncCredentialTransport(ring, service)) as client:
            task = asyncio.create_task(client.get(f"{BASE}/thing"))
            await asyncio.to_thread(service.fetching.wait, 10)
            service.open.set()
            with httpx.Client(transport=CredentialTransport(ring, service)) as blocking:
                code = blocking.get(f"{BASE}/thing").status_code  # noqa: ASYNC212 - the very case
            return [code, (await task).status_code]

    assert asyncio.run(main()) == [200, 200]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), "invalid_client"),
        (httpx.Response(400, json={"error": "unauthorized_client"}), "unauthorized_client"),
        (httpx.Response(400, json={"error": "s%-4711 is wrong"}), "no token was granted"),
        (httpx.Response(403, html="<h1>No</h1>"), "no token was granted"),
    ],
)
def test_a_refused_client_looks_like_a_wrong_key(answer: httpx.Response, code: str) -> None:
    """The request is answered with a 401, and nothing but RFC 6749's words is repeated."""
    service = Service(lambda _: answer)
    with httpx.Client(transport=CredentialTransport(keyring(), service)) as client:
        refused = client.get(f"{BASE}/thing")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == code
    assert CLIENT.client_secret not in refused.text
    assert service.asked == []


UNREADABLE = {
    "server error": httpx.Response(503),
    "too many": httpx.Response(429),
    "page": httpx.Response(200, html="<h1>Welcome</h1>"),
    "redirect": httpx.Response(302, headers={"Location": "https://evil.example"}),
    "no token": httpx.Response(200, json={"token_type": "Bearer"}),
    "no text": httpx.Response(200, json={"access_token": 1}),
    "no header": httpx.Response(200, json={"access_token": "a\nb"}),
    "list": httpx.Response(200, json=["access_token"]),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_without_a_token_the_request_never_leaves(answer: httpx.Response) -> None:
    """So a purchase that needs one certainly bought nothing."""
    service = Service(lambda _: answer)
    with (
        httpx.Client(transport=CredentialTransport(keyring(), service)) as client,
        pytest.raises(TokenUnavailable, match="token URL"),
    ):
        client.get(f"{BASE}/thing")
    assert service.asked == []


def test_a_token_url_that_cannot_be_reached_is_asked_again_by_the_next() -> None:
    """A failure is not kept."""

    def once_refused(n: int) -> httpx.Response:
        if n == 1:
            raise httpx.ReadTimeout("")
        return httpx.Response(200, json={"access_token": f"t{n}"})

    service = Service(once_refused)
    with httpx.Client(transport=CredentialTransport(keyring(), service)) as client:
        with pytest.raises(TokenUnavailable, match="ReadTimeout"):
            client.get(f"{BASE}/thing")
        assert client.get(f"{BASE}/thing").status_code == 200


def test_nothing_of_a_client_or_a_token_is_shown() -> None:
    """Neither by the keyring nor by what it holds."""
    ring = keyring()
    assert repr(ring) == f"Keyring(['{BASE}'])"
    assert CLIENT.client_secret not in repr(ring.key_for(httpx.URL(f"{BASE}/thing")))
