"""From where each setting comes, and what holds where nobody says anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_otp import values
from pytest_otp.errors import SettingsError
from pytest_otp.models import Money
from pytest_otp.options import OPTIONS
from pytest_otp.settings import Settings, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.options import Option

    Resolve = Callable[..., Settings]

# A text for each option that is right and not its default. ``env_file`` sets no field: it has
# tests of its own.
OTHER = {
    "provider": "dogesms",
    "service": "telegram",
    "country": "GB",
    "live": "on",
    "budget": "2.00 USD",
    "budgets": "tag:signup = 0.50 USD\ntest = 0.20 USD",
    "rates": "USD:IDR = 16200\nEUR:USD = 1.08",
    "max_price": "0.25 USD",
    "unpriced": "allow",
    "forecast": "on",
    "timeout": "9.5",
    "ledger": "other.sqlite3",
    "on_provider_fault": "skip",
    "sweep_wait": "30",
    "targets": "staging.example.com",
    "mask_screenshots": "on",
    "sandbox_url": "http://127.0.0.1:8025",
    "sandbox_port": "8025",
}
SET = [option for option in OPTIONS if option.field]


def options(**wanted: bool) -> pytest.MarkDecorator:
    """A test for each option with these attributes."""
    fitting = [o for o in SET if all(getattr(o, name) is on for name, on in wanted.items())]
    return pytest.mark.parametrize("option", fitting, ids=lambda option: option.name)


@pytest.fixture(autouse=True)
def _nobody_says_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.environment, raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def resolved(pytester: pytest.Pytester) -> Resolve:
    """The settings of a run with these arguments, in a project of this test's own."""
    return lambda *args: resolve(pytester.parseconfig("-p", "pytest_otp.plugin", *args))


def arguments(option: Option) -> list[str]:
    """What a run needs besides, that the option makes sense."""
    return ["--otp-provider=dogesms"] if option.name == "live" else []


def check(settings: Settings, option: Option, root: Path) -> None:
    """The other text has become the setting."""
    expected = values.read(option, OTHER[option.name])
    if isinstance(expected, Path):
        expected = root / expected
    assert getattr(settings, option.field or "") == expected


# -- one option at a time --------------------------------------------------------------------------


def test_every_option_is_tested() -> None:
    """A new one cannot be forgotten here."""
    assert set(OTHER) == {option.name for option in SET}


def test_what_holds_where_nobody_says_anything(
    resolved: Resolve, pytester: pytest.Pytester
) -> None:
    """The sandbox, any service, one country, no limit, nothing live."""
    settings = resolved()
    ledger = pytester.path / ".pytest_otp/ledger.sqlite3"
    assert replace(settings, environment={}) == Settings(service="any", ledger=ledger)


@options()
def test_default_that_is_told_is_the_one_that_holds(option: Option) -> None:
    """The table of options and ``Settings`` agree."""
    told = values.read(option, option.default) if option.default is not None else None
    assert getattr(Settings(), option.field or "") in (told, ())


@options(in_flag=True, switch=False)
def test_flag(resolved: Resolve, pytester: pytest.Pytester, option: Option) -> None:
    """``--otp-name=VALUE``."""
    check(resolved(f"{option.flag}={OTHER[option.name]}"), option, pytester.path)


@options(switch=True)
def test_switch(resolved: Resolve, pytester: pytest.Pytester, option: Option) -> None:
    """A bare flag switches on; without it all is off."""
    assert getattr(resolved(), option.name) is False
    check(resolved(option.flag, "--collect-only", *arguments(option)), option, pytester.path)


@options()
def test_environment(
    resolved: Resolve,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    option: Option,
) -> None:
    """``PYTEST_OTP_NAME``."""
    monkeypatch.setenv(option.environment, OTHER[option.name])
    check(resolved(*arguments(option)), option, pytester.path)


