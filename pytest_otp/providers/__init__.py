"""The providers that the kit can buy from, by id, and the keys that they need.

One line a provider, imported when it is first asked for. Others join by the entry-point group
``pytest_otp.providers``: the name is the provider's id, the object a factory like ours, which
takes a base URL; its attribute ``access`` says where its keys are if they are not where most are.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, cast

from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_otp.core.provider import Provider
    from pytest_otp.providers.access import Access, Credential

    Factory = Callable[[str], Provider]

GROUP: Final = "pytest_otp.providers"
OURS: Final = {
    "sandbox": "pytest_otp.providers.sandbox:SandboxProvider",
    "dogesms": "pytest_otp.providers.dogesms:DogeSmsProvider",
    "sms-activate": "pytest_otp.providers.sms_activate:SmsActivateProvider",
    "smsgang": "pytest_otp.providers.smsgang:SmsGangProvider",
    "smscode": "pytest_otp.providers.smscode:SmsCodeProvider",
}


def names() -> list[str]:
    """Every provider id that ``--otp-provider`` knows, ours first."""
    return [*OURS, *sorted({point.name for point in entry_points(group=GROUP)} - set(OURS))]


def check_registry() -> None:
    """Refuse two providers of one name: nobody could say which one would spend the money.

    Raises:
        SettingsError: names the provider and the distributions that bring it.
    """
    origins: dict[str, list[str]] = {name: ["pytest-otp"] for name in OURS}
    for point in entry_points(group=GROUP):
        origin = point.dist.name if point.dist else point.value
        origins.setdefault(point.name, []).append(origin)
    for name, found in origins.items():
        if len(found) > 1:
            raise SettingsError(
                f"two providers are named {name!r}, by {' and '.join(found)}; uninstall one of them"
            )


def create(name: str, base_url: str) -> Provider:
    """The provider ``name``, speaking to ``base_url``.

    Raises:
        SettingsError: nobody registered that name, or what registered it cannot be loaded.
    """
    return _factory(name)(base_url)


def default_base_url(name: str) -> str | None:
    """Where the real service is; None where its users are told one by one."""
    return _access(name).base_url


def base_url_variable(name: str) -> str:
    """The environment variable that names another base URL."""
    return _access(name).base_url_variable


def key_variables(name: str) -> tuple[str, ...]:
    """The environment variables that may hold keys of the provider."""
    return _access(name).variables


def missing_key(name: str) -> str:
    """The sentence for a live run without a key: which variables would do."""
    return f"{name} needs a key; set {_access(name).required} in the environment or a .env file"


def credentials(name: str, environment: Mapping[str, str], base_url: str) -> Credential | None:
    """The account's credential for the real service; None where the environment holds no key.

    Raises:
        SettingsError: a key or an address is of no use; the text never holds the key.
    """
    return _access(name).credential(environment, base_url)


def rehearsal_credentials(name: str, account: str, base_url: str) -> Credential:
    """The credential for the sandbox, in which the account's name is its key."""
    return _access(name).rehearsal(account, base_url)


def _access(name: str) -> Access:
    from pytest_otp.providers.access import Access  # noqa: PLC0415 - settings read this module

    access = getattr(_factory(name), "access", None)
    return access if isinstance(access, Access) else Access.usual(name)


def _factory(name: str) -> Factory:
    if name in OURS:
        module, _, attribute = OURS[name].partition(":")
        return cast("Factory", getattr(import_module(module), attribute))
    for point in entry_points(group=GROUP, name=name):
        try:
            return cast("Factory", point.load())
        except (ImportError, AttributeError) as error:
            raise SettingsError(
                f"the provider {name!r} cannot be loaded from {point.value}: {error}; mend or "
                f"uninstall {point.dist.name if point.dist else 'it'}"
            ) from None
    raise SettingsError(f"{name!r} is not a provider; the providers are {', '.join(names())}")
