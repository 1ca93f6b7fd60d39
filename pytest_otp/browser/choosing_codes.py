"""Which of a page's fields is the code's.

``autocomplete="one-time-code"`` decides; then the shape, a row of one-character boxes; then words.

Looks wrong and is right: a disabled box belongs to its row, because many widgets enable a box only
when the one before it is filled; the class names around a field count as words, because a widget's
own input often has no name, label or id at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_otp.browser.choosing import Widget, why_not, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_otp.browser.fields import Field

_CERTAIN = re.compile(
    r"one.?time|\botp|otp\b|otp[-_]|[-_]otp|passcode|2fa|mfa|two.?factor|verif\w*.?code|"
    r"(sms|security|auth\w*|confirm\w*|login|access).?code|code we (have )?(just )?sent|"
    r"pin.?(code|input|field)"
)
_LIKELY = re.compile(r"code|\bpin\b|token|verif|digit")
_OTHER_CODE = re.compile(
    r"promo|coupon|voucher|gift|discount|referr|invit|zip|post(al)?.?code|country|area.?code|"
    r"dial|captcha|\bcvc|\bcvv|card|iban|sort.?code|tracking"
)
_OTHER_FIELD = re.compile(
    r"search|e-?mail|phone|mobile|\btel\b|user.?name|\bname\b|address|city|street|birth|password|"
    r"amount|quantity|comment|message"
)
_OTHER_AUTOCOMPLETE = re.compile(
    r"\b(email|username|current-password|tel|tel-\w+|name|\w+-name|cc-\w+|postal-code|country|"
    r"country-name|street-address|address-\w+|bday|bday-\w+|url|organization)\b"
)
_OTHER_TYPES: Final = frozenset(
    {"search", "email", "url", "date", "time", "month", "week", "datetime-local"}
)


def code_widgets(fields: Sequence[Field], length: int) -> list[Widget]:
    """All that could take a code of this length, the best first."""
    found = []
    for row in _rows([field for field in fields if not field.concealed]):
        if len(row) >= 3 and any(not why_not(box) for box in row):
            found.append(Widget(row, _score(row[0], length) + _score_row(row, length)))
        else:
            found += [
                Widget((field,), _score(field, length)) for field in row if not why_not(field)
            ]
    return sorted(found, key=lambda widget: -widget.score)


def _rows(fields: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """Neighbours that look like boxes of one row; anything else is a row of its own."""
    row: list[Field] = []
    for field in fields:
        if row and not _are_neighbours(row[-1], field):
            yield tuple(row)
            row = []
        row.append(field)
    if row:
        yield tuple(row)


def _are_neighbours(one: Field, other: Field) -> bool:
    alike = (
        (one.tag, one.type) == (other.tag, other.type)
        and abs(one.width - other.width) <= max(4, one.width / 4)
        and abs(one.height - other.height) <= max(4, one.height / 4)
    )
    return alike and _is_box(one) and _is_box(other) and abs(one.y - other.y) <= one.height


def _is_box(field: Field) -> bool:
    if field.type in _OTHER_TYPES or _OTHER_AUTOCOMPLETE.search(field.autocomplete):
        return False
    square = field.width <= min(120, 1.8 * field.height)
    return field.maxlength == 1 or square


def _score_row(row: Sequence[Field], length: int) -> int:
    fits = 30 if len(row) == length else 0 if len(row) > length else -30
    single = 30 if all(box.maxlength == 1 for box in row) else 15
    return 20 + single + fits


def _score(field: Field, length: int) -> int:
    own = words(f"{field.name} {field.id} {field.label} {field.autocomplete}")
    around = words(f"{field.near} {field.hints}")
    score = 0
    if "one-time-code" in field.autocomplete:
        score += 100
    if field.type in _OTHER_TYPES or _OTHER_AUTOCOMPLETE.search(field.autocomplete):
        score -= 100
    certain = _CERTAIN.search(own) or _CERTAIN.search(around)
    score += 50 if certain else 35 if _LIKELY.search(own) else 20 if _LIKELY.search(around) else 0
    other_code = _OTHER_CODE.search(own) and not _CERTAIN.search(own)
    other_field = _OTHER_FIELD.search(own) and not certain and not _LIKELY.search(own)
    if other_code or other_field:
        score -= 100
    if field.maxlength == length:
        score += 20
    if field.inputmode in {"numeric", "decimal"} or field.type in {"number", "tel"}:
        score += 10
    return score
