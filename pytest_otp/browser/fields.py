"""What the page reports on one field, and how a message names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be typed into; sizes and places in CSS pixels.

    Attributes:
        index: place among the fields of its frame, in document order.
        maxlength: the longest value that it takes, if it says so.
        hints: tag names, ids and classes of the field and of what is around it.
        near: text around it that belongs to no other field.
        concealed: why a person could not see it, or "".
        steps: how many elements up from what the test pointed at the field is inside of; 0: within.
        pointed: the test pointed at this very field, or at its label.
        drawn: no input of any kind, but something drawn that takes keys.
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
    near: str
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

    @property
    def displayed(self) -> bool:
        """Whether it has a place on the page, be it one kept from screen readers."""
        return self.concealed in {"", "aria-hidden"}

    def __str__(self) -> str:
        """The field as a reader would search for it: ``<input name="otp"> 'Code'``."""
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
