"""Where a request carries its key, and what is no key at all.

Any key opens an account in the sandbox, so all that can be wrong with one is its form.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request

_KEY: Final = re.compile(r"[!-~]{1,512}")


def bearer(request: Request) -> str | None:
    """The token of ``Authorization: Bearer``; None where it is missing or malformed."""
    return usable(_credentials(request, "bearer"))


def api_key(request: Request) -> str | None:
    """The key of ``X-API-Key``; None where it is missing or malformed."""
    return usable(request.headers.get("x-api-key", ""))


def basic(request: Request) -> tuple[str, str] | None:
    """User and password of ``Authorization: Basic``; None where they are missing or malformed."""
    try:
        pair = base64.b64decode(_credentials(request, "basic"), validate=True).decode()
    except ValueError:
        return None
    user, _, password = pair.partition(":")
    return (user, password) if usable(user) and usable(password) else None


def _credentials(request: Request, scheme: str) -> str:
    given, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if given.lower() == scheme else ""


def usable(key: str) -> str | None:
    """The key itself; None where nothing could be a key that looks like this."""
    return key if _KEY.fullmatch(key) else None
