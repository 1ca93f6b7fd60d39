"""The sandbox's dialects answer as the transcripts do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.replay import response_differences
from tests.contract.stage import Stage
from tests.contract.transcripts import load_all
from tests.sandbox.dialects.customer import still_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.sandbox.handle import Sandbox
    from tests.contract.exchange import Transcript


@pytest.fixture(scope="module")
def still() -> Iterator[Sandbox]:
    """A sandbox in which no time passes by itself; each transcript has an account of its own."""
    with still_sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("transcript", load_all(judged="dialect"), ids=str)
def test_dialect_answers_as_recorded(transcript: Transcript, still: Sandbox) -> None:
    """Status, headers and body of the dialect's answer fit the transcript's."""
    with Stage(still, transcript) as stage:
        stage.prepare()
        assert response_differences(transcript, stage.send(), stage.ids) == []
