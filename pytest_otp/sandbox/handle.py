"""What the fixture ``otp_sandbox`` gives to a test: the control API as plain calls.

It speaks HTTP even to a sandbox in its own process: under xdist, and with ``--otp-sandbox-url``,
the sandbox is elsewhere, and a test must not notice.
"""

from __future__ import annotations

import ssl
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import httpx

from pytest_otp.errors import SandboxError, SandboxUnreachable
from pytest_otp.sandbox.views import (
    SandboxActivation,
    SandboxMessage,
    SandboxRental,
    SandboxWallet,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pytest_otp.models import Money

# For every function here: what is raised is shown in the test's own line.
__tracebackhide__ = True
_TIMEOUT_S: Final = 10.0
# As the control API names itself; written out here because this side may be another version.
_IDENTITY: Final = "pytest-otp"


class Sandbox:
    """A running sandbox.

    Args:
        url: where it answers.

    Raises:
        SandboxUnreachable: nothing answers there, or something else does.

    Attributes:
        url: without a slash at its end.
        seed: start a sandbox with this seed to repeat this one.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        setting = f"otp_sandbox_url = {self.url}"
        remedy = "start one with 'pytest-otp sandbox', or leave the setting out"
        # Proxies from the environment have no business between a test and its sandbox, and plain
        # HTTP has no use for certificates, whose loading costs more than all else here.
        plain = self.url.startswith("http://")
        self._client = httpx.Client(
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
        )
        try:
            seed = self._seed()
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # The last is what the codec of host names raises, for one as "a..b".
            self.close()
            raise SandboxUnreachable(
                f"{setting}: nothing answers there ({type(error).__name__}); {remedy}"
            ) from None
        if seed is None:
            self.close()
            raise SandboxUnreachable(f"{setting}: what answers there is no sandbox; {remedy}")
        self.seed = seed

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>"

    def _seed(self) -> int | None:
        """What the sandbox says of itself; None if it is none."""
        answer = _json(self._client.get(f"{self.url}/_sandbox/health"))
        seed = answer.get("seed")
        return seed if answer.get("sandbox") == _IDENTITY and isinstance(seed, int) else None

    # Addresses

    @property
    def inbox_url(self) -> str:
        """The page that shows messages as they arrive."""
        return f"{self.url}/"

    def gateway_url(self, name: str = "plain") -> str:
        """What to give the application under test as its SMS gateway."""
        return f"{self.url}/gateway/{name}"

    # Messages

    def deliver(self, to: str, text: str, sender: str = "Sandbox", *, delay_s: float = 0.0) -> str:
        """Send an SMS to any number, as if an application had.

        Args:
            to: E.164.
            text: not empty.
            sender: what the phone would show.
            delay_s: time under way, by the sandbox's clock.

        Returns:
            The message's id.

        Raises:
            SandboxError: the sandbox refused; the text says why.
        """
        sms = {"to": to, "text": text, "from": sender, "delay_s": delay_s}
        return str(self._ask("POST", "messages", sms)["id"])

    def messages(self, to: str | None = None) -> list[SandboxMessage]:
        """What arrived, oldest first; also for numbers that nobody held."""
        # Chosen here: a query would be part of the URL, and httpx logs URLs.
        found = map(SandboxMessage.read, self._ask("GET", "messages")["messages"])
        return [message for message in found if to in {None, message.to}]

    def latest(self, to: str | None = None) -> SandboxMessage | None:
        """What arrived last, if anything did."""
        return next(reversed(self.messages(to)), None)

    def set_latency(self, median_s: float, p95_s: float | None = None) -> None:
        """Let every message that an application sends take this long, log-normally spread."""
        wish = {"median_s": median_s, "p95_s": median_s if p95_s is None else p95_s}
        self._ask("PUT", "carrier", wish)

    # Time

    def now(self) -> datetime:
        """The sandbox's moment."""
        return datetime.fromisoformat(self._ask("GET", "clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Move the clock forward, for everybody in the sandbox; what falls due happens.

        Returns:
            The sandbox's moment.
        """
        answer = self._ask("POST", "clock", {"advance_s": seconds})
        return datetime.fromisoformat(answer["now"])

    # Money

    def activations(self, account: str | None = None) -> list[SandboxActivation]:
        """Every number sold, over all accounts or of one."""
        found = self._ask("GET", "activations", account=account)["activations"]
        return [SandboxActivation.read(shown) for shown in found]

    def rentals(self, account: str | None = None) -> list[SandboxRental]:
        """Every number rented out, over all accounts or of one."""
        found = self._ask("GET", "rentals", account=account)["rentals"]
        return [SandboxRental.read(shown) for shown in found]

    def wallets(self) -> list[SandboxWallet]:
        """Every account's money."""
        return [SandboxWallet.read(shown) for shown in self._ask("GET", "wallets")["wallets"]]

    def wallet(self, account: str, *, dialect: str = "sandbox") -> SandboxWallet:
        """One account's money.

        Args:
            account: the key that opened it.
            dialect: the provider whose API it was used with.

        Raises:
            SandboxError: no such account was opened.
        """
        return SandboxWallet.read(self._ask("GET", "wallet", account=account, dialect=dialect))

    def set_balance(
        self, account: str, available: str | Money, *, dialect: str = "sandbox"
    ) -> SandboxWallet:
        """Deposit or withdraw until so much is available, as in ``"0.05 USD"``."""
        wish = {"account": account, "available": str(available), "dialect": dialect}
        return SandboxWallet.read(self._ask("PUT", "wallet", wish))

    def revoke_key(self, account: str, *, dialect: str = "sandbox") -> None:
        """Refuse the account's key from now on."""
        self._ask("POST", "keys/revoke", {"account": account, "dialect": dialect})

    # Terms

    def set_stock(
        self,
        count: int,
        *,
        service: str | None = None,
        country: str | None = None,
        product: int | None = None,
        account: str | None = None,
        dialect: str | None = None,
    ) -> None:
        """Leave so many numbers for sale, where the arguments say; None means everywhere.

        Args:
            count: numbers left.
            service: slug.
            country: ISO 3166-1 alpha-2.
            product: where a dialect sells several for a service and country, 0 is the first.
            account: the key of the one who sees it.
            dialect: the provider.
        """
        where = {"service": service, "country": country, "product": product}
        self._change(stock=count, account=account, dialect=dialect, **where)

    def set_price(
        self,
        price: str | Money,
        *,
        service: str | None = None,
        country: str | None = None,
        product: int | None = None,
        account: str | None = None,
        dialect: str | None = None,
    ) -> None:
        """Sell at this price, where the dialect's currency is the price's; see `set_stock`."""
        where = {"service": service, "country": country, "product": product}
        self._change(price=str(price), account=account, dialect=dialect, **where)

    def set_cancel_hold(
        self, seconds: float, *, account: str | None = None, dialect: str | None = None
    ) -> None:
        """Refuse cancels for so long after each purchase from now on."""
        self._change(cancel_hold_s=seconds, account=account, dialect=dialect)

    def reset_terms(self, account: str | None = None) -> None:
        """Take back what the ``set_`` calls changed, or only what named this account."""
        self._ask("DELETE", "market", account=account)

    def _change(self, **rule: object) -> None:
        self._ask("POST", "market", rule)

    # Faults

    def fault(
        self,
        *,
        method: str = "*",
        path: str = "*",
        account: str | None = None,
        times: int | None = None,
        probability: float = 1.0,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        retry_after_s: int | None = None,
        delay_s: float | None = None,
        drop: Literal["before", "during", "after"] | None = None,
        reset: bool = False,
        seed: int | None = None,
    ) -> None:
        """Let requests to dialects and gateways go wrong, until `clear_faults`.

        Args:
            method: glob of the requests' method.
            path: glob of the requests' path; ``*`` spans slashes.
            account: only requests that carry this key.
            times: how often it strikes; None for without end.
            probability: share of the fitting requests that it strikes.
            status: answer with this status and leave the operation undone.
            headers: of that answer.
            body: of that answer; a text is sent as it is, anything else as JSON.
            retry_after_s: adds ``Retry-After`` to that answer.
            delay_s: do the operation and hold its answer back so long, by the sandbox's clock.
            drop: cut the connection *before* the operation is done, in the middle of the
                answer, or *after* it is done and instead of the answer.
            reset: cut with a TCP reset where it would be an orderly close.
            seed: where chance comes from; the sandbox's seed by default.

        Raises:
            SandboxError: the fault makes no sense; the text says why.
        """
        fault = {
            "method": method,
            "path": path,
            "account": account,
            "times": times,
            "probability": probability,
            "status": status,
            "headers": headers,
            "body": body,
            "retry_after_s": retry_after_s,
            "delay_s": delay_s,
            "drop": drop,
            "reset": reset,
        }
        self._ask("POST", "faults", {"script": [fault], "seed": seed})

    def fault_hits(self) -> list[int]:
        """How often each fault struck, in the order in which they were added."""
        return [fault["hits"] for fault in self._ask("GET", "faults")["script"]]

    def clear_faults(self, account: str | None = None) -> None:
        """End every fault, or those of one account."""
        self._ask("DELETE", "faults", account=account)

    # The connection

    def close(self) -> None:
        """Close the connection; the sandbox runs on."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self, method: str, path: str, body: object = None, **query: str | None
    ) -> dict[str, Any]:
        params = {name: value for name, value in query.items() if value is not None}
        try:
            response = self._client.request(
                method, f"{self.url}/_sandbox/{path}", params=params, json=body
            )
        except httpx.HTTPError as error:
            raise SandboxUnreachable(
                f"the sandbox at {self.url} does not answer any more ({type(error).__name__})"
            ) from None
        answer = _json(response)
        if response.is_error or not answer:
            reason = answer.get("error", f"HTTP {response.status_code}, and no word why")
            raise SandboxError(f"the sandbox refused {method} {path}: {reason}")
        return answer


def _json(response: httpx.Response) -> dict[str, Any]:
    """The object in the answer; empty where there is none, for anything may answer at a URL."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
