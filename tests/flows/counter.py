"""A provider behind a counter: a script of what happens when, for flow tests.

Not a mock of ours: it speaks the sandbox dialect's documented JSON to the real client flows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx


def iso(at: float) -> str:
    """A moment as the wire has it."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Counter:
    """Sells one number at a time and delivers texts at set moments.

    Attributes:
        texts: (moment, text) of every SMS that will arrive.
        sold: idempotency key -> activation id.
        fail: path suffix -> what to raise or answer, first come first served.
    """

    texts: list[tuple[float, str]] = field(default_factory=list)
    price: str = "0.10"
    stock: int = 5
    cancel_not_before: float | None = None
    expires_at: float = 1_800_000_000.0
    sold: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    fail: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)

    def __call__(self, request: httpx.Request, now: float) -> httpx.Response:
        """The provider's answer to a request that arrives at ``now``."""
        path = request.url.path
        for suffix, script in self.fail.items():
            if f"{request.method} {path}".endswith(suffix) and script:
                outcome = script.pop(0)
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome
        if path.endswith("/offers"):
            offer = {"price": self.price, "currency": "USD", "stock": self.stock}
            return httpx.Response(200, json={"offers": [offer]})
        if request.method == "POST" and path.endswith("/activations"):
            return self._buy(request, now)
        if path.endswith("/activations"):
            sold = self.sold.get(request.url.params["idempotency_key"])
            found = [self._activation(sold, now)] if sold else []
            return httpx.Response(200, json={"activations": found})
        if path.endswith("/cancel"):
            return self._cancel(path.split("/")[-2], now)
        return self._read(path.split("/")[-1], request, now)

    def _read(self, activation: str, request: httpx.Request, now: float) -> httpx.Response:
        """Long-poll: hold the answer back until a text, the end, or the patience of the client."""
        known, end = int(request.url.params["after"]), now + float(request.url.params["wait"])
        if len(self._messages(now)) <= known:
            end = min([end, self.expires_at, *(at for at, _ in self.texts if at > now)])
        else:
            end = now
        took = max(0.0, end - now)
        body = self._activation(activation, now + took)
        return httpx.Response(200, json=body, extensions={"took_s": took})

    def _buy(self, request: httpx.Request, now: float) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        json.loads(request.content)
        activation = self.sold.setdefault(key, f"act-{len(self.sold) + 1}")
        return httpx.Response(201, json=self._activation(activation, now))

    def _cancel(self, activation: str, now: float) -> httpx.Response:
        if self.cancel_not_before is not None and now < self.cancel_not_before:
            return refusal("too_early", retry_at=iso(self.cancel_not_before))
        if self._messages(now):
            return refusal("message_arrived")
        self.cancelled.add(activation)
        return httpx.Response(200, json=self._activation(activation, now))

    def _activation(self, activation: str, now: float) -> dict[str, Any]:
        messages = self._messages(now)
        state = "received" if messages else "pending"
        if activation in self.cancelled:
            state = "cancelled"
        elif now >= self.expires_at:
            state = "expired"
        return {
            "id": activation,
            "state": state,
            "number": "+12025550123",
            "price": self.price,
            "currency": "USD",
            "expires_at": iso(self.expires_at),
            "cancel_not_before": None,
            "messages": messages,
        }

    def _messages(self, now: float) -> list[dict[str, str]]:
        return [
            {"id": f"m{index}", "from": "Shop", "text": text, "received_at": iso(at)}
            for index, (at, text) in enumerate(self.texts)
            if at <= now
        ]


def refusal(code: str, **more: str) -> httpx.Response:
    """The sandbox dialect's error body."""
    return httpx.Response(409, json={"error": {"code": code, "message": "no", **more}})
