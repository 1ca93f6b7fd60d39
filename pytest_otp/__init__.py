"""Phone verification for pytest: lease a number, wait for the SMS code, give the number back.

Public names load what they need when they are first used; importing the package is free.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_otp.errors import (
        BudgetExceeded,
        CodeTimeout,
        LeaseEnded,
        NumberUnavailable,
        OtpError,
        ProviderError,
    )
    from pytest_otp.leasing import LeaseFactory
    from pytest_otp.models import Message, Money
    from pytest_otp.phone import Phone
    from pytest_otp.playwright import fill_code, fill_phone
    from pytest_otp.sandbox.handle import Sandbox
    from pytest_otp.settings import Settings

__all__ = [
    "BudgetExceeded",
    "CodeTimeout",
    "LeaseEnded",
    "LeaseFactory",
    "Message",
    "Money",
    "NumberUnavailable",
    "OtpError",
    "Phone",
    "ProviderError",
    "Sandbox",
    "Settings",
    "fill_code",
    "fill_phone",
]

_HOME_OF: Final = {
    "BudgetExceeded": "errors",
    "CodeTimeout": "errors",
    "LeaseEnded": "errors",
    "LeaseFactory": "leasing",
    "Message": "models",
    "Money": "models",
    "NumberUnavailable": "errors",
    "OtpError": "errors",
    "Phone": "phone",
    "ProviderError": "errors",
    "Sandbox": "sandbox.handle",
    "Settings": "settings",
    "fill_code": "playwright",
    "fill_phone": "playwright",
}


if not TYPE_CHECKING:  # else every misspelled name would pass for an object

    def __getattr__(name: str) -> object:
        """Import a public name's module when the name is first used."""
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
