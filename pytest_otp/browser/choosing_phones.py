"""Which of a page's fields is the phone number's: ``autocomplete="tel"``, the type, then words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_otp.browser.choosing import CONFIDENT, Widget, why_not, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.browser.fields import Field

_PHONE = re.compile(
    r"phone|mobile|\btel\b|\bcell|msisdn|whats.?app|handy|rufnummer|t[eé]l[eé]fon|celular|телефон|电话|手机|電話|携帯|휴대|هاتف"
)
# Of several, the one that an SMS reaches.
_MOBILE = re.compile(r"mobile|\bcell|\bsms\b|handy|celular|móvil")
_LANDLINE = re.compile(r"\bhome|\bwork|office|land.?line|festnetz|daytime|evening")
_OTHER = re.compile(
    r"search|e-?mail|user.?name|address|city|street|birth|password|extension|\bfax|"
    r"code|otp|\bpin\b|country|dial"
)
_OTHER_TYPES: Final = frozenset({"search", "email", "url", "password", "date"})


def phone_widgets(fields: Sequence[Field]) -> list[Widget]:
    """All that could take a phone number, the best first."""
    usable = [field for field in fields if not why_not(field) and not field.keypad]
    found = [Widget((field,), _score(field)) for field in usable]
    found += [
        Widget(parts, CONFIDENT)
        for parts in zip(usable, usable[1:], usable[2:], strict=False)
        if _are_parts(parts)
    ]
    return sorted(found, key=lambda widget: -widget.score)


def _are_parts(fields: tuple[Field, ...]) -> bool:
    """``(202) 555-0143`` in three fields, as North American forms have it."""
    return [field.maxlength for field in fields] == [3, 3, 4] and bool(
        _PHONE.search(words(f"{fields[0].near(3)} {fields[0].label} {fields[0].name}"))
    )


def _score(field: Field) -> int:
    own = words(f"{field.name} {field.id} {field.label}")
    around = words(f"{field.near()} {field.hints}")
    score = 0
    if re.search(r"\btel(-national|-local)?\b(?!-)", field.autocomplete):
        score += 100
    elif field.autocomplete and field.autocomplete not in {"on", "off", "nope"}:
        score -= 100
    if field.type == "tel":
        score += 40
    elif field.type in _OTHER_TYPES:
        score -= 100
    score += 50 if _PHONE.search(own) else 20 if _PHONE.search(around) else 0
    if _OTHER.search(own) and not _PHONE.search(own):
        score -= 100
    if _LANDLINE.search(own) and not _MOBILE.search(own):
        score -= 5
    if field.maxlength is not None and field.maxlength < 7:
        score -= 100
    return score
