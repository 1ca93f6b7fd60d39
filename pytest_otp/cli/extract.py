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
            'Read one message a line: a JSON object with its "text", or the text itself. Print one '
            "JSON object a line: code (null where there is none), confidence, reason."
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
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    return run(sys.stdin or io.StringIO(), sys.stdout)


def _text(line: str) -> str | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(message, dict):
        return line  # "123456" is JSON too, and a message
    text = message.get("text")
    return text if isinstance(text, str) else None
