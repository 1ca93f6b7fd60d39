"""What a transcript is made of, and an HTTP message as it goes over the wire."""

from __future__ import annotations

import string
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tests.contract.exact_json import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.exact_json import Json
Judged: TypeAlias = Literal["client", "dialect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An HTTP request as it goes over the wire.

    Attributes:
        path: relative to the base URL, percent-encoded, without the query.
        query: decoded parameters, in their order.
        headers: names in any case.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP response as it goes over the wire. Header names are in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The recorded request; its values may hold placeholders.

    Attributes:
        path: template such as ``/orders/{order}``, whose names stand in the transcript's ids.
        headers: ``$key`` and other secrets stand inside the values.
        body: JSON to send; None for none.
        form: fields of a form to send instead.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    form: Mapping[str, str] | None

    def filled_path(self, ids: Mapping[str, Json]) -> str:
        """The path with the ids in it, percent-encoded."""
        quoted = {name: urllib.parse.quote(str(value), safe="") for name, value in ids.items()}
        return self.path.format_map(quoted)

    def filled_headers(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """The headers with the secrets in them; ``$uuid`` is left as it is.

        Raises:
            KeyError: a secret that a header needs is not given.
        """
        known = {"uuid": "$uuid", **secrets}
        return {
            name: string.Template(value).substitute(known) for name, value in self.headers.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The recorded response, and the shapes that another honest server's may have."""

    status: int
    headers: Mapping[str, str]
    body: Json
    status_shape: Json
    header_shapes: Mapping[str, Json]
    body_shape: Json

    @property
    def answer(self) -> Answer:
        """What a server that replays the transcript sends."""
        return Answer(status=self.status, headers=self.headers, body=dump(self.body).encode())


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must hold before the request is sent to a dialect.

    Attributes:
        word: which kind of step, such as ``activation``.
        details: its value: a scalar, or an object.
    """

    word: str
    details: Json


@dataclass(frozen=True, slots=True)
class Expected:
    """The client's outcome in neutral words.

    Attributes:
        kind: what it is: ``activation``, ``reading``, ``error`` …
        value: the fields that must be there; the outcome may have more.
    """

    kind: str
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One recorded exchange.

    Attributes:
        name: file name without its ending; unique for its provider.
        operation: the kit's name of what is asked.
        case: ``success``, or the error in the words of ``endpoints``.
        judges: the sides that it can be replayed against.
        section: where the document says so.
        not_stated: paths of the parts that the document leaves open.
        note: why the open parts are as they are, where that is not plain.
        ids: the recorded values of ids that a server makes.
        arguments: what the client's function is called with.
        expect: the client's outcome; None where only a dialect is judged.
    """

    provider: str
    name: str
    operation: str
    case: str
    judges: frozenset[Judged]
    section: str
    not_stated: tuple[str, ...]
    note: str | None
    ids: Mapping[str, Json]
    given: tuple[Step, ...]
    arguments: Mapping[str, Json]
    request: Request
    response: Response
    expect: Expected | None

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"

    def to_send(self, ids: Mapping[str, Json], secrets: Mapping[str, str]) -> Sent:
        """The request, ready for a server.

        Args:
            ids: values for ids that the server made; the recorded ones serve for the rest.
            secrets: values for ``$key``, ``$token`` and ``$client``, as far as they are needed.

        Raises:
            KeyError: a secret that the request needs is not given.
        """
        request, known = self.request, {**self.ids, **ids}
        body = b""
        if request.form is not None:
            body = urllib.parse.urlencode(filled_texts(request.form, known)).encode()
        elif request.body is not None:
            body = dump(filled(request.body, known)).encode()
        headers = request.filled_headers(secrets)
        return Sent(
            method=request.method,
            path=request.filled_path(known),
            query=tuple(filled_texts(request.query, known).items()),
            headers={
                name: str(uuid.uuid4()) if value == "$uuid" else value
                for name, value in headers.items()
            },
            body=body,
        )


def filled(value: Json, ids: Mapping[str, Json]) -> Json:
    """``value`` with its ``$id:`` placeholders replaced; optional members are left out."""
    match value:
        case dict():
            members = value.items()
            return {key: filled(each, ids) for key, each in members if not key.endswith("?")}
        case list():
            return [filled(each, ids) for each in value]
        case str() if value.startswith("$id:"):
            return ids[value.removeprefix("$id:")]
        case _:
            return value


def filled_texts(fields: Mapping[str, str], ids: Mapping[str, Json]) -> dict[str, str]:
    """``filled`` for a query or a form, whose values are texts; optional ones are left out."""
    return {
        name: str(filled(value, ids)) for name, value in fields.items() if not name.endswith("?")
    }
