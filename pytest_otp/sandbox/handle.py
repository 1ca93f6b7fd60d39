"""What the fixture ``otp_sandbox`` gives to a test: the control API as plain calls.

It speaks HTTP even to a sandbox in its own process: under xdist, and with ``--otp-sandbox-url``,
the sandbox is elsewhere, and a test must not notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from pytest_otp.errors import SandboxError, SandboxUnreachable
from pytest_otp.models import Money

if TYPE_CHECKING:
    from types import TracebackType

_TIMEOUT_S: Final = 10.0
# As the control API names itself; written out here because this side may be another version.
_IDENTITY: Final = "pytest-otp"


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """An SMS that arrived in the sandbox, for whomever.

    Attributes:
        to: E.164.
        via: the gateway, or ``control``.
        activation: id of the activation that held the number; None if nobody did.
    """

    id: str
    to: str
    sender: str
    text: str
    via: str
    received_at: datetime
    activation: int | None


@dataclass(frozen=True, slots=True)
class SandboxActivation:
    """A number that the sandbox sold.

    Attributes:
        state: pending, received, cancelled, expired or finished.
        messages: how many arrived.
    """

    id: int
    dialect: str
    account: str
    state: str
    service: str
    country: str
    number: str
    price: Money
    refunded: bool
    idempotency_key: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class SandboxMovement:
    """A line of a wallet's books: deposit, withdrawal, hold, charge or refund."""

    at: datetime
    kind: str
    amount: Money
    activation: int | None


@dataclass(frozen=True, slots=True)
class SandboxWallet:
    """The truth about an account's money."""

    dialect: str
    account: str
    available: Money
    held: Money
    journal: tuple[SandboxMovement, ...]

    @property
    def charged(self) -> Money:
        """What was paid for good."""
        total = self.held - self.held
        for movement in self.journal:
            if movement.kind == "charge":
                total += movement.amount
        return total


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
        # Proxies from the environment have no business between a test and its sandbox.
        self._client = httpx.Client(
            base_url=f"{self.url}/_sandbox/", timeout=_TIMEOUT_S, trust_env=False
        )
        try:
            self.seed: int = self._identify()
        except BaseException:
            self.close()
            raise

    def _identify(self) -> int:
        setting = f"otp_sandbox_url = {self.url}"
        remedy = "start one with 'pytest-otp sandbox', or leave the setting out"
        try:
            answer = self._client.get("health").json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SandboxUnreachable(
                f"{setting}: nothing answers there ({type(error).__name__}); {remedy}"
            ) from None
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or answer.get("sandbox") != _IDENTITY:
            raise SandboxUnreachable(f"{setting}: what answers there is no sandbox; {remedy}")
        return int(answer["seed"])

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
        found = self._ask("GET", "messages", to=to)["messages"]
        return [_message(shown) for shown in found]

    def latest(self, to: str | None = None) -> SandboxMessage | None:
        """What arrived last, if anything did."""
        shown = self._ask("GET", "messages/latest", to=to)["message"]
        return _message(shown) if shown else None

    def set_latency(self, median_s: float, p95_s: float | None = None) -> None:
        """Let every message that an application sends take this long, log-normally spread."""
        wish = {"median_s": median_s, "p95_s": median_s if p95_s is None else p95_s}
        self._ask("PUT", "carrier", wish)

    # Time

    def now(self) -> datetime:
        """The sandbox's moment."""
        return datetime.fromisoformat(self._ask("GET", "clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Move the sandbox's clock forward; what falls due on the way happens.

        Returns:
            The sandbox's moment.
        """
        answer = self._ask("POST", "clock", {"advance_s": seconds})
        return datetime.fromisoformat(answer["now"])

    # Money

    def activations(self, account: str | None = None) -> list[SandboxActivation]:
        """Every number sold, over all accounts or of one."""
        found = self._ask("GET", "activations", account=account)["activations"]
        return [_activation(shown) for shown in found]

    def wallets(self) -> list[SandboxWallet]:
        """Every account's money."""
        return [_wallet(shown) for shown in self._ask("GET", "wallets")["wallets"]]

    def wallet(self, account: str, *, dialect: str = "sandbox") -> SandboxWallet:
        """One account's money.

        Args:
            account: the key that opened it.
            dialect: the provider whose API it was used with.

        Raises:
            SandboxError: no such account was opened.
        """
        return _wallet(self._ask("GET", "wallet", account=account, dialect=dialect))

    def set_balance(
        self, account: str, available: str | Money, *, dialect: str = "sandbox"
    ) -> SandboxWallet:
        """Deposit or withdraw until so much is available, as in ``"0.05 USD"``."""
        wish = {"account": account, "available": str(available), "dialect": dialect}
        return _wallet(self._ask("PUT", "wallet", wish))

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
        account: str | None = None,
        dialect: str | None = None,
    ) -> None:
        """Leave so many numbers for sale, where the arguments say; None means everywhere."""
        self._change(
            stock=count, service=service, country=country, account=account, dialect=dialect
        )

    def set_price(
        self,
        price: str | Money,
        *,
        service: str | None = None,
        country: str | None = None,
        account: str | None = None,
        dialect: str | None = None,
    ) -> None:
        """Sell at this price, where the dialect's currency is the price's."""
        self._change(
            price=str(price), service=service, country=country, account=account, dialect=dialect
        )

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

    def fault(self, *, seed: int | None = None, **fields: object) -> None:
        """Let requests go wrong.

        Args:
            seed: where chance comes from; the sandbox's seed by default.
            **fields: those of `pytest_otp.sandbox.faults.Fault`, as in
                ``fault(path="/sandbox/activations", drop="after", times=1)``.

        Raises:
            SandboxError: the sandbox cannot read it; the text says why.
        """
        self._ask("POST", "faults", {"script": [fields], "seed": seed})

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
                method, path, params=params, json=body if body is not None else None
            )
        except httpx.HTTPError as error:
            raise SandboxUnreachable(
                f"the sandbox at {self.url} does not answer any more ({type(error).__name__})"
            ) from None
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise SandboxError(f"the sandbox refused {method} {path}: {answer['error']}")
        return answer


def _message(shown: dict[str, Any]) -> SandboxMessage:
    holder = shown["activation"]
    return SandboxMessage(
        id=shown["id"],
        to=shown["to"],
        sender=shown["from"],
        text=shown["text"],
        via=shown["via"],
        received_at=datetime.fromisoformat(shown["received_at"]),
        activation=holder["id"] if holder else None,
    )


def _activation(shown: dict[str, Any]) -> SandboxActivation:
    return SandboxActivation(
        id=shown["id"],
        dialect=shown["dialect"],
        account=shown["account"],
        state=shown["state"],
        service=shown["service"],
        country=shown["country"],
        number=shown["number"],
        price=Money.parse(shown["price"]),
        refunded=shown["refunded"],
        idempotency_key=shown["idempotency_key"],
        messages=shown["messages"],
    )


def _wallet(shown: dict[str, Any]) -> SandboxWallet:
    return SandboxWallet(
        dialect=shown["dialect"],
        account=shown["account"],
        available=Money.parse(shown["available"]),
        held=Money.parse(shown["held"]),
        journal=tuple(
            SandboxMovement(
                at=datetime.fromisoformat(line["at"]),
                kind=line["kind"],
                amount=Money.parse(line["amount"]),
                activation=line["activation"],
            )
            for line in shown["journal"]
        ),
    )
