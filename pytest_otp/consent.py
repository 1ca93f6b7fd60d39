"""Live money needs consent: what a run must say before it may spend any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp import providers
from pytest_otp.connections import real_base_url
from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.settings import Settings


def check(settings: Settings) -> None:
    """Refuse a live run that lacks a key, a budget or the hosts under test.

    Raises:
        SettingsError: names all that is missing at once.
    """
    missing = list(_missing(settings))
    if missing:
        raise SettingsError(f"--otp-live spends real money and needs more: {'; '.join(missing)}")


def _missing(settings: Settings) -> Iterator[str]:
    if settings.budget is None:
        yield "a budget for the run (--otp-budget '2.00 USD')"
    if not settings.targets:
        yield "the hosts under test (--otp-targets staging.example.com)"
    for name in settings.providers:
        try:
            base_url = real_base_url(name, settings.environment)
            if providers.credentials(name, settings.environment, base_url) is None:
                yield providers.missing_key(name)
        except SettingsError as error:
            yield str(error)
