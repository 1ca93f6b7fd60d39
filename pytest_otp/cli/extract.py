"""`pytest-otp extract`: messages in, codes out, so that anyone can measure the extraction.

One line of output for each line of input, so the two can be pasted side by side.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from pytest_otp.core.extraction import extract

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe `pytest-otp extract`."""
    parser = subparsers.add_parser(
        "extract",
        help="read messages on standard input, print the code in each",
        description=(
            "Read one message a line: the text itself, or, for texts of several lines, a JSON "
            'object with its "text" (other fields are ignored) or a JSON string. Print one JSON '
            "object a line: code (null where there is none), confidence, reason."
        ),
    )
    parser.set_defaults(run=_run)


def run(stdin: TextIO, stdout: TextIO) -> int:
    """Extract the code of every line.

    Returns:
        0, or 2 where a line is a JSON object without a text; the lines before it are answered.
    """
    for number, line in enumerate(stdin, start=1):
        text = _text(line.removesuffix("\n"))
        if text is None:
            print(f'Line {number}: give the message as a string named "text".', file=sys.stderr)
            return 2
        print(json.dumps(asdict(extract(text)), ensure_ascii=False), file=stdout)
    return 0


def _run(_args: argparse.Namespace) -> int:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Line by line, so that a program may wait for each answer before it asks again.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    return run(sys.stdin or io.StringIO(), sys.stdout)  # each may be None, as after `<&-`


def _text(line: str) -> str | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if isinstance(message, dict):
        message = message.get("text")
        return message if isinstance(message, str) else None
    return message if isinstance(message, str) else line  # "123456" is JSON too, and a message
