"""A client's outcome, told in the neutral words of a transcript's ``expect``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_otp.errors import OtpError
from pytest_otp.models import Money
from tests.contract.matching import differences

if TYPE_CHECKING:
    from tests.contract.exact_json import Json
    from tests.contract.exchange import Transcript


def outcome_differences(transcript: Transcript, outcome: object) -> list[str]:
    """What a client returned, or raised, that is not as expected; further fields are free."""
    expected = transcript.expect
    if expected is None:
        return [f"{transcript} judges no client"]
    told = _pruned(expected.value, neutral(outcome))
    return differences(expected.value, told, {}, f"{type(outcome).__name__} as {expected.kind}")


def neutral(outcome: object) -> Json:
    """Plain JSON: money as ``0.15 USD``, moments in UTC with ``Z``, an error by its code.

    Raises:
        TypeError: a value of a type that no outcome has, such as a float.
    """
    match outcome:
        case None | bool() | int() | Decimal() | str():
            return outcome
        case Money():
            return str(outcome)
        case datetime():
            return outcome.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Sequence():
            return [neutral(each) for each in outcome]
        case _:
            return {name: neutral(value) for name, value in _members(outcome).items()}


def _members(outcome: object) -> Mapping[str, object]:
    if isinstance(outcome, Mapping):
        return outcome
    if isinstance(outcome, OtpError):
        return {"code": outcome.code, **vars(outcome)}
    if is_dataclass(outcome):
        return {each.name: getattr(outcome, each.name) for each in fields(outcome)}
    raise TypeError(f"{type(outcome).__name__} is no part of an outcome")


def _pruned(expected: Json, actual: Json) -> Json:
    """``actual`` without the members that ``expected`` does not name."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {
            key: _pruned(expected[key], value) for key, value in actual.items() if key in expected
        }
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [_pruned(each, item) for each, item in zip(expected, actual, strict=True)]
    return actual
