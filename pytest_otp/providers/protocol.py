"""One exchange with a provider: a request, and what became of it.

The answer to a purchase that is lost, cut off or unreadable is never a failure: it is unknown
whether something was bought, and only the lifecycle may decide what follows. A refused connection
and an answer of 4xx are no such case: then nothing was bought.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from pytest_otp.core.effects import Pause, Send, never_left, retry_after_s
from pytest_otp.errors import (
    NotSupported,
    ProviderError,
    ProviderProtocolError,
    ProviderRefused,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.providers.answer import Answer
from pytest_otp.redact import mask_text

if TYPE_CHECKING:
    from pytest_otp.core.effects import Flow
    from pytest_otp.core.pacing import Pace

_EXCERPT: Final = 60
_SENTENCE: Final = 200

E = TypeVar("E", bound=ProviderError)
R = TypeVar("R", bound=ProviderRefused)


def send(
    request: httpx.Request,
    *,
    provider: str,
    operation: str,
    repeatable: bool,
    purchase: bool = False,
    bodiless: bool = False,
    pace: Pace | None = None,
    patience_s: float = 10.0,
) -> Flow[Answer]:
    """Perform a request and read its answer as JSON; a refusal passes as an answer of 4xx.

    Args:
        request: without credentials.
        provider: the provider's id, for errors.
        operation: what is asked, for errors.
        repeatable: see ``Send``.
        purchase: money may move, so an answer that is lost or unreadable is not a failure but
            ``PurchaseUnknown``.
        bodiless: a success may come with an empty body.
        pace: the rate limit that the request counts against.
        patience_s: see ``Send``; also the longest wait for the rate limit.

    Raises:
        ProviderUnavailable: no answer, 429, a server error, or the rate limit.
        ProviderProtocolError: a redirect, or a body that is no JSON.
        PurchaseUnknown: ``purchase`` and the answer was lost or cannot be read.
    """
    asked = _Asked(provider, operation, purchase)
    if pace is not None:
        yield from _turn(pace, asked, patience_s)
    try:
        response = yield Send(request, repeatable=repeatable, patience_s=patience_s)
    except httpx.TransportError as failed:
        kind = ProviderUnavailable if never_left(failed) else asked.lost
        raise asked.error(kind, _unanswered(failed)) from None
    if pace is not None:
        pace.heard(response.headers)
    again_s = None
    if "Retry-After" in response.headers:
        again_s = retry_after_s(response, (yield Pause(0)))
    return asked.answer(response, again_s, bodiless=bodiless)


def refusal(kind: type[R], answer: Answer, otherwise: str) -> R:
    """The error for a refusal, in the provider's own words as far as it gave any.

    Args:
        kind: which error.
        answer: the refusal. Where no document fixes its shape, these are read: ``{"error":
            {"code", "message"}}``, ``{"error": "…"}``, and ``{"code", "message"}``.
        otherwise: the sentence for a refusal without words.
    """
    error = answer.document.get("error")
    told = error if isinstance(error, dict) else {"message": error, **answer.document}
    code = _scalar(told, "code", "error_code", "errorCode")
    text = _scalar(told, "message", "detail", "error_description") or answer.excerpt
    if code is None and isinstance(error, str) and error and not any(map(str.isspace, error)):
        code = error
    sentence = mask_text(text, _SENTENCE) if text else otherwise
    if code is not None and code != text:
        sentence += f" ({mask_text(code)})"
    refused = kind(
        sentence, provider=answer.provider, operation=answer.operation, status=answer.status
    )
    refused.provider_code = code
    return refused


def mentions(refused: ProviderRefused, *words: str) -> bool:
    """Whether a refusal's code or sentence has one of the words, where nothing else tells."""
    told = f"{refused.provider_code} {refused.message}".lower()
    return any(word in told for word in words)


def unsupported(sentence: str) -> Flow[Any]:
    """The flow of an operation that a provider does not have.

    Raises:
        NotSupported: always.
    """
    raise NotSupported(sentence)
    yield  # what makes it a flow


def _turn(pace: Pace, asked: _Asked, patience_s: float) -> Flow[None]:
    delay_s = pace.delay_s((yield Pause(0)), patience_s)
    if delay_s > patience_s:
        raise asked.busy(f"its rate limit is used up for {delay_s:.0f} s", delay_s)
    if delay_s:
        yield Pause(delay_s)


def _unanswered(failed: httpx.TransportError) -> str:
    name = type(failed).__name__
    if isinstance(failed, httpx.ConnectError):
        # Why nobody could be reached: DNS, TLS, or nobody listens. It names no URL.
        return f"no connection ({name}: {failed})"
    if isinstance(failed, httpx.TimeoutException):
        return f"no answer in time ({name})"
    return f"no answer ({name})"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of whom, for the errors about it."""

    provider: str
    operation: str
    purchase: bool

    @property
    def lost(self) -> type[ProviderError]:
        return PurchaseUnknown if self.purchase else ProviderUnavailable

    def error(self, kind: type[E], message: str, status: int | None = None) -> E:
        return kind(message, provider=self.provider, operation=self.operation, status=status)

    def busy(
        self, message: str, again_s: float | None, status: int | None = None
    ) -> ProviderUnavailable:
        busy = self.error(ProviderUnavailable, message, status)
        busy.retry_after_s = again_s
        return busy

    def answer(self, response: httpx.Response, again_s: float | None, *, bodiless: bool) -> Answer:
        status = response.status_code
        if status >= 500 and self.purchase:
            raise self.error(PurchaseUnknown, "a server error", status)
        if status >= 500 or status == 429:
            what = "too many requests" if status == 429 else "a server error"
            raise self.busy(what, again_s, status)
        if 300 <= status < 400:
            # "See other" is said after doing what a POST asked; after the rest nothing was done.
            done = status == 303 and self.purchase
            kind = PurchaseUnknown if done else ProviderProtocolError
            raise self.error(kind, "a redirect, and those are not followed", status)
        body = response.content
        document = _parsed(body)
        answer = Answer(
            self.provider,
            self.operation,
            status,
            document or {},
            headers=response.headers,
            excerpt="" if document is not None else _excerpt(body),
            purchase=self.purchase,
        )
        nothing = bodiless and not body
        # A refusal's status says enough, but a page says that something else answered.
        told = status == 401 or (status >= 400 and not body.lstrip().startswith(b"<"))
        if document is None and not nothing and not told:
            answer.misfit(f"a body of {len(body)} bytes that is no JSON object: {answer.excerpt!r}")
        return answer


def _excerpt(body: bytes) -> str:
    return mask_text(body[:_EXCERPT].decode("utf-8", "replace"), _EXCERPT)


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list):
        # Documents are at odds with their own examples about the envelope of a list.
        return {"data": document}
    return document if isinstance(document, dict) else None


def _scalar(told: dict[str, object], *names: str) -> str | None:
    """The first of these fields that is a text or a whole number, as text."""
    for name in names:
        value = told.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None
