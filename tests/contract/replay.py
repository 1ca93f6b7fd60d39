"""What a transcript says of a client's request and of a dialect's answer.

Both judgements are lists of sentences, empty when all fits: a test asserts that and shows all of
what is wrong at once.
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from tests.contract.exact_json import dump, parse
from tests.contract.matching import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.contract.exact_json import Json
    from tests.contract.exchange import Answer, Sent, Transcript


def request_differences(
    transcript: Transcript, sent: Sent, secrets: Mapping[str, str]
) -> list[str]:
    """What a client sent that the transcript does not have, or left out.

    Args:
        transcript: the judge.
        sent: what the client sent. Headers that the transcript does not name are free.
        secrets: the values that ``$key``, ``$token`` and ``$client`` had for the client.
    """
    expected, names = transcript.request, dict(transcript.ids)
    path = expected.filled_path(names)
    found = [
        *_literal(expected.method, sent.method, "method"),
        *_literal(path, sent.path, "path"),
        *_fields(expected.query, sent.query, names, "query"),
        *_headers(expected.filled_headers(secrets), sent.headers, names),
    ]
    if expected.form is None:
        return found + _body(expected.body, sent.body, names)
    form = urllib.parse.parse_qsl(sent.body.decode("latin-1"), keep_blank_values=True)
    return found + _fields(expected.form, form, names, "form")


def response_differences(transcript: Transcript, answer: Answer, ids: dict[str, Json]) -> list[str]:
    """Where a dialect's answer does not fit.

    Args:
        transcript: the judge.
        answer: what the dialect answered.
        ids: the ids known so far; those that this answer is the first to name are added.
    """
    expected = transcript.response
    return [
        *differences(expected.status_shape, answer.status, ids, "status"),
        *_headers(expected.header_shapes, answer.headers, ids),
        *_body(expected.body_shape, answer.body, ids),
    ]


def _literal(expected: str, actual: str, where: str) -> list[str]:
    return [] if actual == expected else [f"{where}: expected {expected}, got {actual}"]


def _fields(
    expected: Mapping[str, str],
    pairs: Iterable[tuple[str, str]],
    names: dict[str, Json],
    where: str,
) -> list[str]:
    actual: dict[str, Json] = {}
    for name, value in pairs:
        if name in actual:
            return [f"{where}.{name}: stands twice"]
        actual[name] = value
    return differences({**expected}, actual, names, where)


def _headers(
    shapes: Mapping[str, Json], headers: Mapping[str, str], names: dict[str, Json]
) -> list[str]:
    """Compare the headers that the shapes name; the parameters of a media type do not matter."""
    sent = {name.lower(): value for name, value in headers.items()}
    if "content-type" in sent:
        sent["content-type"] = sent["content-type"].partition(";")[0].strip()
    found = []
    for name, shape in shapes.items():
        where = f"headers.{name}"
        if name.lower() in sent:
            found += differences(shape, sent[name.lower()], names, where)
        else:
            found.append(f"{where}: is missing")
    return found


def _body(shape: Json, body: bytes, names: dict[str, Json]) -> list[str]:
    if shape is None:
        return [f"body: expected none, got {body[:80]!r}"] if body else []
    try:
        actual = parse(body)
    except ValueError as error:
        return [f"body: expected {dump(shape)}, got {body[:80]!r}, which is no JSON: {error}"]
    return differences(shape, actual, names)