def test_empty_variable_says_nothing(resolved: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset secret looks so in most CIs."""
    before = resolved()
    for option in OPTIONS:
        monkeypatch.setenv(option.environment, "")
    assert replace(resolved(), environment=before.environment) == before


@options()
def test_env_file(resolved: Resolve, pytester: pytest.Pytester, option: Option) -> None:
    """The same name in the ``.env`` file."""
    text = OTHER[option.name].replace("\n", "\\n")
    pytester.path.joinpath(".env").write_text(f'{option.environment}="{text}"\n', "utf-8")
    check(resolved(*arguments(option)), option, pytester.path)


@options(in_ini=True)
def test_ini(resolved: Resolve, pytester: pytest.Pytester, option: Option) -> None:
    """``otp_name``; many lines are indented."""
    text = OTHER[option.name].replace("\n", "\n    ")
    pytester.makeini(f"[pytest]\n{option.ini} =\n    {text}\n")
    check(resolved(), option, pytester.path)


@options(in_ini=True, lines=True)
def test_toml_list(resolved: Resolve, pytester: pytest.Pytester, option: Option) -> None:
    """An array has a line an element."""
    pytester.makepyprojecttoml(
        f"[tool.pytest.ini_options]\n{option.ini} = {OTHER[option.name].splitlines()}\n"
    )
    check(resolved(), option, pytester.path)


@options(in_ini=False)
def test_what_no_file_may_switch_on(
    resolved: Resolve, pytester: pytest.Pytester, option: Option
) -> None:
    """Its ini key does not exist."""
    pytester.makeini(f"[pytest]\n{option.ini} = on\n")
    assert getattr(resolved(), option.name) is False


@options(in_ini=True, lines=False)
@pytest.mark.filterwarnings("ignore::pytest.PytestWarning")  # pytest sees the list too
def test_value_of_the_wrong_kind(
    resolved: Resolve, pytester: pytest.Pytester, option: Option
) -> None:
    """TOML could hold a list; the sentence names the key and shows it."""
    pytester.makepyprojecttoml(f'[tool.pytest.ini_options]\n{option.ini} = ["a", "b"]\n')
    with pytest.raises(SettingsError, match=rf"{option.ini} = \['a', 'b'\]: write it as one text"):
        resolved()


# -- precedence ------------------------------------------------------------------------------------


def test_flag_environment_file_ini(
    resolved: Resolve, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each goes before the next."""
    pytester.makeini("[pytest]\notp_country = FR")
    assert resolved().countries == ("FR",)
    pytester.path.joinpath(".env").write_text("PYTEST_OTP_COUNTRY=DE", "utf-8")
    assert resolved().countries == ("DE",)
    monkeypatch.setenv("PYTEST_OTP_COUNTRY", "SE")
    assert resolved().countries == ("SE",)
    assert resolved("--otp-country=GB").countries == ("GB",)


def test_wrong_value_that_is_overruled_does_not_matter(
    resolved: Resolve, pytester: pytest.Pytester
) -> None:
    """Who gives a flag need not mend the file first."""
    pytester.makeini("[pytest]\notp_country = ZZ")
    assert resolved("--otp-country=GB").countries == ("GB",)


def test_service_of_the_sandbox_only_is_any(resolved: Resolve) -> None:
    """Real providers need one that is named."""
    assert resolved("--otp-provider=sandbox").service == "any"
    assert resolved("--otp-provider=dogesms").service is None
    assert resolved("--otp-provider=sandbox,dogesms").service is None
    assert resolved("--otp-provider=sandbox", "--otp-service=telegram").service == "telegram"


def test_ledger_is_found_from_the_rootdir(resolved: Resolve, pytester: pytest.Pytester) -> None:
    """Wherever pytest is started; a whole path stays as it is, a URL too."""
    assert resolved("--otp-ledger=here.db").ledger == pytester.path / "here.db"
    assert resolved("--otp-ledger=/var/otp.db").ledger == Path("/var/otp.db")
    url = "postgresql://ci@db.example.com/otp"
    assert resolved(f"--otp-ledger={url}").ledger == url


# -- the file of environment variables -------------------------------------------------------------


def test_keys_in_the_file_are_seen_by_the_kit_alone(
    resolved: Resolve, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They fill in what the environment lacks, and stand in no ``repr``."""
    monkeypatch.setenv("SMSCODE_API_KEY", "from-the-environment")
    pytester.path.joinpath(".env").write_text(
        "SMSCODE_API_KEY=from-the-file\nDOGESMS_API_KEY=secret-7\n", "utf-8"
    )
    settings = resolved()
    assert settings.environment["DOGESMS_API_KEY"] == "secret-7"
    assert settings.environment["SMSCODE_API_KEY"] == "from-the-environment"
    assert "secret-7" not in repr(settings)
    assert "secret-7" not in settings.header()


@pytest.mark.parametrize("way", ["flag", "environment", "ini"])
def test_named_file_is_read_instead(
    resolved: Resolve, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """One that is named must be there; the sentence tells where it was named."""
    pytester.path.joinpath(".env").write_text("PYTEST_OTP_TIMEOUT=1", "utf-8")
    if way == "environment":
        monkeypatch.setenv("PYTEST_OTP_ENV_FILE", "my.env")
    elif way == "ini":
        pytester.makeini("[pytest]\notp_env_file = my.env")
    args = ["--otp-env-file=my.env"] if way == "flag" else []
    named = {
        "flag": "--otp-env-file=",
        "environment": "PYTEST_OTP_ENV_FILE=",
        "ini": "otp_env_file =",
    }
    with pytest.raises(SettingsError, match=f"^{named[way]}.*my.env: there is no such file"):
        resolved(*args)
    pytester.path.joinpath("my.env").write_text("PYTEST_OTP_TIMEOUT=2", "utf-8")
    assert resolved(*args).timeout_s == 2


def test_file_that_is_no_text(resolved: Resolve, pytester: pytest.Pytester) -> None:
    """One sentence names it."""
    pytester.path.joinpath(".env").write_bytes(b"KEY=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env: the file .* cannot be read: it is not UTF-8"):
        resolved()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PYTEST_OTP_BUDGET 2.00 USD", 1),
        ("# one\n\nPYTEST_OTP_BUDGET: 2.00 USD\n", 3),
        ('A=1\nexport PYTEST_OTP_BUDGET="2.00 USD\nB=2\n', 2),
        ("A=1\nPYTEST_OTP_BUDGET\n", 2),
    ],
)
def test_setting_that_is_lost_in_the_file_is_refused(
    resolved: Resolve, pytester: pytest.Pytester, text: str, line: int
) -> None:
    """A budget with a typing error is not a run without a budget."""
    pytester.path.joinpath(".env").write_text(text, "utf-8")
    sentence = rf"\.env, line {line}: a setting cannot be read; write it as in PYTEST_OTP_BUDGET="
    with pytest.raises(SettingsError, match=sentence):
        resolved()


def test_lines_for_others_may_be_as_they_like(resolved: Resolve, pytester: pytest.Pytester) -> None:
    """The file is the project's, and need not be for us alone."""
    text = "\ufeff# PYTEST_OTP_BUDGET\nfoo bar\nONLY_A_NAME\nPYTEST_OTP_TIMEOUT=7\n"
    pytester.path.joinpath(".env").write_text(text, "utf-8")
    assert resolved().timeout_s == 7


# -- what is refused, and what is shown ------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--otp-country=ZZ"], "--otp-country=ZZ: 'ZZ' is no ISO 3166-1"),
        (["--otp-sandbox-url=http://127.0.0.1:1", "--otp-sandbox-port=8025"], "exclude each other"),
        (["--otp-live"], "--otp-live needs real providers"),
        (["--otp-env-file="], "--otp-env-file=: there is no such file"),
        (["--otp-forecast"], "--otp-forecast tells .* add that, or leave out --otp-forecast"),
    ],
)
def test_wrong_setting_is_one_sentence(resolved: Resolve, args: list[str], sentence: str) -> None:
    """Which names it, its value and what would be right."""
    with pytest.raises(SettingsError, match=rf"^.*{sentence}.*$"):
        resolved(*args)


