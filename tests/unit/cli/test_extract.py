"""What `pytest-otp extract` reads and prints."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys

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


@pytest.mark.parametrize(
    ("line", "code"),
    [("123456", "123456"), ('"4711"', "4711"), ("[1", None), ("[" * 100_000, None)],
    ids=["number", "quotes", "bracket", "brackets"],
)
def test_a_line_that_is_no_json_object_is_the_message(line: str, code: str | None) -> None:
    """Bare numbers, quotes and brackets are text, although JSON knows them too."""
    assert [answer["code"] for answer in answers(line + "\n")] == [code]


def test_an_object_without_text_stops_with_its_line_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong field name is not answered with 'no code': the run fails and says where."""
    assert extract.run(io.StringIO('{"body": "Your code is 123456"}\n'), io.StringIO()) == 2
    assert capsys.readouterr().err == 'Line 1: give the message as a string named "text".\n'


def test_the_subcommand_reads_and_writes_utf_8_in_any_locale() -> None:
    """Arabic digits go in and a reason in Arabic comes out where the locale knows neither."""
    program = (
        "import argparse; from pytest_otp.cli.extract import add_parser;"
        "parser = argparse.ArgumentParser(); add_parser(parser.add_subparsers());"
        "args = parser.parse_args(['extract']); raise SystemExit(args.run(args))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="رمز التحقق ٤٧١١".encode(),
        env={"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    answer = json.loads(done.stdout.decode("utf-8"))
    assert (answer["code"], "رمز التحقق" in answer["reason"]) == ("4711", True)


def test_the_parser_offers_the_subcommand_with_its_help() -> None:
    """`pytest-otp --help` gets one line that says what it is for."""
    parser = argparse.ArgumentParser()
    extract.add_parser(parser.add_subparsers())
    assert "print the code in each" in parser.format_help()
