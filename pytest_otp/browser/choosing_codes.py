"""Which of a page's fields is the code's.

``autocomplete="one-time-code"`` decides; then the shape, a row of one-character boxes; then words.

Looks wrong and is right: a box that is disabled or hidden from screen readers belongs to its row,
because many widgets open a box only when the one before it is filled; the class names around a
field count as words, because a widget's own input often has no name, label or id at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_otp.browser.choosing import VAGUE, Widget, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_otp.browser.fields import Field

_CERTAIN = re.compile(
    r"one.?time|\botp|otp\b|passcode|\b2fa|\bmfa|two.?factor|\bm?tan\b|"
    r"(verif\w*|sms|security|auth\w*|confirm\w*|login|access).?(code|pin)|"
    r"code we\b|pin.?(code|input|field)|code.?input|"
    r"c[oó]digo de|code de|codice di|code (aus|from|par|da)\b|"
    r"einmal|best[aä]tigungs.?code|sicherheits.?code|verificatie.?code|eng[aå]ngsk|vahvistuskoodi|"
    r"验证码|驗證碼|認証|確認コード|인증|код|رمز|קוד|κωδικός|कोड|รหัส|mã xác|doğrulama|"
    r"\bkod(e|u)?\b|\bkód\b"
)
_LIKELY = re.compile(r"code|\bpin\b|token|verif|digit")
_SPEAKS_OF_CODES = re.compile(r"code|\bpin\b|token|verif")
_OTHER_CODE = re.compile(
    r"promo|coupon|voucher|gift|discount|referr|invit|zip|post(al)?.?code|country|area.?code|"
    r"dial|captcha|card|iban|sort.?code|tracking|rabatt|gutschein|descuento"
)
# Whatever else a card's code is called: "Security code (CVC)".
_CARD_CODE = re.compile(r"\bc[vs][cv]\d?\b|card.?(security|verif\w*|ident\w*).?(code|number)")
_OTHER_FIELD = re.compile(
    r"search|e-?mail|phone|mobile|\btel\b|user.?name|\bname\b|initials?\b|address|city|street|"
    r"birth|password|amount|quantity|comment|message"
)
# A number's code comes by SMS, where a page asks for one of each.
_BY_SMS = re.compile(r"\bsms\b|text message|phone|mobile")
_BY_MAIL = re.compile(r"e-?mail|@|inbox")
_OTHER_AUTOCOMPLETE = re.compile(
    r"\b(email|username|current-password|tel|tel-\w+|name|\w+-name|cc-\w+|postal-code|country|"
    r"country-name|street-address|address-\w+|bday|bday-\w+|url|organization)\b"
)
_OTHER_TYPES: Final = frozenset(
    {"search", "email", "url", "date", "time", "month", "week", "datetime-local"}
)


def code_widgets(fields: Sequence[Field], length: int) -> list[Widget]:
    """All that could take a code of this length, the best first."""
    found = [Widget((field,), VAGUE) for field in fields if field.keypad and not field.concealed]
    fields = [field for field in fields if not field.keypad]
    for row in _rows([field for field in fields if field.displayed], length):
        if _takes_turns(row, length) and not row[0].disabled:
            each = row[0].maxlength or 1 if len(row) * (row[0].maxlength or 1) == length else 1
            found.append(Widget(row, _less(row[0], _score_row(row, length)), each))
        else:
            found += [_alone(field, length) for field in row if not field.disabled]
    found += [_alone(field, length) for field in fields if _is_behind_drawn_boxes(field, length)]
    return sorted(found, key=lambda widget: -widget.score)


def _alone(field: Field, length: int) -> Widget:
    score = _score((field,), length)
    # What a person cannot see is meant only where nothing that they can see is.
    return Widget((field,), _less(field, score - (30 if field.concealed else 0)))


def _less(field: Field, score: int) -> int:
    """Some pages let a field be written to when it is focused, to keep autofill out of it."""
    return min(score - 30, VAGUE - 1) if field.readonly else score


def _is_behind_drawn_boxes(field: Field, length: int) -> bool:
    """Not to be seen, and labelled as a code's or beside drawn boxes: their real input."""
    spoken = words(f"{field.autocomplete} {field.name} {field.id} {field.label} {field.hints}")
    is_behind = field.cells == length or bool(_CERTAIN.search(spoken))
    return field.tucked_away and is_behind and not (field.disabled or field.readonly)


def _rows(fields: Sequence[Field], length: int) -> Iterator[tuple[Field, ...]]:
    """Neighbours that look like boxes of one row; anything else is a row of its own."""
    for row in _split(fields, _are_neighbours):
        if len(row) <= length:
            # Boxes may be wrapped over several lines; two widgets one above the other are not one.
            yield from [row] if len(row) == length else _split(row, _are_on_one_line)
        else:
            yield from _parted(row, length)


