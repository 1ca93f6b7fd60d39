"""What the environment says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How this site is run."""

    sms_gateway_url: str
    code_lifetime_s: float = 300
    resend_cooldown_s: float = 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises:
            SystemExit: a variable is missing or is no number.
        """
        url = environment.get("SMS_GATEWAY_URL", "")
        if not url:
            raise SystemExit("Set SMS_GATEWAY_URL to the URL of the gateway that sends the SMS.")
        return cls(
            sms_gateway_url=url.rstrip("/"),
            code_lifetime_s=_seconds(environment, "SIGNUP_CODE_LIFETIME_S", cls.code_lifetime_s),
            resend_cooldown_s=_seconds(
                environment, "SIGNUP_RESEND_COOLDOWN_S", cls.resend_cooldown_s
            ),
        )


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name)
    if value is None:
        return default
    try:
        return float(value)
    except ValueError:
        raise SystemExit(f"{name} is {value!r}; set it to a number of seconds.") from None
