"""Every client speaks as the transcripts have it, and understands what they answer."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_otp import providers
from pytest_otp.drivers import retrying
from pytest_otp.drivers.credentials import Keyring
from pytest_otp.errors import OtpError
from pytest_otp.models import Activation, Offer
from tests.contract.outcomes import outcome_differences
from tests.contract.replay import request_differences
from tests.contract.running import RUNNERS
from tests.contract.transcripts import load_all
from tests.contract.wire import WireServer, response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_otp.core.effects import Flow
    from tests.contract.exchange import Transcript
    from tests.contract.wire import Conversation

SECRETS = {
    "key": "k-4711",
    "token": "t-4711",
    "client": base64.b64encode(b"id-4711:secret-4711").decode(),
}
_TOKEN = json.dumps({"access_token": SECRETS["token"], "expires_in": 7200}).encode()
_BALANCE = json.dumps({"available": 1, "frozen": 0, "currency": "USD"}).encode()
NO_KEY = "00000000-0000-4000-8000-000000000000"

# What an operation of a transcript is called in the kit, where it is not a method of its name.
_CALLS: dict[str, Callable[[Any, dict[str, Any]], Flow[object]]] = {
    "buy": lambda client, a: client.buy(
        _offer(client.name, a),
        a.get("idempotency_key", NO_KEY),
        **{name: a[name] for name in a.keys() & {"reuse"}},
    ),
    "read": lambda client, a: client.read(_activation(a), known=0, wait_s=0.0),
    "cancel": lambda client, a: client.cancel(_activation(a)),
    "monthly_inventory": lambda client, _: client.monthly.inventory(),
    "monthly_purchase": lambda client, a: client.monthly.purchase(**a),
    "monthly_subscriptions": lambda client, _: client.monthly.subscriptions(),
    "monthly_subscription": lambda client, a: client.monthly.subscription(a["subscription"]),
    "monthly_auto_renew": lambda client, a: client.monthly.auto_renew(
        a["subscription"], auto_renew=a["auto_renew"]
    ),
    "monthly_messages": lambda client, a: client.monthly.messages(a["subscription"]),
    "monthly_send": lambda client, a: client.monthly.send(a["subscription"], a["to"], a["text"]),
    "send_notification": lambda client, a: client.notifications.send(**a),
    "notifications": lambda client, _: client.notifications.history(),
    "wallet_transactions": lambda client, _: client.account.wallet_transactions(),
    "wallet_history": lambda client, _: client.account.wallet_history(),
    "transactions": lambda client, _: client.account.transactions(),
    "api_keys": lambda client, _: client.account.api_keys(),
    "create_api_key": lambda client, a: client.account.create_api_key(**a),
    "revoke_api_key": lambda client, a: client.account.revoke_api_key(**a),
}


def _activation(arguments: Mapping[str, Any]) -> Activation:
    return Activation(id=str(arguments["activation"]), number="+16505550101")


def _offer(provider: str, arguments: Mapping[str, Any]) -> Offer:
    product = json.dumps(arguments["product"]) if "product" in arguments else None
    return Offer(provider, arguments["service"], arguments["country"], None, product=product)


def _environment(transcript: Transcript) -> dict[str, str]:
    """The variables that hold the keys which the transcript's request is signed with."""
    signed = " ".join(transcript.request.headers.values())
    if transcript.provider == "dogesms" and "$key" not in signed:
        return {"DOGESMS_CLIENT_ID": "id-4711", "DOGESMS_CLIENT_SECRET": "secret-4711"}
    if transcript.provider == "smsgang":
        return {"SMSGANG_API_KEY": SECRETS["key"], "SMSGANG_TOKEN": SECRETS["token"]}
    return {providers.key_variables(transcript.provider)[0]: SECRETS["key"]}


def replay(transcript: Transcript) -> Callable[[Conversation, int], None]:
    """The transcript's side of the conversation, and of one for a token that comes with it."""

    def behave(conversation: Conversation, _index: int) -> None:
        asked, recorded = conversation.sent.path, transcript.request.path
        if "/oauth/token" in (asked, recorded) and asked != recorded:
            conversation.send(response(200, _TOKEN if asked == "/oauth/token" else _BALANCE))
        else:
            conversation.answer(transcript.response.answer)

    return behave


def outcome(transcript: Transcript, run: Callable[..., object], url: str) -> object:
    """What the client makes of it: what it returns, or the error that it raises."""
    name = transcript.provider
    credential = providers.credentials(name, _environment(transcript), url)
    assert credential is not None
    client: Any = providers.create(name, url)
    arguments = dict(transcript.arguments)
    operation = "balance" if transcript.operation == "token" else transcript.operation
    call = _CALLS.get(operation)
    flow = call(client, arguments) if call else getattr(client, operation)(**arguments)
    try:
        return run(flow, Keyring(credential))
    except OtpError as error:
        return error


@pytest.fixture(autouse=True)
def _one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded 429 is recorded once; that it would be asked again is not judged here."""
    monkeypatch.setattr(retrying, "TRIES", 1)


@pytest.mark.parametrize("run", RUNNERS.values(), ids=RUNNERS.keys())
@pytest.mark.parametrize("transcript", load_all(judged="client"), ids=str)
def test_client_keeps_to_the_transcript(transcript: Transcript, run: Callable[..., object]) -> None:
    """The request is the recorded one, and its answer is understood as the transcript says."""
    with WireServer(replay(transcript)) as server:
        got = outcome(transcript, run, server.url)
    judged = [sent for sent in server.requests if sent.path == _path(transcript)]
    assert judged
    for sent in judged:
        assert not request_differences(transcript, sent, SECRETS)
    if transcript.operation == "token" and transcript.case == "success":
        granted = json.loads(transcript.response.answer.body)
        bearer = server.requests[-1].headers["Authorization"]
        assert bearer == f"Bearer {granted['access_token']}"
    else:
        assert not outcome_differences(transcript, got)


def _path(transcript: Transcript) -> str:
    return transcript.request.filled_path(transcript.ids)
