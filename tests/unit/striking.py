"""Ctrl-C at any point of a call at which Python looks for signals.

Signals are handled after a call, at the beginning of a function and at the end of a loop's round;
between a ``with`` and the method that it calls, say, never.
"""

from __future__ import annotations

import dis
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType


def strike(call: Callable[[], object], point: int) -> KeyboardInterrupt | None:
    """Call, and have Ctrl-C strike at this point of it, counted from 1.

    Returns:
        How the call ended; whoever keeps it keeps the call's frames alive, as pytest does. None
        where the call has no so many points.
    """
    try:
        with _Striker(point):
            call()
    except KeyboardInterrupt as struck:
        return struck
    return None


class _Striker:
    def __init__(self, point: int) -> None:
        self._left = point
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_error: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:  # noqa: ANN401 - as sys.settrace has it
        if frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_opcodes = True
        return self._strike

    def _strike(self, frame: FrameType, event: str, _arg: object) -> Any:  # noqa: ANN401 - likewise
        if event == "opcode" and frame.f_lasti in _points(frame.f_code):
            self._left -= 1
            if not self._left:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._strike


@cache
def _points(code: CodeType) -> frozenset[int]:
    """Where in the code a signal may be handled."""
    points, looked = set(), False
    for instruction in dis.get_instructions(code):
        if looked:
            points.add(instruction.offset)
        name = instruction.opname
        looked = name.startswith("CALL") or name in {"RESUME", "JUMP_BACKWARD"}
    return frozenset(points)
