"""How Hypothesis searches here."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time, and no deadline: a busy machine fails no test.
settings.register_profile("otp", derandomize=True, deadline=None)
settings.load_profile("otp")
