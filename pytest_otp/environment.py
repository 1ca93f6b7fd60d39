"""The process's environment, with what a ``.env`` file adds to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OURS = "PYTEST_OTP_"


def read(path: Path, source: str, *, flag: str, needed: bool) -> Mapping[str, str]:
    """``os.environ`` over the file; the file never changes the process's environment.

    Args:
        path: of the file.
        source: where its name stands, for the sentence that it is not there.
        flag: that names another one.
        needed: somebody named it; else it may be missing.

    Raises:
        SettingsError: it is missing or cannot be read, or a setting of ours in it cannot be: a
            budget that is lost in a typing error must not be a budget that does not exist.
    """
    if not path.is_file():
        if needed:
            raise SettingsError(f"{source}: there is no such file; name one that is")
        return dict(os.environ)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"{path}: the file of environment variables cannot be read: {reason}; mend it, or "
            f"name another one with {flag}"
        ) from None
    return {**_values(path, text), **os.environ}


def _values(path: Path, text: str) -> dict[str, str]:
    # Here and not above: only projects that have the file pay for it.
    from io import StringIO  # noqa: PLC0415 - as above

    from dotenv import dotenv_values  # noqa: PLC0415 - as above
    from dotenv.parser import parse_stream  # noqa: PLC0415 - as above

    for binding in parse_stream(StringIO(text)):
        said = binding.original.string
        is_lost = binding.error or (binding.key is not None and binding.value is None)
        if is_lost and _OURS in said:
            line = binding.original.line + said[: len(said) - len(said.lstrip())].count("\n")
            raise SettingsError(
                f"{path}, line {line}: a setting cannot be read; write it as in "
                f"{_OURS}BUDGET='2.00 USD'"
            )
    found = dotenv_values(stream=StringIO(text))
    return {name: value for name, value in found.items() if value is not None}
