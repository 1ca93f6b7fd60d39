"""The transcripts are well-formed, complete, and able to fail whoever they judge."""

from __future__ import annotations

import urllib.parse
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract.endpoints import DOCUMENTS, ENDPOINTS, EVERYWHERE, endpoint_of, uncovered
from tests.contract.exact_json import dump, parse
from tests.contract.exchange import filled
from tests.contract.replay import request_differences, response_differences
from tests.contract.transcripts import FOLDER, MalformedError, load, load_all, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.endpoints import Endpoint
    from tests.contract.exact_json import Json
    from tests.contract.exchange import Transcript

_FILES = sorted(FOLDER.rglob("*.json"))
_SECRETS = {"key": "k-4711", "token": "t-4711", "client": "aWQ6c2VjcmV0"}


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(params=_FILES, ids=_name)
def transcript(request: pytest.FixtureRequest) -> Transcript:
    """Each transcript in turn; a malformed file fails its own tests and no others."""
    path: Path = request.param
    return load(path)


@pytest.mark.parametrize("path", _FILES, ids=_name)
def test_a_file_is_well_formed(path: Path) -> None:
    """The file keeps every rule of the format."""
    assert str(load(path)) == _name(path)


def test_each_document_has_its_folder() -> None:
    """The folders are the providers."""
    assert {path.parent.name for path in _FILES} == DOCUMENTS.keys()


def test_transcripts_are_chosen_by_provider_and_side() -> None:
    """A replay gets the transcripts that it can use, and no others."""
    chosen = load_all("smsgang", "client")
    assert {each.provider for each in chosen} == {"smsgang"}
    assert {each.name for each in load_all("smsgang", "dialect")} - {each.name for each in chosen}


def test_everything_documented_has_a_transcript() -> None:
    """Each endpoint has a success, and each documented error an exchange, for both sides."""
    assert uncovered(load_all()) == []


@pytest.mark.parametrize(
    ("endpoint", "case"),
    [(endpoint, case) for endpoint in ENDPOINTS for case in ("success", *endpoint.errors)],
    ids=str,
)
def test_a_missing_transcript_is_noticed(endpoint: Endpoint, case: str) -> None:
    """Without its transcripts, the endpoint's case is reported for each side that it has."""
    rest = [t for t in load_all() if (endpoint_of(t), t.case) != (endpoint, case)]
    missing = [gap for gap in uncovered(rest) if gap.startswith(f"{endpoint} ")]
    sides = ["dialect"] if endpoint.inbound else ["client", "dialect"]
    assert missing == [f"{endpoint} has no transcript of {case} for a {side}" for side in sides]


@pytest.mark.parametrize("provider", DOCUMENTS)
def test_a_missing_error_of_the_whole_api_is_noticed(provider: str) -> None:
    """Errors that are documented for no endpoint in particular are asked for too."""
    for case in EVERYWHERE[provider]:
        rest = [t for t in load_all() if (t.provider, t.case) != (provider, case)]
        assert f"{provider} has no transcript of {case} for a client" in uncovered(rest)


def test_the_recorded_exchange_passes(transcript: Transcript) -> None:
    """A client that sends the recorded request, and a server that answers so, are right."""
    sent = transcript.to_send({}, _SECRETS)
    assert request_differences(transcript, sent, _SECRETS) == []
    assert response_differences(transcript, transcript.response.answer, {}) == []


def test_a_wrong_request_is_noticed(transcript: Transcript) -> None:
    """Another method, path, query, header or body than the document's is told."""
    sent = transcript.to_send({}, _SECRETS)
    wrong = [
        replace(sent, method="PUT"),
        replace(sent, path=sent.path + "/"),
        replace(sent, query=(*sent.query, ("page", "1"))),
        replace(sent, query=(("page", "1"), *sent.query[1:])),
        replace(sent, body=sent.body + b"x"),
    ]
    for name, value in sent.headers.items():
        others = {each: text for each, text in sent.headers.items() if each != name}
        wrong += [replace(sent, headers=others), replace(sent, headers={**others, name: "x"})]
        assert not request_differences(
            transcript, replace(sent, headers={**others, name.upper(): value}), _SECRETS
        )
    if transcript.request.form is not None:
        wrong.append(replace(sent, body=sent.body + b"&" + sent.body))
        wrong.append(replace(sent, body=urllib.parse.urlencode({"grant_type": "x"}).encode()))
    elif sent.body:
        wrong += [
            replace(sent, body=dump(each).encode()) for each in _spoiled(parse(sent.body), None)
        ]
        wrong.append(replace(sent, body=b""))
    for each in wrong:
        assert request_differences(transcript, each, _SECRETS), each


def test_a_wrong_answer_is_noticed(transcript: Transcript) -> None:
    """Another status, a missing header, and each spoiled part of the body are told."""
    answer = transcript.response.answer
    wrong = [
        replace(answer, status=500),
        replace(answer, headers={}),
        replace(answer, headers={**answer.headers, "Content-Type": "text/html"}),
        replace(answer, body=b""),
        replace(answer, body=b"<html>"),
    ]
    if transcript.response.body_shape != "$any":
        spoiled = _spoiled(transcript.response.body, transcript.response.body_shape)
        wrong += [replace(answer, body=dump(each).encode()) for each in spoiled]
    for each in wrong:
        ids = dict(transcript.ids)
        assert response_differences(transcript, each, ids), each


