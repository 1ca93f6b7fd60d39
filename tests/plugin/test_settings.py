"""Settings as users give them: precedence, the header, and what a wrong value gets."""

from __future__ import annotations

import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., pytest.RunResult]

LEASES = "def test_leases(otp_phone): assert otp_phone.number"


def refused(result: pytest.RunResult, *words: str) -> None:
    """One sentence, exit code 4, no test run, no traceback."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    errors = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert len(errors) == 1, text
    for word in words:
        assert word in errors[0]
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert "passed" not in text


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--otp-country=ZZ", ["--otp-country", "'ZZ'", "ISO 3166-1"]),
        ("--otp-country=UK", ["'UK'", "GB"]),
        ("--otp-country=US,,GB", ["'US,,GB'", "commas"]),
        ("--otp-provider=smsgnag", ["--otp-provider", "'smsgnag'", "sandbox"]),
        ("--otp-provider=sandbox,sandbox", ["'sandbox'", "twice"]),
        ("--otp-service=Tele Gram", ["--otp-service", "'Tele Gram'", "telegram"]),
        ("--otp-max-price=cheap", ["--otp-max-price", "'cheap'", "2.00 USD"]),
        ("--otp-max-price=1 XYZ", ["'1 XYZ'", "ISO 4217"]),
        ("--otp-max-price=0 USD", ["'0 USD'", "above zero"]),
        ("--otp-timeout=soon", ["--otp-timeout", "'soon'", "seconds"]),
        ("--otp-timeout=0", ["--otp-timeout", "'0'"]),
        ("--otp-timeout=inf", ["--otp-timeout", "'inf'"]),
        ("--otp-sandbox-port=70000", ["--otp-sandbox-port", "'70000'", "65535"]),
        ("--otp-sandbox-url=localhost:80", ["--otp-sandbox-url", "'localhost:80'", "http://"]),
        ("--otp-env-file=none.env", ["--otp-env-file", "none.env"]),
        ("--otp-live", ["--otp-live", "--otp-provider"]),
    ],
)
def test_wrong_flag_is_refused(
    pytester: pytest.Pytester, run: Run, flag: str, words: list[str]
) -> None:
    """The sentence names the flag, the value and what would be right."""
    pytester.makepyfile(LEASES)
    refused(run(flag), *words)


def test_help_tells_the_defaults(run: Run) -> None:
    """Of flags and ini keys, as they hold where nobody says anything."""
    told = " ".join(run("--help").stdout.str().split())
    for default in ("sandbox", "US", "120", "error", ".pytest_otp/ledger.sqlite3"):
        assert told.count(f"(default: {default})") == 2, default


def test_wrong_ini_value_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """An ini value is named as it stands in the file."""
    pytester.makepyfile(LEASES)
    pytester.makeini("[pytest]\notp_country = ZZ")
    refused(run(), "otp_country = ZZ", "ISO 3166-1")


def test_wrong_environment_value_is_refused(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment variable is named as it is exported."""
    pytester.makepyfile(LEASES)
    monkeypatch.setenv("PYTEST_OTP_TIMEOUT", "soon")
    refused(run(), "PYTEST_OTP_TIMEOUT=soon", "seconds")


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_misspelled_variable_is_told(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A limit with a typing error is no limit: it warns, or refuses where warnings are errors."""
    pytester.makepyfile(LEASES)
    if where == "environment":
        monkeypatch.setenv("PYTEST_OTP_BUDGTE", "2.00 USD")
    else:
        pytester.path.joinpath(".env").write_text("PYTEST_OTP_BUDGTE='2.00 USD'")
    sentence = "Unknown environment variable: PYTEST_OTP_BUDGTE; did you mean PYTEST_OTP_BUDGET?"
    refused(run(), sentence)
    result = run("-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    assert f"PytestConfigWarning: {sentence}" in result.stdout.str()


def test_wrong_value_is_refused_even_where_no_test_leases(
    pytester: pytest.Pytester, run: Run
) -> None:
    """A typing error is told at once, not on the day of the first phone."""
    pytester.makepyfile("def test_plain(): pass")
    refused(run("--otp-country=ZZ"), "ZZ")


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("contry='US'", ["'contry'", "country", "test_leases"]),
        ("'US'", ["'US' stands without a keyword", "country"]),
        ("country='ZZ'", ["country='ZZ'", "ISO 3166-1"]),
        ("max_price=0.25", ["max_price=0.25", "USD"]),
        ("tags='signup'", ["tags='signup'", "list"]),
        ("timeout=-1", ["timeout=-1", "seconds"]),
        ("provider='nobody'", ["provider='nobody'", "sandbox"]),
        ("service=7.5", ["service=7.5"]),
    ],
)
def test_wrong_marker_is_refused(
    pytester: pytest.Pytester, run: Run, marker: str, words: list[str]
) -> None:
    """The sentence names the test, the keyword and what would be right."""
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.otp({marker})\n{LEASES}")
    refused(run(), *words)


def test_wrong_marker_is_refused_under_xdist(pytester: pytest.Pytester, run: Run) -> None:
    """Only workers see the marker; the controller says the sentence, once."""
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.otp(contry='US')\n{LEASES}")
    refused(run("-p", "xdist", "-n", "2"), "'contry'", "country", "test_leases")


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ("ledger=Path('other.sqlite3')", "PYTEST_OTP_LEDGER"),
        ("on_provider_fault='skip'", "PYTEST_OTP_ON_PROVIDER_FAULT"),
        ("sweep_wait_s=5.0", "PYTEST_OTP_SWEEP_WAIT"),
    ],
)
def test_override_that_comes_too_late_is_refused(
    pytester: pytest.Pytester, run: Run, change: str, variable: str
) -> None:
    """What is in use cannot be changed by a fixture, and nobody is left to wonder."""
    pytester.makeconftest(
        f"""
        from dataclasses import replace
        from pathlib import Path
        import pytest

        @pytest.fixture(scope="session")
        def otp_settings(otp_settings):
            return replace(otp_settings, {change})
        """
    )
    pytester.makepyfile(LEASES)
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*otp_settings changes '{change.partition('=')[0]}'*{variable}*"])


def test_provider_error_shows_the_users_line(pytester: pytest.Pytester, run: Run) -> None:
    """The traceback of a refusal ends in the test, not in the kit."""
    pytester.makepyfile(
        """
        def test_nobody_sells(otp_lease):
            otp_lease(max_price="0.01 USD")
        """
    )
    text = run().stdout.str()
    assert "test_provider_error_shows_the_users_line.py:2: NumberUnavailable" in text
    assert "pytest_otp/core" not in text


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("otp_lease(contry='US')", "'contry' is not a keyword; the keywords are service, country"),
        ("otp_lease(country='ZZ')", "country='ZZ': 'ZZ' is no ISO 3166-1 alpha-2 code"),
        ("otp_lease().wait_for_code(timeout='5')", "timeout='5' is not a number of seconds"),
        ("otp_lease().wait_for_code(pattern='(')", "pattern: "),
        ("otp_lease().wait_for_message(match='(')", "match: "),
        (
            "otp_lease().wait_for_message(timeout=float('inf'))",
            "timeout=inf is not a number of seconds, as 0 and 30 are, and a year at most",
        ),
    ],
)
def test_wrong_argument_shows_the_users_line(
    pytester: pytest.Pytester, run: Run, call: str, sentence: str
) -> None:
    """The traceback of a slip ends where it was made."""
    pytester.makepyfile(f"def test_slips(otp_lease):\n    {call}")
    text = run().stdout.str()
    assert "test_wrong_argument_shows_the_users_line.py:2: SettingsError" in text
    assert sentence in text
    assert "def " not in text.replace("def test_slips", "")


def test_other_slips_show_the_users_line(pytester: pytest.Pytester, run: Run) -> None:
    """So does a code that is read too early, and what the sandbox refuses."""
    pytester.makepyfile(
        """
        def test_too_early(otp_phone):
            with otp_phone.expect_code() as code:
                code.value

        def test_no_number(otp_sandbox):
            otp_sandbox.deliver("123", "Your code is 302415")
        """
    )
    text = run().stdout.str()
    assert "test_other_slips_show_the_users_line.py:3: OtpError" in text
    assert "test_other_slips_show_the_users_line.py:6: SandboxError" in text
    assert "otp_sandbox = <Sandbox http://127.0.0.1:" in text
    assert "def " not in text.replace("def test_", "")


def test_ledger_that_cannot_be_written_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """The sentence names the path."""
    pytester.makepyfile(LEASES)
    pytester.path.joinpath("file").touch()
    refused(run("--otp-ledger=file/ledger.sqlite3"), "file/ledger.sqlite3", "cannot be written")


def test_ledger_that_is_a_folder_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """A folder is no file."""
    pytester.makepyfile(LEASES)
    pytester.mkdir("folder")
    refused(run("--otp-ledger=folder"), "folder", "cannot be written")


def test_foreign_sqlite_file_is_refused_and_kept(pytester: pytest.Pytester, run: Run) -> None:
    """Another program's database is not touched."""
    pytester.makepyfile(LEASES)
    path = pytester.path / "app.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE users (name TEXT)")
    db.close()
    before = path.read_bytes()
    refused(run("--otp-ledger=app.db"), "app.db", "no ledger")
    assert path.read_bytes() == before


