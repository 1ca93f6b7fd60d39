"""Reads ``tests/transcripts/<provider>/*.json`` and refuses what is not well-formed.

The format is described in ``tests/transcripts/README.md``, its rules stand in ``rules``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contract import rules
from tests.contract.exact_json import parse
from tests.contract.exchange import Expected, Request, Response, Step, Transcript, filled

if TYPE_CHECKING:
    from tests.contract.exchange import Judged

FOLDER = Path(__file__).parents[1] / "transcripts"


class MalformedError(Exception):
    """A file is not a transcript; the text lists every fault that was found."""


def load_all(provider: str | None = None, judged: Judged | None = None) -> tuple[Transcript, ...]:
    """Every transcript, of one provider or for one side if asked, ordered by name.

    Raises:
        MalformedError: one of the files is not a transcript.
    """
    every = map(load, sorted(FOLDER.glob(f"{provider or '*'}/*.json")))
    return tuple(each for each in every if judged is None or judged in each.judges)


@cache
def load(path: Path) -> Transcript:
    """Read one file; its folder names the provider.

    Raises:
        MalformedError: it is not a transcript.
    """
    return read(path.parent.name, path.stem, path.read_text(encoding="utf-8"))


def read(provider: str, name: str, text: str) -> Transcript:
    """Read the text of one file.

    Raises:
        MalformedError: it is not a transcript.
    """
    try:
        raw: Any = parse(text)
        faults = rules.outline_faults(raw) or list(rules.stated_faults(provider, raw))
        if not faults:
            transcript = _built(provider, name, raw)
            faults = list(rules.faults(transcript))
    except ValueError as error:
        faults = [str(error)]
    if faults:
        raise MalformedError("\n  ".join([f"{provider}/{name} is no transcript:", *faults]))
    return transcript


def _built(provider: str, name: str, raw: dict[str, Any]) -> Transcript:
    request, response, shape = raw["request"], raw["response"], raw.get("shape", {})
    headers = {"Content-Type": "application/json", **response.get("headers", {})}
    expect = [Expected(kind, value) for kind, value in raw.get("expect", {}).items()]
    ids, arguments = raw.get("ids", {}), raw.get("arguments", {})
    return Transcript(
        provider=provider,
        name=name,
        operation=raw["operation"],
        case=raw["case"],
        judges=frozenset(raw.get("judges", ("client", "dialect"))),
        section=raw["source"]["section"],
        not_stated=tuple(raw.get("not_stated", ())),
        note=raw.get("note"),
        ids=ids,
        given=tuple(Step(*each) for step in raw.get("given", ()) for each in step.items()),
        arguments={key: filled(each, ids) for key, each in arguments.items()},
        request=Request(
            method=request["method"],
            path=request["path"],
            query=request.get("query", {}),
            headers=request.get("headers", {}),
            body=request.get("body"),
            form=request.get("form"),
        ),
        response=Response(
            status=response["status"],
            headers=headers,
            body=response["body"],
            status_shape=shape.get("status", response["status"]),
            header_shapes=headers | shape.get("headers", {}),
            body_shape=shape.get("body", response["body"]),
        ),
        expect=expect[0] if len(expect) == 1 else None,
    )
