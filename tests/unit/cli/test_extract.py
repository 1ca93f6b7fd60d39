"""What `pytest-otp extract` reads and prints."""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_otp.cli import extract


def answers(text: str) -> list[dict[str, object]]:
    """Return what is printed for an input."""
    stdout = io.StringIO()
    assert extract.run(io.StringIO(text), stdout) == 0
    return [json.loads(line) for line in stdout.getvalue().splitlines()]


def test_every_line_is_answered_with_one_json_line() -> None:
    """Code, confidence and reason come back for each line, in its order, null where none is."""
    first, second = answers("Your code is 123456\nSee you at 1930!\n")
    assert first == {"code": "123456", "confidence": first["confidence"], "reason": first["reason"]}
    assert (second["code"], second["confidence"]) == (None, 0.0)


def test_a_message_of_several_lines_fits_into_a_json_line() -> None:
    """A JSON object's text may hold what a plain line cannot; its other fields are ignored."""
    line = json.dumps({"text": "Acorn\nYour code:\n4711", "code": "0000"})
    assert [answer["code"] for answer in answers(line)] == ["4711"]


@pytest.mark.parametrize("text", ["Acorn\nYour code:\n4711", "4711"])
def test_a_json_string_is_a_message(text: str) -> None:
    """What `json.dumps` makes of a message is read as that message."""
    assert [answer["code"] for answer in answers(json.dumps(text))] == ["4711"]


@pytest.mark.parametrize(
    ("line", "code"),
    [("123456", "123456"), ("[1", None), ("null", None), ("[" * 100_000, None), ("", None)],
)
def test_any_other_line_is_the_message(line: str, code: str | None) -> None:
    """Bare numbers and brackets are text, although JSON knows them too; so is an empty line."""
    assert [answer["code"] for answer in answers(line + "\n")] == [code]


def test_an_object_without_text_stops_with_its_line_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong field name is not answered with 'no code': the run fails and says where."""
    assert extract.run(io.StringIO('{"body": "Your code is 123456"}\n'), io.StringIO()) == 2
    assert capsys.readouterr().err == 'Line 1: give the message as a string named "text".\n'


COMMAND = [
    sys.executable,
    "-c",
    "import sys; from pytest_otp.cli import main; sys.exit(main(['extract']))",
]


def test_the_subcommand_reads_and_writes_utf_8_in_any_locale() -> None:
    """Arabic digits go in and a reason in Arabic comes out where the locale knows neither."""
    done = subprocess.run(
        COMMAND,
        input="رمز التحقق ٤٧١١".encode(),
        env={"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    answer = json.loads(done.stdout.decode("utf-8"))
    assert (answer["code"], "رمز التحقق" in answer["reason"]) == ("4711", True)


def test_bytes_that_are_no_utf_8_and_a_byte_order_mark_do_no_harm() -> None:
    """Files of measurements come from everywhere."""
    lines = b'\xef\xbb\xbf{"text": "Your code is 4711"}\r\nVotre code \xe9tait 4712\r\n'
    done = subprocess.run(COMMAND, input=lines, capture_output=True, check=True)
    codes = [json.loads(line)["code"] for line in done.stdout.splitlines()]
    assert (codes, done.stderr) == (["4711", "4712"], b"")


def test_each_line_is_answered_at_once() -> None:
    """A program may wait for an answer before it sends the next message."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(60, process.kill)  # instead of waiting for ever
        watchdog.start()
        for code in ("4711", "4712"):
            process.stdin.write(f"Your code is {code}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["code"] == code
        watchdog.cancel()


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    """As under `| head -1`: no traceback."""
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, errors = process.communicate(b"Your code is 4711\n" * 1_000)
    assert (process.returncode, errors) == (141, b"")


def test_the_page_about_it_shows_what_it_prints() -> None:
    """Each example of the docs is what the subcommand answers."""
    page = (Path(__file__).parents[3] / "docs" / "extraction.md").read_text(encoding="utf-8")
    shown = re.findall(r"\$ echo '(.*)' \| pytest-otp extract\n(\{.*\})", page)
    assert len(shown) == 2
    for line, answer in shown:
        assert answers(line) == [json.loads(answer)]


def test_the_parser_offers_the_subcommand_with_its_help() -> None:
    """`pytest-otp --help` gets one line that says what it is for."""
    parser = argparse.ArgumentParser()
    extract.add_parser(parser.add_subparsers())
    assert "print the code in each" in parser.format_help()
