"""What the page reports on one field, and how a message names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be typed into; sizes and places in CSS pixels.

    Attributes:
        index: place among the fields of its frame, in document order.
        maxlength: the longest value that it takes, if it says so.
        hints: tag names, ids and classes of the field and of what is around it.
        around: what is around it, widening: how many fields a person sees there, and its text.
        group: the nearest of its surroundings that hold another field, as a number.
        cells: how many drawn boxes are beside it, if a person cannot see the field itself.
        concealed: why a person could not see it, or "".
        steps: how many elements up from what the test pointed at the field is inside of; 0: within.
        pointed: the test pointed at this very field, or at its label.
        drawn: no input of any kind, but something drawn that takes keys.
        keypad: no field at all, but ten keys on the screen, one for each digit.
    """

    index: int
    tag: str
    type: str
    name: str
    id: str
    autocomplete: str
    inputmode: str
    maxlength: int | None
    label: str
    hints: str
    around: tuple[tuple[int, str], ...]
    group: int
    cells: int
    x: float
    y: float
    width: float
    height: float
    concealed: str
    disabled: bool
    readonly: bool
    steps: int
    pointed: bool
    drawn: bool
    keypad: bool

    @classmethod
    def of(cls, report: dict[str, Any]) -> Field:
        """The field that agent.js reports on."""
        around = tuple((count, text) for count, text in report["around"])
        return cls(**{**report, "around": around})

    @property
    def displayed(self) -> bool:
        """Whether it has a place on the page, be it one kept from screen readers."""
        return self.concealed in {"", "aria-hidden"}

    @property
    def tucked_away(self) -> bool:
        """Whether it takes keys and no person sees it, as the input behind drawn boxes does."""
        return self.concealed.startswith(("smaller", "cut off", "outside"))

    def near(self, fields: int = 1) -> str:
        """Text of the widest surroundings that hold so many fields at most."""
        return next((text for count, text in reversed(self.around) if count <= fields), "")

    def __str__(self) -> str:
        """The field as a reader would search for it: ``<input name="otp"> 'Code'``."""
        if self.keypad:
            return "the keypad on the screen"
        named = next(
            (
                f' {attribute}="{value}"'
                for attribute in ("id", "name", "autocomplete", "type")
                if (value := str(getattr(self, attribute)))
            ),
            "",
        )
        label = f" {self.label[:40]!r}" if self.label else ""
        return f"<{self.tag}{named}>{label}"
