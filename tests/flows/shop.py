"""A provider with many customers, for tests in which flows of several processes are interleaved.

Like ``counter.py`` it speaks the sandbox dialect's documented JSON; here every sale has messages
and a fate of its own, and the books and the wallet can be compared with a ledger.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import httpx

from tests.flows.counter import iso, refusal

# The answer is lost: after the request was served, without that, or before a purchase is served.
Mishap = Literal["lost", "unserved", "late", "unreachable", "broken", "sold out"]
Kind = Literal["any", "purchase", "cancel"]
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
        lifetime_s: how long a number is held.
        late_s: how long after its request a purchase is served whose client is gone.
        forfeits: a cancel is granted after a message too, for no refund.
        refunds_expired: a number that runs out without a message costs nothing.
        under_way: by idempotency key, when purchases will be served.
        mishaps: what happens to the next requests of a kind, first come first served.
        sales: by idempotency key.
    """

    asked: str = "0.30"
    charged: str = "0.30"
    deposit: str = "100.00"
    hold_s: float = 0.0
    lifetime_s: float = LIFETIME_S
    late_s: float = 1.0
    forfeits: bool = False
    refunds_expired: bool = True
    mishaps: deque[tuple[Kind, Mishap]] = field(default_factory=deque)
    sales: dict[str, Sale] = field(default_factory=dict)
    under_way: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: httpx.Request, now: float) -> httpx.Response:
        """The answer to a request, or what the transport raises."""
        self.catch_up(now)
        mishap = self._mishap(request)
        buys = _kind(request) == "purchase"
        if mishap == "unreachable":
            raise httpx.ConnectError("refused")
        if mishap == "broken":
            return httpx.Response(503)
        if mishap == "sold out" and buys:
            return refusal("out_of_stock")
        if mishap == "late" and buys:
            self.under_way[request.headers["Idempotency-Key"]] = now + self.late_s
        if mishap in {"unserved", "late"}:
            raise httpx.ReadTimeout("lost")
        answer = self._answer(request, now)
        if mishap == "lost":
            raise httpx.ReadTimeout("lost")
        return answer

    def _mishap(self, request: httpx.Request) -> Mishap | None:
        for each in self.mishaps:
            if each[0] in {"any", _kind(request)}:
                self.mishaps.remove(each)
                return each[1]
        return None

    def catch_up(self, now: float) -> None:
        """Serve the purchases that are due by now."""
        for key, due in sorted(self.under_way.items(), key=lambda item: item[1]):
            if due <= now:
                self._sell(key, due)
                del self.under_way[key]

    def kept(self, now: float) -> set[str]:
        """The keys of the sales whose money is not back."""
        return {
            key
            for key, sale in self.sales.items()
            if sale.texts
            or sale.state(now) == "pending"
            or (sale.state(now) == "expired" and not self.refunds_expired)
        }

    def _answer(self, request: httpx.Request, now: float) -> httpx.Response:
        path = request.url.path
        if path.endswith("/balance"):
            paid = sum(Decimal(self.sales[key].price) for key in self.kept(now))
            available = str(Decimal(self.deposit) - paid)
            answer = {"available": available, "held": "0.00", "currency": "USD"}
            return httpx.Response(200, json=answer)
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
                expires_at=now + self.lifetime_s,
                cancel_not_before=now + self.hold_s,
            ),
        )

    def _cancel(self, sale: Sale, now: float) -> httpx.Response:
        if sale.texts and not self.forfeits:
            return refusal("message_arrived")
        if not sale.cancelled and now >= sale.expires_at:
            return refusal("expired")
        if now < sale.cancel_not_before:
            return refusal("too_early", retry_at=iso(sale.cancel_not_before))
        sale.cancelled = True
        return httpx.Response(200, json=_shown(sale, now))

    def _sale(self, activation: str) -> Sale:
        return next(sale for sale in self.sales.values() if sale.id == activation)


def _kind(request: httpx.Request) -> Kind:
    if request.method == "POST":
        return "cancel" if request.url.path.endswith("/cancel") else "purchase"
    return "any"


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