def test_nothing_hostile_in_a_value_reaches_the_terminal(resolved: Resolve) -> None:
    """No control character, and none that reorders the line."""
    with pytest.raises(SettingsError) as refused:
        resolved("--otp-provider=\u202esand\x1b[2Jbox")
    assert str(refused.value).isprintable()


def test_password_of_a_ledger_is_never_shown(resolved: Resolve) -> None:
    """Neither in the header nor in a ``repr`` nor in a refusal."""
    settings = resolved("--otp-ledger=postgresql://ci:hunter2@db.example.com/otp")
    assert "postgresql://db.example.com/otp" in settings.header()
    assert "hunter2" not in settings.header() + repr(settings)
    with pytest.raises(SettingsError) as refused:
        resolved("--otp-ledger=mysql://ci:hunter2@db.example.com/otp")
    assert "hunter2" not in str(refused.value)


def test_header_tells_what_the_run_leases_with() -> None:
    """One line: with limits where there are any, and the sandbox where it is used."""
    ledger = Path("otp.db")
    settings = Settings(service="any", ledger=ledger)
    assert settings.header() == (
        "otp: provider sandbox (rehearsal), service any, country US, timeout 120 s, "
        "sandbox embedded, ledger otp.db"
    )
    live = Settings(
        providers=("dogesms", "smscode"),
        countries=("US", "GB"),
        live=True,
        budget=Money.parse("2 USD"),
        budgets={"tag:signup": Money.parse("0.5 USD")},
        max_price=Money.parse("0.25 USD"),
        targets=("*.example.com",),
        ledger=ledger,
    )
    assert live.header() == (
        "otp: provider dogesms, smscode (live), service by marker, country US, GB, "
        "budget 2.00 USD, budget tag:signup 0.50 USD, max price 0.25 USD, targets *.example.com, "
        "timeout 120 s, ledger otp.db"
    )
