"""One visitor's way from a number to a verified number: codes, tries, expiry, cool-down."""

import secrets
import time
from dataclasses import dataclass, field
from enum import Enum

CODE_DIGITS = 6
MAX_TRIES = 5


class Outcome(Enum):
    """What became of a code that was entered."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY_TRIES = "too many tries"
    EXPIRED = "expired"


@dataclass(slots=True)
class Verification:
    """The code that is out for one number, and what is left of it."""

    number: str
    code_lifetime_s: float
    resend_cooldown_s: float
    verified: bool = False
    tries_left: int = MAX_TRIES
    _code: str = field(default="", repr=False)
    _sent_at: float = field(default=float("-inf"), repr=False)

    def new_code(self) -> str:
        """Replace the code, with new tries, a new life and a new cool-down."""
        self._code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        self._sent_at = time.monotonic()
        self.tries_left = MAX_TRIES
        return self._code

    def withdraw_code(self) -> None:
        """Forget the code, because it was never sent; another may be asked for at once."""
        self._sent_at = float("-inf")

    @property
    def cooldown_left_s(self) -> float:
        """Seconds until another code may be asked for."""
        return max(0.0, self._sent_at + self.resend_cooldown_s - time.monotonic())

    def enter(self, code: str) -> Outcome:
        """Judge a code. A wrong one costs a try; without tries even the right one is refused."""
        if time.monotonic() >= self._sent_at + self.code_lifetime_s:
            return Outcome.EXPIRED
        if self.tries_left == 0:
            return Outcome.TOO_MANY_TRIES
        if secrets.compare_digest(code.encode(), self._code.encode()):
            self.verified = True
            return Outcome.RIGHT
        self.tries_left -= 1
        return Outcome.WRONG if self.tries_left else Outcome.TOO_MANY_TRIES