def test_newer_ledger_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """A schema that this version does not know is left alone."""
    pytester.makepyfile(LEASES)
    assert run().ret == 0
    db = sqlite3.connect(pytester.path / ".pytest_otp/ledger.sqlite3")
    db.execute("PRAGMA user_version = 999")
    db.close()
    refused(run(), "newer pytest-otp", "999")


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A loopback port that something listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]])
def test_sandbox_port_in_use_is_refused(
    pytester: pytest.Pytester, run: Run, taken_port: int, workers: list[str]
) -> None:
    """The sentence names the port; so it does under xdist."""
    pytester.makepyfile(LEASES)
    refused(run(f"--otp-sandbox-port={taken_port}", *workers), "port", str(taken_port))


def test_sandbox_url_that_answers_nothing_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    """The sentence names the URL."""
    pytester.makepyfile(LEASES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    refused(run(f"--otp-sandbox-url={url}"), url)


def test_sandbox_port_and_url_exclude_each_other(pytester: pytest.Pytester, run: Run) -> None:
    """Nobody has to guess which one wins."""
    pytester.makepyfile(LEASES)
    result = run("--otp-sandbox-url=http://127.0.0.1:1", "--otp-sandbox-port=8025")
    refused(result, "--otp-sandbox-url", "--otp-sandbox-port", "exclude")


SHOWS = """
    def test_shows(otp_settings):
        print("\\ntimeout", otp_settings.timeout_s)
"""


def shown_timeout(result: pytest.RunResult) -> str:
    """What the test above printed."""
    return next(line for line in result.outlines if line.startswith("timeout")).split()[1]


def test_flag_before_environment_before_ini_before_default(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source in turn takes over when the one before it is silent."""
    pytester.makepyfile(SHOWS)
    assert shown_timeout(run("-s")) == "120.0"
    pytester.makeini("[pytest]\notp_timeout = 11")
    assert shown_timeout(run("-s")) == "11.0"
    pytester.path.joinpath(".env").write_text("PYTEST_OTP_TIMEOUT=12\n")
    assert shown_timeout(run("-s")) == "12.0"
    monkeypatch.setenv("PYTEST_OTP_TIMEOUT", "13")
    assert shown_timeout(run("-s")) == "13.0"
    assert shown_timeout(run("-s", "--otp-timeout=14")) == "14.0"


def test_env_file_never_changes_the_environment(pytester: pytest.Pytester, run: Run) -> None:
    """The application under test does not see what is meant for the kit."""
    pytester.makepyfile(
        "import os\n\ndef test_clean(otp_settings):\n"
        "    assert 'PYTEST_OTP_TIMEOUT' not in os.environ\n"
        "    assert otp_settings.timeout_s == 12\n"
    )
    pytester.path.joinpath("my.env").write_text("PYTEST_OTP_TIMEOUT=12\n")
    run("--otp-env-file=my.env").assert_outcomes(passed=1)


def test_header_shows_the_resolved_settings(pytester: pytest.Pytester, run: Run) -> None:
    """One line says with what the run leases."""
    pytester.makepyfile(LEASES)
    run("--otp-country=gb,us", "--otp-timeout=9.5").stdout.fnmatch_lines(
        ["otp: provider sandbox (rehearsal), service any, country GB, US, timeout 9.5 s,*ledger*"]
    )


def test_conftest_may_override_the_settings(pytester: pytest.Pytester, run: Run) -> None:
    """``otp_settings`` is a fixture that a project changes."""
    pytester.makeconftest(
        """
        from dataclasses import replace
        import pytest

        @pytest.fixture(scope="session")
        def otp_settings(otp_settings):
            return replace(otp_settings, countries=("GB",))
        """
    )
    pytester.makepyfile("def test_gb(otp_phone): assert otp_phone.number.startswith('+44')")
    run().assert_outcomes(passed=1)


def test_service_that_a_provider_needs_is_asked_for_before_any_test(
    pytester: pytest.Pytester, run: Run
) -> None:
    """Only the sandbox sells numbers for anything."""
    pytester.makepyfile(LEASES)
    refused(run("--otp-provider=dogesms"), "test_leases", "dogesms", "--otp-service")


def test_two_providers_of_one_name_are_refused(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin cannot quietly take over where the money is spent."""
    pytester.makepyfile(LEASES)
    info = pytester.mkdir("rogue-1.0.dist-info")
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: rogue\nVersion: 1.0\n")
    info.joinpath("entry_points.txt").write_text("[pytest_otp.providers]\nsandbox = rogue:Rogue\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    refused(run(), "'sandbox'", "rogue", "pytest-otp", "uninstall")


def test_header_is_the_same_whether_settings_are_resolved_or_not(
    pytester: pytest.Pytester, run: Run
) -> None:
    """A run where nobody says anything shows what one shows where somebody says the default."""
    pytester.makepyfile("def test_plain(): pass")
    headers = [
        [line for line in run(*flags).outlines if line.startswith("otp: ")]
        for flags in ([], ["--otp-country=US"])
    ]
    assert len(headers[0]) == 1
    assert headers[0] == headers[1]