def _parted(row: Sequence[Field], length: int) -> Iterator[tuple[Field, ...]]:
    """A row with too many boxes: another one, as of initials, may stand next to the code's."""
    for together in (_are_on_one_line, _are_of_one_group, _are_close):
        parts = list(_split(row, together))
        if any(len(part) == length for part in parts):
            yield from parts
            return
    yield from _split(row, _are_on_one_line)


def _split(
    fields: Sequence[Field], together: Callable[[Field, Field], bool]
) -> Iterator[tuple[Field, ...]]:
    row: list[Field] = []
    for field in fields:
        if row and not together(row[-1], field):
            yield tuple(row)
            row = []
        row.append(field)
    if row:
        yield tuple(row)


def _are_on_one_line(one: Field, other: Field) -> bool:
    return abs(one.y - other.y) <= one.height


def _are_of_one_group(one: Field, other: Field) -> bool:
    return one.group == other.group


def _are_close(one: Field, other: Field) -> bool:
    left, right = sorted((one, other), key=lambda field: field.x)
    return right.x - (left.x + left.width) <= left.width and _are_on_one_line(one, other)


def _are_neighbours(one: Field, other: Field) -> bool:
    if one.tag != other.tag or one.type != other.type or _is_other(one) or _is_other(other):
        return False
    alike_in_size = abs(one.width - other.width) <= max(4, one.width / 4) and abs(
        one.height - other.height
    ) <= max(4, one.height / 4)
    boxes = _is_box(one) and _is_box(other) and _are_on_one_line(one, other)
    # A label stands for the first field in it alone.
    parts = one.maxlength == other.maxlength and not other.label and _are_close(one, other)
    return alike_in_size and (boxes or parts or _spoken(one) == _spoken(other))


def _spoken(field: Field) -> str:
    """What is said about a box but for its number: ``Digit 1`` and ``- Digit 2`` are alike."""
    return re.sub(r"[\W\d_]+", " ", f"{field.name} {field.label} {field.near()}").strip()


def _is_box(field: Field) -> bool:
    return field.maxlength == 1 or field.width <= min(120, 1.8 * field.height)


def _takes_turns(row: Sequence[Field], length: int) -> bool:
    """Whether the code is spread over the row: boxes, or as many equal fields as characters."""
    if all(_is_box(box) for box in row) and len(row) >= 3:
        return True
    room = {box.maxlength for box in row}
    if len(row) >= 2 and len(room) == 1 and (each := row[0].maxlength):
        return len(row) * each == length
    return len(row) == length >= 4


def _is_other(field: Field) -> bool:
    return field.type in _OTHER_TYPES or bool(_OTHER_AUTOCOMPLETE.search(field.autocomplete))


def _score_row(row: Sequence[Field], length: int) -> int:
    fits = 30 if len(row) == length else 0 if len(row) > length else -30
    single = 30 if all(box.maxlength == 1 for box in row) else 15
    return _score(row, length) + 20 + single + fits


def _score(row: Sequence[Field], length: int) -> int:
    """How much the first of these fields reads like one for a code."""
    field = row[0]
    own = words(f"{field.name} {field.id} {field.label} {field.autocomplete}")
    near = words(field.near(len(row)))
    around = f"{near} {words(field.hints)}"
    score = 0
    if "one-time-code" in field.autocomplete:
        score += 100
    if _is_other(field):
        score -= 100
    certain = _CERTAIN.search(own) or _CERTAIN.search(around)
    score += 50 if certain else 35 if _LIKELY.search(own) else 20 if _LIKELY.search(around) else 0
    # What stands around a row of boxes is said of it, since boxes have no labels of their own.
    said = f"{own} {near}" if len(row) > 1 else own
    other_code = _OTHER_CODE.search(own) and not _CERTAIN.search(own)
    other_field = _OTHER_FIELD.search(said) and not certain and not _SPEAKS_OF_CODES.search(said)
    if other_code or other_field or _CARD_CODE.search(own):
        score -= 100
    if field.maxlength == length:
        score += 20
    if len(row) == 1 and field.maxlength is not None and field.maxlength < length:
        score -= 15
    if field.inputmode in {"numeric", "decimal"} or field.type in {"number", "tel"}:
        score += 10
    if field.cells == length:
        score += 50
    if _BY_MAIL.search(f"{own} {near}") and not _BY_SMS.search(f"{own} {near}"):
        score -= 5
    return score
