"""``python -m tests.chaos --rounds 500 --seed N [--provider X] [-v]``.

Prints the seed, the counts and what differed; exit code 1 if anything did.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING

from tests.chaos.plan import PROVIDERS, draw
from tests.chaos.processes import sandbox
from tests.chaos.rounds import play

if TYPE_CHECKING:
    from pytest_otp.sandbox.handle import Sandbox
    from tests.chaos.plan import Plan


# A sandbox never forgets, and its books are read often.
_ROUNDS_A_SANDBOX = 10


def main() -> int:
    """Play the rounds, by default shared out evenly among the providers."""
    args = _arguments()
    providers = [args.provider] if args.provider else PROVIDERS
    _say(f"seed {args.seed}, {args.rounds} rounds, {', '.join(providers)}")
    plans = [draw(providers[n % len(providers)], args.seed + n) for n in range(args.rounds)]
    counts: dict[str, Counter[str]] = {name: Counter() for name in providers}
    began = monotonic()
    while plans:
        with sandbox() as fresh:
            for plan in plans[:_ROUNDS_A_SANDBOX]:
                counts[plan.provider] += _played(plan, fresh, verbose=args.verbose)
        del plans[:_ROUNDS_A_SANDBOX]
    for provider, figures in counts.items():
        _say(f"{provider}: {_line(figures)}")
    different = sum(figures["DIFFERENT"] for figures in counts.values())
    _say(f"{args.rounds} rounds in {monotonic() - began:.0f} s, {different} of them differ")
    return 1 if different else 0


def _played(plan: Plan, fresh: Sandbox, *, verbose: bool) -> Counter[str]:
    began = monotonic()
    verdict = play(plan, fresh)
    if verbose or verdict.differences:
        _say(f"{monotonic() - began:5.1f} s  {plan}\n         {_line(verdict.counts)}")
    for difference in verdict.differences:
        _say(f"  DIFFERENT  {difference}")
    return verdict.counts + Counter(rounds=1, DIFFERENT=int(bool(verdict.differences)))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command line prints


def _line(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--provider", choices=PROVIDERS)
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every round")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
