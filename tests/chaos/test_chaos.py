"""Money is never lost: 25 rounds of chaos, five for each provider's dialect."""

from __future__ import annotations

import secrets

import pytest

from tests.chaos.plan import PROVIDERS, draw
from tests.chaos.processes import sandbox
from tests.chaos.rounds import play


@pytest.mark.parametrize("provider", PROVIDERS)
def test_money_is_never_lost(provider: str) -> None:
    """Whatever kills a run, after one sweep the ledger and the sandbox's books agree."""
    seed = secrets.randbelow(10**6)
    with sandbox() as fresh:
        for number in range(seed, seed + 5):
            differences = play(draw(provider, number), fresh).differences
            again = f"python -m tests.chaos --rounds 1 --provider {provider} --seed {number}"
            assert not differences, "\n".join([again, *differences])
