"""A customer of one dialect, who speaks it over HTTP, and a sandbox whose time stands still.

Where time stands still, a limit of ten requests a second is reached by the eleventh, however slow
the machine is.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

import httpx

from pytest_otp.sandbox.clock import Clock
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start
from tests.contract.exact_json import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from pytest_otp.sandbox.views import SandboxWallet


# Nothing here is encrypted, and loading the system's certificates takes longer than most tests.
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@contextmanager
def still_sandbox(*, seed: int = 1) -> Iterator[Sandbox]:
    """A running sandbox in which no time passes but what `Sandbox.advance` adds."""
    clock = Clock(ticks=lambda: 0.0)
    with start(seed=seed, clock=clock) as running, Sandbox(running.url) as sandbox:
        yield sandbox


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; its body is JSON with exact numbers, or its text where it is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


class Customer:
    """Somebody with a key that nobody else has.

    Args:
        sandbox: where the dialect is spoken.
        dialect: its name, which is also the prefix of its paths.
        auth: header that carries the key; ``$key`` stands for it.
        key: invented by default.
    """

    def __init__(
        self, sandbox: Sandbox, dialect: str, auth: Mapping[str, str], *, key: str | None = None
    ) -> None:
        self.sandbox = sandbox
        self.dialect = dialect
        self.key = key or f"key-{uuid4().hex}"
        self._client = httpx.Client(
            base_url=f"{sandbox.url}/{dialect}",
            headers={name: value.replace("$key", self.key) for name, value in auth.items()},
            trust_env=False,
            timeout=30,
            verify=_NO_TLS,
        )

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; a body of bytes goes as it is, any other as JSON."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        response = self._client.request(
            method, path, params=query, headers=headers, **content if body else {}
        )
        is_json = response.headers.get("content-type") == "application/json"
        return Reply(
            response.status_code,
            response.headers,
            parse(response.content) if is_json else response.text,
            response.text,
        )

    def get(self, path: str, **query: str) -> Reply:
        """Send a GET."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: object = None) -> Reply:
        """Send a POST."""
        return self.ask("POST", path, body)

    @property
    def wallet(self) -> SandboxWallet:
        """The truth about this customer's money."""
        return self.sandbox.wallet(self.key, dialect=self.dialect)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()
