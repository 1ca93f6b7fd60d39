"""What the operations of one provider have in common: where it is, its pace, its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from pytest_otp.providers import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.pacing import Pace
    from pytest_otp.errors import ProviderError
    from pytest_otp.providers.answer import Answer

# Without ``Accept`` some frameworks answer a refusal with a page, or with a redirect to one.
_HEADERS: Final = {"Accept": "application/json", "User-Agent": "pytest-otp"}


class Api:
    """One account's way to one provider.

    Args:
        provider: the provider's id.
        base_url: what the paths are relative to.
        refused: makes the error for an answer that is a refusal.
        reads: the rate limit of GET requests.
        writes: the rate limit of all others; may be the same.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        refused: Callable[[Answer], ProviderError],
        *,
        reads: Pace | None = None,
        writes: Pace | None = None,
    ) -> None:
        self.provider = provider
        self._base_url = base_url.rstrip("/")
        self._refused = refused
        self._reads = reads
        self._writes = writes

    def ask(
        self,
        operation: str,
        method: str,
        path: str,
        *ids: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        purchase: bool = False,
        bodiless: bool = False,
        patience_s: float = 10.0,
    ) -> Flow[Answer]:
        """Ask and have the answer, refusals raised.

        Args:
            operation: the kit's name of it, for errors.
            method: of the request.
            path: relative to the base URL, with ``{}`` for each of the ids.
            ids: joined percent-encoded, as they are the provider's own texts.
            params: the query.
            json: the body.
            headers: besides the usual ones.
            repeatable: see ``Send``; if None, a GET is and nothing else.
            purchase: see ``protocol.send``.
            bodiless: see ``protocol.send``.
            patience_s: see ``protocol.send``.

        Raises:
            ProviderError: what ``protocol.send`` raises, and what ``refused`` makes.
        """
        reads = method == "GET"
        answer = yield from protocol.send(
            httpx.Request(
                method,
                self._base_url + path.format(*(quote(each, safe="") for each in ids)),
                params=params,
                json=json,
                headers={**_HEADERS, **(headers or {})},
            ),
            provider=self.provider,
            operation=operation,
            repeatable=reads if repeatable is None else repeatable,
            purchase=purchase,
            bodiless=bodiless,
            pace=self._reads if reads else self._writes,
            patience_s=patience_s,
        )
        if answer.status >= 400:
            raise self._refused(answer)
        return answer
