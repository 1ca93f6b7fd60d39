"""`pytest-otp sandbox`, as a process that a person or a script starts and stops."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from pytest_otp.cli import main

COMMAND = [sys.executable, "-c", "import sys; from pytest_otp.cli import main; sys.exit(main())"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal(stop: signal.Signals) -> None:
    """It prints its addresses, takes an SMS at the gateway, shows it, and stops without a word."""
    sandbox = subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", "--seed", "7"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with sandbox:
        assert sandbox.stdout
        printed = "".join(sandbox.stdout.readline() for _ in range(5))
        addresses = dict(re.findall(r"^(\w+) .*?(http://\S+)", printed, re.MULTILINE))
        sms = {"to": "+12025550123", "text": "482913 is your code", "from": "Larkspur"}
        sent = httpx.post(f"{addresses['Gateway']}/messages", json=sms)
        inbox = httpx.get(addresses["Inbox"])
        sandbox.send_signal(stop)
        out, err = sandbox.communicate(timeout=10)
    assert (sent.status_code, inbox.status_code) == (202, 200)
    assert f"pytest --otp-sandbox-url {addresses['Sandbox']}" in printed
    assert "Seed     7\n" in printed
    assert (sandbox.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    """A taken port is named, with exit code 1 and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = subprocess.run(
            [*COMMAND, "sandbox", "--port", port],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert port in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--port", "-1", "TCP port"),
        ("--port", "65536", "TCP port"),
        ("--port", "http", "TCP port"),
        ("--seed", "seven", "seed"),
        ("--seed", "4294967296", "seed"),
    ],
)
def test_a_wrong_value_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str, what: str
) -> None:
    """What is no TCP port, or no seed, is refused by name."""
    with pytest.raises(SystemExit) as stopped:
        main(["sandbox", f"{option}={value}"])
    assert stopped.value.code == 2
    assert f"{value!r} is no {what}" in capsys.readouterr().err
