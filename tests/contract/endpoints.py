"""What the four documents document: every endpoint, and every error that they name for it.

Typed from the documents and from nothing else. Paths are relative to the provider's base URL and
keep the documents' parameter names. An error is named by its status, by status and words where
one status has several meanings, or by the provider's code. SMSGang's SMM endpoints are not part
of the kit and stay out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.contract.exchange import Transcript

DOCUMENTS = {
    "dogesms": "DogeSMS Control API Documentation",
    "sms-activate": "sms-activate.dev REST API",
    "smsgang": "SMSGang Developer API Reference",
    "smscode": "Getting Started with the SMSCode API",
}

# Errors that a document states for its API as a whole, not for one endpoint.
EVERYWHERE: dict[str, tuple[str, ...]] = {
    "dogesms": ("401", "429"),
    "sms-activate": (),
    "smsgang": ("401", "429"),
    "smscode": ("UNAUTHORIZED", "RATE_LIMITED"),
}

# Stated for a day that has not come: the document says that no limit is in force, so a server that
# follows it never shows this. A client must understand it.
NOT_IN_FORCE = {("smsgang", "429")}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented endpoint.

    Attributes:
        provider: the provider's id.
        method: HTTP method.
        path: template, relative to the base URL.
        errors: the errors that its document names for it.
        status: HTTP status of a success; 200 where the document shows only the body.
        inbound: others call it, so no client of ours does.
    """

    provider: str
    method: str
    path: str
    errors: tuple[str, ...] = ()
    status: int = 200
    inbound: bool = False

    def __str__(self) -> str:
        return f"{self.provider}: {self.method} {self.path}"

    def serves(self, transcript: Transcript) -> bool:
        """Whether the request goes here; its path may hold values or other parameter names."""
        request = transcript.request
        here = (transcript.provider, request.method) == (self.provider, self.method)
        return here and _template(self.path).fullmatch(request.path) is not None


@cache
def _template(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


_DOGESMS = (
    # The document has OAuth2 client credentials but no address for them: RFC 6749 says the rest.
    Endpoint("dogesms", "POST", "/oauth/token"),
    Endpoint("dogesms", "GET", "/api/control/balance", ("401",)),
    Endpoint("dogesms", "GET", "/api/control/services", ("401",)),
    Endpoint("dogesms", "GET", "/api/control/inventory", ("404",)),
    Endpoint("dogesms", "POST", "/api/control/activations", ("402", "460")),
    Endpoint("dogesms", "GET", "/api/control/activations/{requestId}", ("404",)),
    Endpoint("dogesms", "PATCH", "/api/control/activations/{requestId}/cancel", ("404", "409")),
    Endpoint("dogesms", "POST", "/api/control/rentals", ("402", "460")),
)

_SMS_ACTIVATE = (
    Endpoint("sms-activate", "GET", "/api/v1/balance"),
    Endpoint("sms-activate", "GET", "/api/v1/numbers/available"),
    Endpoint("sms-activate", "POST", "/api/v1/numbers/buy"),
    Endpoint("sms-activate", "GET", "/api/v1/activations/{id}"),
    Endpoint("sms-activate", "DELETE", "/api/v1/activations/{id}"),
)

_API = "/api/developer/v1"
_MONTHLY = f"{_API}/monthly-numbers"

_SMSGANG = (
    Endpoint(
        "smsgang",
        "POST",
        f"{_API}/notifications/send",
        (
            "422 Insufficient balance",
            "422 Template not ready for dispatch",
            "429 Send in progress",
        ),
        status=201,
    ),
    Endpoint("smsgang", "GET", f"{_API}/notifications/messages"),
    Endpoint("smsgang", "POST", "/api/webhooks/whatsapp/status", inbound=True),
    Endpoint("smsgang", "GET", f"{_API}/services"),
    Endpoint("smsgang", "GET", f"{_API}/countries"),
    Endpoint("smsgang", "GET", f"{_API}/services/{{service}}/countries"),
    Endpoint(
        "smsgang",
        "POST",
        f"{_API}/activations/buy",
        (
            "400 Invalid service or country",
            "401 Unauthorized - Invalid API key",
            "422 Insufficient balance",
        ),
        status=201,
    ),
    Endpoint(
        "smsgang",
        "GET",
        f"{_API}/activations/{{activation}}/check-sms",
        ("404 Activation not found", "410 Activation expired"),
    ),
    Endpoint("smsgang", "GET", f"{_API}/wallet/balance"),
    Endpoint("smsgang", "GET", "/api/developer/api-keys"),
    Endpoint("smsgang", "POST", "/api/developer/api-keys", status=201),
    Endpoint("smsgang", "DELETE", "/api/developer/api-keys/{developerApiKey}"),
    Endpoint("smsgang", "GET", f"{_MONTHLY}/inventory"),
    Endpoint("smsgang", "POST", f"{_MONTHLY}/purchase", status=201),
    Endpoint("smsgang", "GET", f"{_MONTHLY}/subscriptions"),
    Endpoint("smsgang", "GET", f"{_MONTHLY}/subscriptions/{{subscription}}"),
    Endpoint("smsgang", "PATCH", f"{_MONTHLY}/subscriptions/{{subscription}}/auto-renew"),
    Endpoint("smsgang", "GET", f"{_MONTHLY}/subscriptions/{{subscription}}/messages"),
    Endpoint("smsgang", "POST", f"{_MONTHLY}/subscriptions/{{subscription}}/messages", status=201),
    Endpoint("smsgang", "GET", f"{_API}/wallet/transactions"),
    Endpoint("smsgang", "GET", f"{_API}/wallet/history"),
    Endpoint("smsgang", "GET", f"{_API}/transactions"),
)

_SMSCODE = (
    Endpoint("smscode", "GET", "/balance"),
    Endpoint("smscode", "GET", "/catalog/products"),
    Endpoint("smscode", "POST", "/orders", ("INSUFFICIENT_BALANCE", "PRODUCT_UNAVAILABLE")),
    Endpoint("smscode", "GET", "/orders/{order_id}", ("ORDER_NOT_FOUND",)),
    Endpoint("smscode", "POST", "/orders/{order_id}/cancel", ("ORDER_NOT_FOUND",)),
)

ENDPOINTS: tuple[Endpoint, ...] = _DOGESMS + _SMS_ACTIVATE + _SMSGANG + _SMSCODE


def endpoint_of(transcript: Transcript) -> Endpoint | None:
    """The documented endpoint that the request goes to, if there is one."""
    return next((endpoint for endpoint in ENDPOINTS if endpoint.serves(transcript)), None)


def uncovered(transcripts: Iterable[Transcript]) -> list[str]:
    """What is documented and has no transcript, for a client and for a dialect."""
    had = {
        (transcript.provider, endpoint_of(transcript), transcript.case, side)
        for transcript in transcripts
        for side in transcript.judges
    }
    anywhere = {(provider, case, side) for provider, _, case, side in had}
    missing = [
        f"{endpoint} has no transcript of {case} for a {side}"
        for endpoint in ENDPOINTS
        for case in ("success", *endpoint.errors)
        for side in (("dialect",) if endpoint.inbound else ("client", "dialect"))
        if (endpoint.provider, endpoint, case, side) not in had
    ]
    missing += [
        f"{provider} has no transcript of {case} for a {side}"
        for provider, cases in EVERYWHERE.items()
        for case in cases
        for side in (("client",) if (provider, case) in NOT_IN_FORCE else ("client", "dialect"))
        if (provider, case, side) not in anywhere
    ]
    return missing
