"""The providers that the kit can buy from, by id.

One line a provider, imported when it is first asked for. Others join by the entry-point group
``pytest_otp.providers``: the name is the provider's id, the object a factory like ours.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, cast

from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.provider import Provider

    Factory = Callable[[str], Provider]

GROUP: Final = "pytest_otp.providers"
OURS: Final = {
    "sandbox": "pytest_otp.providers.sandbox:SandboxProvider",
}


def names() -> list[str]:
    """Every provider id that ``--otp-provider`` knows, ours first."""
    return [*OURS, *sorted({point.name for point in entry_points(group=GROUP)} - set(OURS))]


def create(name: str, base_url: str) -> Provider:
    """The provider ``name``, speaking to ``base_url``.

    Raises:
        SettingsError: nobody registered that name.
    """
    if name in OURS:
        module, _, attribute = OURS[name].partition(":")
        return cast("Factory", getattr(import_module(module), attribute))(base_url)
    for point in entry_points(group=GROUP, name=name):
        return cast("Factory", point.load())(base_url)
    raise SettingsError(f"{name!r} is not a provider; the providers are {', '.join(names())}")
