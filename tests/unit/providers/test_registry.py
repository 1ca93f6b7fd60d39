"""The providers by id."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from pytest_otp import providers
from pytest_otp.errors import SettingsError
from pytest_otp.providers.access import Access, Header, Key
from pytest_otp.providers.smscode import SmsCodeProvider

URL = "https://api.example"


class Acme(SmsCodeProvider):
    """A provider of somebody else, with a key of its own kind."""

    access = Access(None, "ACME_URL", Key("ACME_SECRET", header="X-Acme", scheme=""))


@pytest.fixture
def _acme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another distribution has registered ``acme``."""
    point = EntryPoint("acme", f"{__name__}:Acme", providers.GROUP)

    def entry_points(*, group: str, name: str = "acme") -> EntryPoints:
        return EntryPoints([point]).select(group=group, name=name)

    monkeypatch.setattr(providers, "entry_points", entry_points)


@pytest.mark.parametrize("name", ["sandbox", "dogesms", "sms-activate", "smsgang", "smscode"])
def test_each_provider_is_created_by_its_id(name: str) -> None:
    """The id is what errors, offers and the ledger call it."""
    assert providers.create(name, URL).name == name
    assert name in providers.names()


def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    """The sentence says what would be right."""
    with pytest.raises(SettingsError, match=r"'acme' is not a provider; .* dogesms"):
        providers.create("acme", URL)


@pytest.mark.parametrize(
    ("place", "reason"),
    [("acme_otp:Acme", "No module named 'acme_otp'"), ("json:Acme", "has no attribute 'Acme'")],
)
def test_one_that_cannot_be_loaded_is_told(
    monkeypatch: pytest.MonkeyPatch, place: str, reason: str
) -> None:
    """Which, from where, and why."""
    points = EntryPoints([EntryPoint("acme", place, providers.GROUP)])
    monkeypatch.setattr(providers, "entry_points", lambda **_words: points)
    with pytest.raises(SettingsError, match=f"'acme' cannot be loaded from {place}: .*{reason}"):
        providers.create("acme", URL)


@pytest.mark.usefixtures("_acme")
def test_others_join_by_an_entry_point() -> None:
    """With the keys that they say."""
    assert "acme" in providers.names()
    assert isinstance(providers.create("acme", URL), Acme)
    assert providers.base_url_variable("acme") == "ACME_URL"
    credential = providers.credentials("acme", {"ACME_SECRET": "k-4711"}, URL)
    assert credential is not None
    assert credential.keys == {URL: Header("X-Acme", "k-4711")}
