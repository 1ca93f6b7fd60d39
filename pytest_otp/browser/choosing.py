"""What may be chosen on a page, and when one choice is clear: pure functions.

Scores only order the candidates: two that are equally good are refused, not guessed between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.browser.fields import Field

# From here on a candidate is taken as soon as it is seen; below, only when nothing better mounts.
CONFIDENT: Final = 40
# Below this, nothing but the lack of anything else speaks for a candidate.
VAGUE: Final = 20


@dataclass(frozen=True, slots=True)
class Widget:
    """What takes a whole code: one field, or a row of boxes.

    Attributes:
        boxes: its fields in document order; a single input is a row of one.
        score: how sure the choice is; meaningful only beside other scores.
        each: how many characters one box takes before the next.
    """

    boxes: tuple[Field, ...]
    score: int
    each: int = 1

    @property
    def steps(self) -> int:
        """The least of its boxes' steps from what the test pointed at."""
        return min(box.steps for box in self.boxes)

    @property
    def is_row(self) -> bool:
        """Whether the code is spread over several boxes."""
        return len(self.boxes) > 1

    @property
    def room(self) -> int | None:
        """How many characters it takes, if that is known."""
        return len(self.boxes) * self.each if self.is_row else self.boxes[0].maxlength

    def __str__(self) -> str:
        """As a message names it."""
        first = str(self.boxes[0])
        return f"{len(self.boxes)} boxes from {first}" if self.is_row else first


def why_not(field: Field) -> str:
    """Why nothing can be typed into the field, or ""."""
    if field.concealed:
        return field.concealed
    if field.disabled:
        return "disabled"
    return "read-only" if field.readonly else ""


def words(text: str) -> str:
    """``verificationCode`` and ``verification_code`` read like the words that they stand for."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()


def best(candidates: Sequence[Widget], *, pointed: bool) -> tuple[Widget, ...]:
    """The candidates that nothing tells apart: one is a choice, more are a question.

    Args:
        candidates: the best first.
        pointed: the test pointed at something smaller than a page, so its nearest field will do.
    """
    fitting = [widget for widget in candidates if widget.score >= 0]
    if pointed:
        # Whoever points at a field means it, whatever it is called.
        exact = [widget for widget in candidates if any(box.pointed for box in widget.boxes)]
        inside = [widget for widget in candidates if widget.steps == 0]
        fitting = exact or fitting or inside
    nearest = min((widget.steps for widget in fitting), default=0)
    fitting = [widget for widget in fitting if widget.steps == nearest]
    top = max((widget.score for widget in fitting), default=0)
    return tuple(widget for widget in fitting if widget.score == top)
