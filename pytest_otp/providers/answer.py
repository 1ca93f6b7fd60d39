"""Reading an answer: what every provider does before it believes a field.

A field that does not fit its document becomes a ``ProviderProtocolError`` that names provider,
operation, status and field; a raw ``KeyError`` never reaches a test. Where a document leaves a
name open, a reader takes several and reads the first that is there. Nothing of a body stands in
an error's text unmasked: it may be a number, a code, or written to upset a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from pytest_otp.errors import ProviderProtocolError, PurchaseUnknown
from pytest_otp.models import Money
from pytest_otp.redact import mask_text

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

Name = str | tuple[str, ...]

# No price has more digits; without a bound, printing "1e999999999" would fill the memory.
_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that a provider answered, or an object inside it.

    Attributes:
        document: the object; empty where a refusal came without one.
        headers: of the response.
        excerpt: the first characters, masked, of a body that is no JSON object.
        purchase: money may have moved.
    """

    provider: str
    operation: str
    status: int
    document: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, kw_only=True)
    excerpt: str = field(default="", repr=False, kw_only=True)
    purchase: bool = field(default=False, kw_only=True)

    def misfit(self, what: str) -> NoReturn:
        """Refuse the answer.

        Raises:
            PurchaseUnknown: it says that something was bought, and we cannot read what.
            ProviderProtocolError: else.
        """
        bought = self.purchase and self.status < 400
        kind = PurchaseUnknown if bought else ProviderProtocolError
        # Alone: an error that is being handled shows the value as it came.
        raise kind(
            what, provider=self.provider, operation=self.operation, status=self.status
        ) from None

    def at(self, document: object) -> Answer:
        """The same answer, seen from an object inside it."""
        if not isinstance(document, dict):
            self.misfit("an object is expected inside the answer")
        return replace(self, document=document)

    def inside(self, name: Name) -> Answer:
        """A field that must be an object."""
        value = self._value(name)
        if not isinstance(value, dict):
            self.misfit(f"field {_first(name)!r} should be an object")
        return self.at(value)

    def objects(self, name: Name) -> list[Answer]:
        """A field that must be an array of objects."""
        value = self._value(name)
        if not isinstance(value, list):
            self.misfit(f"field {_first(name)!r} should be an array")
        return [self.at(item) for item in value]

    def has(self, name: Name) -> bool:
        """Whether the field is there, and neither null nor empty."""
        return self._value(name) not in (None, "")

    def text(self, name: Name) -> str:
        """A field that must be a string and not empty."""
        value = self._value(name)
        if not isinstance(value, str) or not value or not _storable(value):
            self.misfit(f"field {_first(name)!r} should be a text that is not empty")
        return value

    def maybe_text(self, name: Name) -> str | None:
        """A string, or None where the field is absent, null or empty."""
        return self.text(name) if self.has(name) else None

    def texts(self, name: Name) -> tuple[str, ...]:
        """An array of strings; empty where it is absent or null."""
        value = self._value(name) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.misfit(f"field {_first(name)!r} should be an array of texts")
        return tuple(value)

    def sms(self, name: Name) -> str:
        """What somebody wrote in an SMS: any text, with what UTF-8 cannot hold replaced."""
        value = self._value(name)
        if value is not None and not isinstance(value, str):
            self.misfit(f"field {_first(name)!r} should be a text")
        return (value or "").encode("utf-8", "replace").decode("utf-8")

    def id(self, name: Name) -> str:
        """An id: a string that is not empty, or a whole number."""
        value = self._value(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def word(self, name: Name, meanings: Mapping[str, T]) -> T:
        """What a status word means, in whatever case the provider writes it."""
        word = self.text(name)
        try:
            return meanings[word.lower()]
        except KeyError:
            self.misfit(
                f"field {_first(name)!r} is {mask_text(word)!r}, "
                f"which is not one of {', '.join(meanings)}"
            )

    def integer(self, name: Name) -> int:
        """A field that must be a whole number."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.misfit(f"field {_first(name)!r} should be a whole number")
        return value

    def maybe_integer(self, name: Name) -> int | None:
        """A whole number, or None where the field is absent or null."""
        return self.integer(name) if self.has(name) else None

    def flag(self, name: Name) -> bool:
        """A field that must be true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            self.misfit(f"field {_first(name)!r} should be true or false")
        return value

    def maybe_flag(self, name: Name) -> bool | None:
        """True or false, or None where the field is absent or null."""
        return self.flag(name) if self.has(name) else None

    def moment(self, name: Name) -> datetime | None:
        """A field in ISO 8601, taken as UTC where it names no offset; None where absent."""
        value = self.maybe_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.misfit(f"field {_first(name)!r} should be a moment in ISO 8601")

    def money(self, name: Name, currency: str) -> Money:
        """A field that must be an amount, as a JSON number or a string."""
        money = _money(self._value(name), currency)
        if money is None:
            self.misfit(
                f"field {_first(name)!r} should be an amount of money in an ISO 4217 currency"
            )
        return money

    def price(self, name: Name, currency: str) -> Money:
        """An amount that somebody pays, so not below zero."""
        price = self.money(name, currency)
        if price.amount < 0:
            self.misfit(f"field {_first(name)!r} should be a price, which is not below zero")
        return price

    def maybe_price(self, name: Name, currency: str) -> Money | None:
        """A price, or None where the field is absent or null."""
        return self.price(name, currency) if self.has(name) else None

    def number(self, name: Name) -> str:
        """A field that must be a phone number, in E.164 whatever spaces the provider puts in."""
        digits = "".join(c for c in self.text(name) if c not in " -().")
        bare = digits.removeprefix("+")
        if not (bare.isascii() and bare.isdigit() and 7 <= len(bare) <= 15 and bare[0] != "0"):
            self.misfit(f"field {_first(name)!r} should be a phone number in E.164")
        return f"+{bare}"

    def _value(self, name: Name) -> Any:  # noqa: ANN401 - JSON, before anybody believed it
        names = (name,) if isinstance(name, str) else name
        found = (self.document[each] for each in names if self.document.get(each) is not None)
        return next(found, None)


def _first(name: Name) -> str:
    """The name that the error shows: the documented one, or the plainest."""
    return name if isinstance(name, str) else name[0]


def _money(value: object, currency: str) -> Money | None:
    if not isinstance(value, int | str | Decimal) or isinstance(value, bool):
        return None
    try:
        amount = Decimal(value)
        return Money(amount, currency) if abs(amount.adjusted()) < _DIGITS else None
    except (InvalidOperation, ValueError):
        return None


def _storable(text: str) -> bool:
    """Whether every ledger can hold the text: no lone surrogate, no zero byte."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)
