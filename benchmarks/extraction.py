"""What extracting a code costs: microseconds a message, and 1 MB of hostile text of each kind.

Run with `python benchmarks/extraction.py`. Processor time, the least of several rounds: other
load on the machine counts as little as possible.
"""

from __future__ import annotations

import json
import signal
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = Path(__file__).parents[1] / "tests" / "data" / "otp-messages.jsonl"
ROUNDS = 5
MEGABYTE = 1_000_000

HOSTILE = {
    "digits": "1",
    "grouped digits": "123 ",
    "hyphenated digits": "12-",
    "spelled digits": "1 ",
    "decimal numbers": "1.1",
    "spaces": " ",
    "newlines": "\n",
    "keywords": "code ",
    "keywords and numbers": "verification code 123456 ",
    "keywords that never end": "one time pass one time ",
    "words of one letter": "a ",
    "one long word": "a",
    "capitals": "ABCD ",
    "Han characters": "验",
    "combining marks": "a\u0301\u0323\u0301",
    "zero-width characters": "1\u200b",
    "nested brackets": "([{<",
    "hosts": "a.b.",
    "mail addresses": "a@",
    "masked numbers": "*1x",
    "phone numbers": "+1 (2) ",
    "percent and money": "5% $5 ",
    "references": "1:2:3:4:",
    "words between sentences": "your code. case 4821 is ",
    "letters spelled out": "A B C D ",
    "hashes": "#",
    "dots": ".",
    "grouped sums": ",12",
    "small letters": ": bcdfg ",
}


def least_seconds(work: Callable[[], object]) -> float:
    """Return the least processor time that one round took."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def main() -> None:
    """Print the figures."""
    started = time.process_time()
    from pytest_otp.core.extraction import extract  # noqa: PLC0415 - its cost is a figure too

    print(f"import                       {1e3 * (time.process_time() - started):8.1f} ms")
    started = time.process_time()
    extract("Your code is 123456")
    print(f"first message (tables built) {1e3 * (time.process_time() - started):8.1f} ms")

    texts = [json.loads(line)["text"] for line in MESSAGES.read_text("utf-8").splitlines()]
    seconds = least_seconds(lambda: [extract(text) for text in texts])
    print(f"a message, mean of {len(texts):<5}  {1e6 * seconds / len(texts):8.0f} µs")

    print("1 MB of")
    for name, piece in HOSTILE.items():
        text = piece * (MEGABYTE // len(piece.encode()))
        seconds = least_seconds(partial(extract, text))
        print(f"  {name:26} {1e3 * seconds:8.1f} ms")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # "| head" ends it, quietly
    main()
