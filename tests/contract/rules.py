"""When is a file a transcript?

The outline is a shape like any other, so the matcher that judges clients and dialects judges the
transcripts themselves; the other rules tie the parts of one file to each other and to the list
of documented endpoints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_otp.errors import OtpError
from tests.contract.endpoints import DOCUMENTS, EVERYWHERE, endpoint_of
from tests.contract.matching import differences, placeholders
from tests.contract.replay import response_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.exact_json import Json
    from tests.contract.exchange import Transcript

_OUTLINE: Json = {
    "operation": "$string",
    "case": "$string",
    "judges?": ["$one:client|dialect"],
    "source": {"document": "$string", "section": "$string"},
    "not_stated?": {"$each": "$string"},
    "note?": "$string",
    "ids?": "$object",
    "given?": {"$each": "$object"},
    "arguments?": "$object",
    "request": {
        "method": "$one:GET|POST|PATCH|DELETE",
        "path": "$string",
        "query?": "$texts",
        "headers?": "$texts",
        "body?": "$object",
        "form?": "$texts",
    },
    "response": {"status": "$integer", "headers?": "$texts", "body": "$object"},
    "shape?": {"status?": "$string", "headers?": "$texts", "body?": "$any"},
    "expect?": "$object",
}

# The neutral words of `given`, and what each of them is told.
STEPS: dict[str, Json] = {
    "key": "$one:revoked|expired",
    "balance": "$money",
    "offer": {
        "service": "$string",
        "country": "$string",
        "price?": "$money",
        "stock?": "$integer",
        "as?": "$string",
    },
    "activation": {
        "service": "$string",
        "country": "$string",
        "as": "$string",
        "idempotency_key?": "$uuid",
        "times?": "$integer",
        "account?": "another",
    },
    "message": {"to": "$string", "text": "$string", "from?": "$string"},
    "cancelled": "$string",
    "window_closed": "$string",
    "rental_offer": {"country": "$string", "price?": "$money", "stock?": "$integer"},
    "rental": {"country": "$string", "months": "$integer", "as": "$string"},
    "template": {"as": "$string", "approved": "$boolean"},
    "notification": {
        "template": "$string",
        "to": "$e164",
        "as": "$string",
        "message_as": "$string",
    },
    "callback": {"message": "$string", "status": "$string"},
    "send_in_progress": {"template": "$string", "to": "$e164"},
    "api_key": {"name": "$string", "as": "$string"},
    "earlier_requests": "$integer",
    "limit_reached": True,
}

# Steps, or members of steps, that name what an earlier step made.
_REFERENCES = {
    "cancelled",
    "window_closed",
    "message.to",
    "notification.template",
    "callback.message",
    "send_in_progress.template",
}

_SECRETS = {"key", "token", "client", "uuid"}


def outline_faults(raw: Json) -> list[str]:
    """What is missing in a file, what is too much, and what has the wrong type."""
    return differences(_OUTLINE, raw, {}, "file")


def stated_faults(provider: str, raw: dict[str, Any]) -> Iterator[str]:
    """Faults in what a file says of its document."""
    if raw["source"]["document"] != DOCUMENTS.get(provider):
        yield f"source: {provider}'s document is {DOCUMENTS.get(provider)!r}"
    for path in raw.get("not_stated", ()):
        if path.partition(".")[0] not in {"case", "request", "response"} or not _exists(raw, path):
            yield f"not_stated: there is no {path}"
    if len(raw.get("expect", "1")) != 1:
        yield "expect: one outcome has one kind"
    for step in raw.get("given", ()):
        if len(step) != 1:
            yield f"given: {step} is not one step"
    for name in placeholders(raw.get("arguments")):
        if name.removeprefix("$id:") not in raw.get("ids", {}):
            yield f"arguments: {name} has no recorded value in ids"


def faults(transcript: Transcript) -> Iterator[str]:
    """Faults in how the parts of a transcript fit each other."""
    yield from _name_faults(transcript)
    yield from _case_faults(transcript)
    yield from _given_faults(transcript)
    yield from _side_faults(transcript)
    yield from _placeholder_faults(transcript)
    for difference in response_differences(
        transcript, transcript.response.answer, dict(transcript.ids)
    ):
        yield f"the recorded response does not fit its shape: {difference}"


def _name_faults(transcript: Transcript) -> Iterator[str]:
    slug = transcript.operation.replace("_", "-")
    if not re.fullmatch(rf"{slug}(-[a-z0-9]+)*", transcript.name):
        yield f"the name of the file must begin with {slug} and be in lower case"


def _case_faults(transcript: Transcript) -> Iterator[str]:
    request, case = transcript.request, transcript.case
    status = transcript.response.status
    endpoint = endpoint_of(transcript)
    if endpoint is None:
        yield f"request: {request.method} {request.path} is no documented endpoint"
        return
    if case == "success":
        if status != endpoint.status:
            yield f"response.status: a success of {endpoint} has {endpoint.status}"
        return
    if status < 400 or (case[:1].isdigit() and case[:3] != str(status)):
        yield f"response.status: {status} is not that of {case!r}"
    documented = endpoint.errors + EVERYWHERE[transcript.provider]
    if (case in documented) == ("case" in transcript.not_stated):
        yield f"case: {case!r} must be documented for {endpoint}, or `case` be in not_stated"


def _given_faults(transcript: Transcript) -> Iterator[str]:
    bound: set[str] = set()
    for step in transcript.given:
        if step.word not in STEPS:
            yield f"given: {step.word} is no word; there are {', '.join(STEPS)}"
            continue
        yield from differences(STEPS[step.word], step.details, {}, f"given.{step.word}")
        named = step.details if isinstance(step.details, dict) else {"": step.details}
        for member, value in named.items():
            if f"{step.word}.{member}".rstrip(".") in _REFERENCES and value not in bound:
                yield f"given.{step.word}: no earlier step made {value}"
        made = {str(value) for member, value in named.items() if member.endswith("as")}
        bound |= made
        for name in made - transcript.ids.keys():
            yield f"given.{step.word}: {name} has no recorded value in ids"


def _side_faults(transcript: Transcript) -> Iterator[str]:
    judges_client = "client" in transcript.judges
    if judges_client != (transcript.expect is not None):
        yield "expect: must be there if and only if a client is judged"
    if "dialect" not in transcript.judges and transcript.given:
        yield "given: is of no use where no dialect is judged"
    if transcript.expect is not None and transcript.expect.kind == "error":
        error = transcript.expect.value
        code = error.get("code") if isinstance(error, dict) else None
        if code not in _error_codes(OtpError):
            yield f"expect.error: {code} is no code of pytest_otp.errors"


def _error_codes(root: type[OtpError]) -> set[str]:
    return {root.code}.union(*map(_error_codes, root.__subclasses__()))


def _placeholder_faults(transcript: Transcript) -> Iterator[str]:
    request, response = transcript.request, transcript.response
    if list(placeholders(response.body)) or list(placeholders({**response.headers})):
        yield "response: a recording has no placeholders; they belong into shape"
    shapes: list[Json] = [
        request.body,
        {**request.query},
        {**(request.form or {})},
        response.status_shape,
        {**response.header_shapes},
        response.body_shape,
    ]
    used = {name for shape in shapes for name in placeholders(shape)}
    used |= {f"$id:{name}" for name in re.findall(r"\{(\w+)\}", request.path)}
    for name in sorted(used):
        if name.startswith("$id:") and name.removeprefix("$id:") not in transcript.ids:
            yield f"request and shape: {name} has no recorded value in ids"
    for value in request.headers.values():
        for name in re.findall(r"\$(\w*)", value):
            if name not in _SECRETS:
                yield f"request.headers: ${name} is none of {', '.join(sorted(_SECRETS))}"


def _exists(value: Any, path: str) -> bool:  # noqa: ANN401 - whatever JSON holds
    head, _, rest = path.partition(".")
    if not head:
        return True
    match value:
        case dict():
            return head in value and _exists(value[head], rest)
        case list() if head == "*":
            return bool(value) and all(_exists(each, rest) for each in value)
        case _:
            return False