def test_ids_that_the_server_made_are_sent() -> None:
    """The path, and the body's placeholders, take the ids that ``given`` made."""
    cancel = load(FOLDER / "smscode" / "cancel.json").to_send({"order": "ord/7 ä"}, _SECRETS)
    assert cancel.path == "/orders/ord%2F7%20%C3%A4/cancel"
    order = load(FOLDER / "smscode" / "buy.json").to_send({"product": 99}, _SECRETS)
    assert parse(order.body) == {"product_id": 99}


def test_ids_are_filled_at_any_depth() -> None:
    """Optional members are left out, and placeholders replaced inside lists too."""
    shape: Json = {"of": ["$id:order", {"at": "$id:order"}], "reuse?": False}
    assert filled(shape, {"order": 7}) == {"of": [7, {"at": 7}]}


def test_a_secret_that_is_not_given_is_an_error() -> None:
    """A request is never sent with a placeholder for a key."""
    with pytest.raises(KeyError, match="token"):
        load(FOLDER / "dogesms" / "buy.json").to_send({}, {"key": "k-4711"})


_GOOD = (FOLDER / "smscode" / "buy.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"operation": "buy"', '"operation": "buy", "operation": "buy"', "stands twice"),
        ('"operation": "buy"', '"operatoin": "buy"', "file.operation: is missing"),
        ('"operation": "buy"', '"operation": "cancel"', "the name of the file must begin with"),
        ('"case": "success"', '"case": "SOLD_OUT"', "200 is not that of 'SOLD_OUT'"),
        ('"document": "Getting', '"document": "Not getting', "smscode's document is 'Getting"),
        ('"path": "/orders"', '"path": "/order"', "POST /order is no documented endpoint"),
        ('"status": 200', '"status": 201', "a success of smscode: POST /orders has 200"),
        ('"ids": {', '"not_stated": ["response.body.data.x"], "ids": {', "there is no response.b"),
        ('"ids": {', '"not_stated": ["shape"], "ids": {', "not_stated: there is no shape"),
        ('"ids": {', '"not_stated": ["response.status.x"], "ids": {', "no response.status.x"),
        ('{"product": 42, ', "{", "arguments: $id:product has no recorded value in ids"),
        ('"as": "product"', '"as": "it"', "given.offer: it has no recorded value in ids"),
        (
            '_id": "$id:product"',
            '_id": "$id:it"',
            "request and shape: $id:it has no recorded value",
        ),
        ('{"balance": ', '{"blance": ', "given: blance is no word; there are key, balance"),
        ('"150000 IDR"', '"Rp150000"', 'given.balance: expected "$money"'),
        ('{"balance": "150000 IDR"}', '{"balance": "1 IDR", "key": "revoked"}', "is not one step"),
        ('{"balance": "150000 IDR"}', '{"cancelled": "order"}', "no earlier step made order"),
        ('"Bearer $key"', '"Bearer $secret"', "$secret is none of client, key, token, uuid"),
        ('"status": "WAITING",', '"status": "$string",', "a recording has no placeholders"),
        ('"$e164"', '"$e165"', "$e165 is no placeholder"),
        ('"+628123456789",', '"0812",', 'its shape: body.data.phone_number: expected "$e164"'),
        ('"activation": {\n', '"error": {"code": "no"}, "a": {\n', "one outcome has one kind"),
        (
            '"expect": {\n    "activation"',
            '"expect": {\n    "error"',
            "None is no code of pytest_otp",
        ),
        ('"ids": {', '"judges": ["dialect"], "ids": {', "expect: must be there if and only if"),
        ('"ids": {', '"judges": ["client"], "ids": {', "given: is of no use where no dialect"),
    ],
)
def test_a_malformed_file_is_refused(old: str, new: str, fault: str) -> None:
    """What is wrong in a file is told before anything is judged by it."""
    assert old in _GOOD
    with pytest.raises(MalformedError) as refusal:
        read("smscode", "buy", _GOOD.replace(old, new))
    assert fault in str(refusal.value)


def _spoiled(value: Json, shape: Json) -> Iterator[Json]:
    """``value`` with one part changed in type, added or left out if it must be there."""
    yield [value] if isinstance(value, dict) else {"spoiled": value}
    if isinstance(value, dict):
        shapes = shape if isinstance(shape, dict) else {}
        yield {**value, "spoiled": 1}
        for key, member in value.items():
            if f"{key}?" not in shapes:
                yield {name: each for name, each in value.items() if name != key}
            inner = shapes.get(key, shapes.get(f"{key}?"))
            yield from ({**value, key: each} for each in _spoiled(member, inner))
    if isinstance(value, list):
        yield []
        for index, item in enumerate(value):
            rest = value[:index], value[index + 1 :]
            yield from ([*rest[0], each, *rest[1]] for each in _spoiled(item, None))
