"""What the four documents document: every endpoint, and every error that they name for it.

Typed from the documents and from nothing else. Paths are relative to the provider's base URL and
keep the documents' parameter names. An error is named by its status, by status and words where
one status has several meanings, or by the provider's code. SMSGang's SMM endpoints are not part
of the kit and stay out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented endpoint.

    Attributes:
        provider: the provider's id.
        method: HTTP method.
        path: template, relative to the base URL.
        errors: the errors that its document names for it.
        status: HTTP status of a success; 200 where the document shows only the body.
    """

    provider: str
    method: str
    path: str
    errors: tuple[str, ...] = ()
    status: int = 200

    def __str__(self) -> str:
        return f"{self.provider}: {self.method} {self.path}"

    def is_at(self, provider: str, method: str, path: str) -> bool:
        """Whether this is the endpoint; parameters of ``path`` may have other names."""
        theirs, ours = (re.sub(r"\{\w+\}", "{}", template) for template in (path, self.path))
        return (provider, method, theirs) == (self.provider, self.method, ours)


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
    Endpoint("smsgang", "POST", "/api/webhooks/whatsapp/status"),
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


def endpoint_of(provider: str, method: str, path: str) -> Endpoint | None:
    """The documented endpoint that a request of a transcript goes to, if there is one."""
    return next((each for each in ENDPOINTS if each.is_at(provider, method, path)), None)
