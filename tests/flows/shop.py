"""A provider with many customers, for tests in which flows of several processes are interleaved.

Like ``counter.py`` it speaks the sandbox dialect's documented JSON; here every sale has messages
and a fate of its own, and the books can be compared with a ledger's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from tests.flows.counter import iso, refusal

Mishap = Literal["lost", "unreachable", "broken", "sold out"]
LIFETIME_S = 1200.0


@dataclass(slots=True)
class Sale:
    """A number sold under an idempotency key."""

    key: str
    id: str
    price: str
    expires_at: float
    cancel_not_before: float
    texts: int = 0
    cancelled: bool = False

    def state(self, now: float) -> str:
        """The dialect's word for it."""
        if self.cancelled:
            return "cancelled"
        if self.texts:
            return "received"
        return "expired" if now >= self.expires_at else "pending"


@dataclass(slots=True)
class Shop:
    """The provider.

    Attributes:
        asked: what an offer says; what is charged may be less.
        hold_s: how long after a purchase a cancel is refused.
        mishaps: what happens to the next requests, first come first served.
        sales: by idempotency key.
    """

    asked: str = "0.30"
    charged: str = "0.30"
    hold_s: float = 0.0
    mishaps: deque[Mishap] = field(default_factory=deque)
    sales: dict[str, Sale] = field(default_factory=dict)

    def __call__(self, request: httpx.Request, now: float) -> httpx.Response:
        """The answer to a request, or what the transport raises."""
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap == "unreachable":
            raise httpx.ConnectError("refused")
        if mishap == "broken":
            return httpx.Response(503)
        buys = request.method == "POST" and request.url.path.endswith("/activations")
        if mishap == "sold out" and buys:
            return refusal("out_of_stock")
        answer = self._answer(request, now)
        if mishap == "lost":
            raise httpx.ReadTimeout("lost")
        return answer

    def _answer(self, request: httpx.Request, now: float) -> httpx.Response:
        path = request.url.path
        if path.endswith("/offers"):
            offer = {"price": self.asked, "currency": "USD", "stock": 9}
            return httpx.Response(200, json={"offers": [offer]})
        if path.endswith("/activations"):
            if request.method == "POST":
                sale = self._sell(request.headers["Idempotency-Key"], now)
                return httpx.Response(201, json=_shown(sale, now))
            known = self.sales.get(request.url.params["idempotency_key"])
            shown = [_shown(known, now)] if known else []
            return httpx.Response(200, json={"activations": shown})
        if path.endswith("/cancel"):
            return self._cancel(self._sale(path.split("/")[-2]), now)
        return httpx.Response(200, json=_shown(self._sale(path.split("/")[-1]), now))

    def _sell(self, key: str, now: float) -> Sale:
        return self.sales.setdefault(
            key,
            Sale(
                key,
                f"act-{len(self.sales) + 1}",
                self.charged,
                expires_at=now + LIFETIME_S,
                cancel_not_before=now + self.hold_s,
            ),
        )

    def _cancel(self, sale: Sale, now: float) -> httpx.Response:
        if sale.texts:
            return refusal("message_arrived")
        if not sale.cancelled and now >= sale.expires_at:
            return refusal("expired")
        if now < sale.cancel_not_before:
            return refusal("too_early", retry_at=iso(sale.cancel_not_before))
        sale.cancelled = True
        return httpx.Response(200, json=_shown(sale, now))

    def _sale(self, activation: str) -> Sale:
        return next(sale for sale in self.sales.values() if sale.id == activation)


def _shown(sale: Sale, now: float) -> dict[str, Any]:
    return {
        "id": sale.id,
        "state": sale.state(now),
        "number": "+12025550123",
        "price": sale.price,
        "currency": "USD",
        "expires_at": iso(sale.expires_at),
        "cancel_not_before": iso(sale.cancel_not_before),
        "messages": [
            {"id": f"{sale.id}-{n}", "from": "Shop", "text": "Your code is 123456"}
            for n in range(sale.texts)
        ],
    }
