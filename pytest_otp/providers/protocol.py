"""Reading answers: what every provider does with a response before it looks at the fields.

An answer that does not fit becomes a ``ProviderProtocolError`` that names provider, operation,
status and field; a raw ``KeyError`` never reaches a test. Numbers are read as Decimals.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import httpx

from pytest_otp.core.effects import Send, never_left
from pytest_otp.errors import (
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
    PurchaseUnknown,
)
from pytest_otp.models import Money

if TYPE_CHECKING:
    from pytest_otp.core.effects import Flow

_EXCERPT: Final = 60

E = TypeVar("E", bound=ProviderError)


def send(
    request: httpx.Request,
    *,
    provider: str,
    operation: str,
    repeatable: bool,
    purchase: bool = False,
    patience_s: float = 10.0,
) -> Flow[Answer]:
    """Perform a request and read its answer as JSON; any status passes but 429 and 5xx.

    Args:
        request: without credentials.
        provider: the provider's id, for errors.
        operation: what is asked, for errors.
        repeatable: see ``Send``.
        purchase: money may move, so an answer that is lost or unreadable is not a failure but
            ``PurchaseUnknown``.
        patience_s: see ``Send``.

    Raises:
        ProviderUnavailable: no answer, 429 or a server error.
        ProviderProtocolError: the body is no JSON object.
        PurchaseUnknown: ``purchase`` and the answer was lost or cannot be read.
    """

    def error(kind: type[E], message: str, status: int | None = None) -> E:
        return kind(message, provider=provider, operation=operation, status=status)

    lost = PurchaseUnknown if purchase else ProviderUnavailable
    try:
        response = yield Send(request, repeatable=repeatable, patience_s=patience_s)
    except httpx.TransportError as failed:
        kind = ProviderUnavailable if never_left(failed) else lost
        raise error(kind, f"no answer ({type(failed).__name__})") from None
    status: int = response.status_code
    if status >= 500:
        raise error(lost, "a server error", status)
    if status == 429:
        busy = error(ProviderUnavailable, "too many requests", status)
        busy.retry_after_s = _retry_after_s(response)
        raise busy
    try:
        document = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        document = None
    answer = Answer(provider, operation, status, document, purchase=purchase)
    if not isinstance(document, dict):
        answer.misfit(f"the body is no JSON object: {_excerpt(response)}")
    return answer


def _retry_after_s(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _excerpt(response: httpx.Response) -> str:
    """The body's first characters without its digits, which may be a number or a code."""
    text = response.content[:_EXCERPT].decode("utf-8", "replace")
    return repr("".join("•" if c.isdigit() else c for c in text))


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that a provider answered, and how to read its fields.

    Every reader names the field in the error that it raises.
    """

    provider: str
    operation: str
    status: int
    document: dict[str, Any] = field(repr=False)
    purchase: bool = field(default=False, kw_only=True)

    def at(self, document: object) -> Answer:
        """The same answer, seen from an object inside it."""
        if not isinstance(document, dict):
            self.misfit("an object is expected inside the answer")
        return replace(self, document=document)

    def misfit(self, what: str) -> NoReturn:
        """Refuse the answer.

        Raises:
            PurchaseUnknown: it says that something was bought, and we cannot read what.
            ProviderProtocolError: else.
        """
        bought = self.purchase and self.status < 400
        kind = PurchaseUnknown if bought else ProviderProtocolError
        raise kind(what, provider=self.provider, operation=self.operation, status=self.status)

    def text(self, name: str) -> str:
        """A field that must be a string and not empty."""
        value = self.document.get(name)
        if not isinstance(value, str) or not value:
            self.misfit(f"field {name!r} should be a text that is not empty")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string, or None where the field is absent, null or empty."""
        value = self.document.get(name)
        return None if value in (None, "") else self.text(name)

    def objects(self, name: str) -> list[Answer]:
        """A field that must be an array of objects."""
        value = self.document.get(name)
        if not isinstance(value, list):
            self.misfit(f"field {name!r} should be an array")
        return [self.at(item) for item in value]

    def integer(self, name: str) -> int:
        """A field that must be a whole number."""
        value = self.document.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.misfit(f"field {name!r} should be a whole number")
        return value

    def moment(self, name: str) -> datetime | None:
        """A field in ISO 8601, taken as UTC where it names no offset; None where absent."""
        value = self.maybe_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.misfit(f"field {name!r} should be a moment in ISO 8601")
        return moment.replace(tzinfo=moment.tzinfo or UTC)

    def money(self, name: str, currency: str) -> Money:
        """A field that must be an amount, as a JSON number or a string."""
        value = self.document.get(name)
        if isinstance(value, int | str | Decimal) and not isinstance(value, bool):
            try:
                return Money(Decimal(value), currency)
            except (InvalidOperation, ValueError):
                pass
        self.misfit(f"field {name!r} should be an amount of money in an ISO 4217 currency")
        return None

    def number(self, name: str) -> str:
        """A field that must be a phone number, in E.164 whatever spaces the provider puts in."""
        digits = "".join(c for c in self.text(name) if c not in " -().")
        bare = digits.removeprefix("+")
        if not (bare.isascii() and bare.isdigit() and 7 <= len(bare) <= 15):
            self.misfit(f"field {name!r} should be a phone number in E.164")
        return f"+{bare}"
