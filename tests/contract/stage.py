"""Makes the ``given`` of a transcript true in a sandbox, and sends the transcript's request.

What a customer can do is done through the dialect itself, the rest through the control API. The
sandbox's time must stand still, or a limit of ten requests a second is none on a slow machine.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from tests.contract.customs import CUSTOMS, SMSCODE, SMSGANG
from tests.contract.exchange import Answer
from tests.sandbox.dialects.customer import Customer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pytest_otp.sandbox.handle import Sandbox
    from tests.contract.customs import Purchase
    from tests.contract.exact_json import Json
    from tests.contract.exchange import Step, Transcript
    from tests.sandbox.dialects.customer import Reply

# Longer than any dialect's activation waits for a message.
_WINDOW_S = 60 * 60
_TOKEN_LIFE_S = 2 * 60 * 60
_HANDING_OVER_S = 60
# More than any dialect's limit of requests.
_MANY = 1000


class Stage:
    """One transcript's account in a sandbox.

    Args:
        sandbox: one whose time stands still.
        transcript: what will be asked.

    Attributes:
        ids: the server's values for the transcript's ids, as far as they are known.
    """

    def __init__(self, sandbox: Sandbox, transcript: Transcript) -> None:
        self.ids: dict[str, Json] = {}
        self._sandbox = sandbox
        self._transcript = transcript
        self._customs = CUSTOMS[transcript.provider]
        self._numbers: dict[str, str] = {}
        self._stack = ExitStack()
        self._customer = self._new_customer()
        # Sends what the transcript says, and no key of its own.
        self._wire = self._stack.enter_context(Customer(sandbox, transcript.provider, {}))
        self._secrets = self._customs.secrets(self._customer)

    def _new_customer(self) -> Customer:
        customer = Customer(self._sandbox, self._transcript.provider, self._customs.auth)
        return self._stack.enter_context(customer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def prepare(self) -> None:
        """Do every step of ``given``."""
        for step in self._transcript.given:
            self._do(step)

    def send(self) -> Answer:
        """Send the transcript's request."""
        reply = self._send()
        return Answer(status=reply.status, headers=reply.headers, body=reply.text.encode())

    def _send(self) -> Reply:
        sent = self._transcript.to_send(self.ids, self._secrets)
        return self._wire.ask(
            sent.method, sent.path, sent.body, headers=sent.headers, query=dict(sent.query)
        )

    def _do(self, step: Step) -> None:
        steps: dict[str, Callable[[Any], None]] = {
            "key": self._key,
            "balance": self._balance,
            "offer": self._offer,
            "activation": self._activation,
            "message": self._message,
            "cancelled": self._cancelled,
            "window_closed": self._window_closed,
            "rental_offer": self._rental_offer,
            "rental": self._rental,
            "template": self._template,
            "notification": self._notification,
            "callback": self._callback,
            "send_in_progress": self._send_in_progress,
            "api_key": self._api_key,
            "earlier_requests": self._earlier_requests,
            "limit_reached": self._limit_reached,
        }
        steps[step.word](step.details)

    # The account

    def _key(self, state: str) -> None:
        if state == "revoked":
            self._sandbox.revoke_key(self._customer.key, dialect=self._customer.dialect)
        else:
            self._sandbox.advance(_TOKEN_LIFE_S)

    def _balance(self, money: str) -> None:
        customer = self._customer
        self._sandbox.set_balance(customer.key, money, dialect=customer.dialect)

    def _api_key(self, wanted: dict[str, str]) -> None:
        self.ids[wanted["as"]] = SMSGANG.make_key(self._customer, wanted["name"])

    def _earlier_requests(self, count: int) -> None:
        for _ in range(count):
            assert self._send().status < 300

    def _limit_reached(self, _: object) -> None:
        assert any(self._send().status == 429 for _ in range(_MANY)), "there is no limit"

    # What is for sale, and what was bought

    def _offer(self, offer: dict[str, Any]) -> None:
        self._terms(offer, offer["service"])
        if "as" in offer:
            product = SMSCODE.product(self._customer, offer["service"], offer["country"])
            self.ids[offer["as"]] = product

    def _rental_offer(self, offer: dict[str, Any]) -> None:
        self._terms(offer, "rental")

    def _terms(self, offer: dict[str, Any], service: str) -> None:
        country, account = offer["country"], self._customer.key
        if "price" in offer:
            self._sandbox.set_price(
                offer["price"], service=service, country=country, account=account
            )
        if "stock" in offer:
            self._sandbox.set_stock(
                offer["stock"], service=service, country=country, account=account
            )

    def _activation(self, wish: dict[str, Any]) -> None:
        customer = self._new_customer() if "account" in wish else self._customer
        key = wish.get("idempotency_key", str(uuid4()))
        for _ in range(wish.get("times", 1)):
            bought = self._customs.buy(customer, wish["service"], wish["country"], key)
        self._remember(wish["as"], bought)

    def _rental(self, wish: dict[str, Any]) -> None:
        assert wish["months"] == 1, "a monthly number is bought for a month"
        self._remember(wish["as"], SMSGANG.rent(self._customer, wish["country"]))

    def _remember(self, name: str, bought: Purchase) -> None:
        self.ids[name] = bought.id
        self._numbers[name] = bought.number

    def _message(self, sms: dict[str, str]) -> None:
        self._sandbox.deliver(self._numbers[sms["to"]], sms["text"], sms.get("from", "Sandbox"))

    def _cancelled(self, name: str) -> None:
        self._customs.cancel(self._customer, self.ids[name])

    def _window_closed(self, _: str) -> None:
        self._sandbox.advance(_WINDOW_S)

    # Notifications

    def _template(self, wanted: dict[str, Any]) -> None:
        self.ids[wanted["as"]] = 1 if wanted["approved"] else 2

    def _notification(self, wanted: dict[str, str]) -> None:
        template = self.ids[wanted["template"]]
        sent = SMSGANG.notify(self._customer, template, wanted["to"])
        self.ids[wanted["as"]], self.ids[wanted["message_as"]] = sent

    def _callback(self, report: dict[str, str]) -> None:
        SMSGANG.call_back(self._customer, self.ids[report["message"]], report["status"])

    def _send_in_progress(self, wanted: dict[str, str]) -> None:
        threads = self._stack.enter_context(ThreadPoolExecutor())
        self._sandbox.set_latency(_HANDING_OVER_S)
        self._stack.callback(self._sandbox.advance, _HANDING_OVER_S)
        self._stack.callback(self._sandbox.set_latency, 0)
        under_way = threads.submit(
            SMSGANG.notify, self._customer, self.ids[wanted["template"]], wanted["to"]
        )
        key = self._customer.key
        while self._sandbox.wallet(key, dialect="smsgang").held.amount == 0:
            assert not under_way.done()
