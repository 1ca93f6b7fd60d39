"""Which variable goes into which header, for which URL; and what is refused."""

from __future__ import annotations

import pytest

from pytest_otp import providers
from pytest_otp.errors import SettingsError
from pytest_otp.providers.access import Access, Credential, Header, Key, OAuthClient

URL = "https://api.example"
DOGESMS_CLIENT = {"DOGESMS_CLIENT_ID": "id-4711", "DOGESMS_CLIENT_SECRET": "s-4711"}


def keys(name: str, environment: dict[str, str]) -> object:
    """What a provider finds in an environment."""
    credential = providers.credentials(name, environment, URL)
    return credential and dict(credential.keys)


@pytest.mark.parametrize(
    ("name", "variable", "header"),
    [
        ("sms-activate", "SMSACTIVATE_API_KEY", Header("Authorization", "Bearer k-4711")),
        ("smscode", "SMSCODE_API_KEY", Header("Authorization", "Bearer k-4711")),
        ("dogesms", "DOGESMS_API_KEY", Header("X-API-Key", "k-4711")),
    ],
)
def test_a_key_travels_as_its_provider_documents(name: str, variable: str, header: Header) -> None:
    """It is for the requests below the base URL."""
    assert keys(name, {variable: "k-4711"}) == {URL: header}
    assert variable in providers.key_variables(name)
    assert variable in providers.missing_key(name)


def test_smsgang_has_two_kinds_of_keys() -> None:
    """The endpoints for API keys take the account's token, and only they."""
    key = {f"{URL}/api/developer/v1": Header("X-API-Key", "k-4711")}
    token = {f"{URL}/api/developer/api-keys": Header("Authorization", "Bearer t-4711")}
    assert keys("smsgang", {"SMSGANG_API_KEY": "k-4711"}) == key
    both = {"SMSGANG_API_KEY": "k-4711", "SMSGANG_TOKEN": "t-4711"}
    assert keys("smsgang", both) == key | token


def test_dogesms_takes_an_oauth_client_instead() -> None:
    """Its token URL is below the base URL unless another is named."""
    assert keys("dogesms", DOGESMS_CLIENT) == {
        URL: OAuthClient(f"{URL}/oauth/token", "id-4711", "s-4711")
    }
    elsewhere = {"DOGESMS_TOKEN_URL": "https://login.example/token"}
    assert keys("dogesms", DOGESMS_CLIENT | elsewhere) == {
        URL: OAuthClient("https://login.example/token", "id-4711", "s-4711")
    }


def test_an_api_key_comes_before_an_oauth_client() -> None:
    """Whoever sets both gets the one that needs no second request."""
    both = DOGESMS_CLIENT | {"DOGESMS_API_KEY": "k-4711"}
    assert keys("dogesms", both) == {URL: Header("X-API-Key", "k-4711")}


@pytest.mark.parametrize("name", ["dogesms", "sms-activate", "smsgang", "smscode"])
def test_an_empty_variable_is_no_key(name: str) -> None:
    """So an unset secret looks in most CIs, and a pull request from a fork has none."""
    assert keys(name, {}) is None
    assert keys(name, dict.fromkeys(providers.key_variables(name), " ")) is None


@pytest.mark.parametrize("missing", DOGESMS_CLIENT)
def test_half_an_oauth_client_is_refused(missing: str) -> None:
    """The sentence names the half that is missing."""
    half = {name: value for name, value in DOGESMS_CLIENT.items() if name != missing}
    with pytest.raises(SettingsError, match=f"set {missing} too"):
        providers.credentials("dogesms", half, URL)


@pytest.mark.parametrize("key", ["k-47\n11", "k 4711", "k-47\x0011", "k-47é11"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(key: str) -> None:
    """The HTTP library would refuse it later, and print it."""
    with pytest.raises(SettingsError, match="SMSCODE_API_KEY") as caught:
        providers.credentials("smscode", {"SMSCODE_API_KEY": key}, URL)
    assert "47" not in str(caught.value)


def test_white_space_around_a_key_is_cut() -> None:
    """A file that ends in a newline is the usual source of a key."""
    assert keys("smscode", {"SMSCODE_API_KEY": "k-4711\n"}) == {
        URL: Header("Authorization", "Bearer k-4711")
    }


@pytest.mark.parametrize(
    "url",
    ["https://api.example/v1", "http://127.0.0.1:8000", "http://localhost:1/x", "http://[::1]:80"],
)
def test_an_encrypted_or_loopback_address_is_taken(url: str) -> None:
    """Nobody listens in on either."""
    assert providers.credentials("smscode", {"SMSCODE_API_KEY": "k"}, url)


@pytest.mark.parametrize(
    "url",
    ["http://api.example/v1", "ftp://api.example", "http://127.0.0.1.example", "http://10.0.0.1"],
)
def test_an_unencrypted_address_is_refused(url: str) -> None:
    """The sentence names the variable and the remedy, and no key."""
    with pytest.raises(SettingsError, match=r"SMSCODE_BASE_URL.*use https") as caught:
        providers.credentials("smscode", {"SMSCODE_API_KEY": "k-4711"}, url)
    assert "k-4711" not in str(caught.value)


@pytest.mark.parametrize("url", ["api.example", "https://", "https://u:p@api.example", URL + "?a"])
def test_an_address_that_is_no_plain_url_is_refused(url: str) -> None:
    """A user name or a query would travel with every request."""
    with pytest.raises(SettingsError, match="SMSCODE_BASE_URL should be a plain URL"):
        providers.credentials("smscode", {"SMSCODE_API_KEY": "k-4711"}, url)


def test_a_token_url_must_be_encrypted_too() -> None:
    """The client's secret travels there."""
    plain = DOGESMS_CLIENT | {"DOGESMS_TOKEN_URL": "http://login.example/token"}
    with pytest.raises(SettingsError, match="DOGESMS_TOKEN_URL"):
        providers.credentials("dogesms", plain, URL)


def test_no_secret_has_a_repr() -> None:
    """A credential may stand in a log, a traceback's locals or an assertion's message."""
    shown = [
        repr(providers.credentials("dogesms", DOGESMS_CLIENT, URL)),
        repr(providers.credentials("smscode", {"SMSCODE_API_KEY": "s-4711"}, URL)),
        repr(providers.rehearsal_credentials("smscode", "s-4711", URL)),
    ]
    assert not any("s-4711" in each for each in shown)


def test_a_rehearsal_signs_with_the_accounts_name() -> None:
    """Each run and worker has an account of its own in the sandbox, of whatever kind the key is."""
    url = "http://127.0.0.1:8025/smsgang"
    assert providers.rehearsal_credentials("smsgang", "run-1", url) == Credential(
        {
            f"{url}/api/developer/v1": Header("X-API-Key", "run-1"),
            f"{url}/api/developer/api-keys": Header("Authorization", "Bearer run-1"),
        }
    )
    sandbox = providers.rehearsal_credentials("sandbox", "run-1", "http://127.0.0.1:8025/sandbox")
    assert list(sandbox.keys.values()) == [Header("Authorization", "Bearer run-1")]


def test_base_urls_are_the_documents() -> None:
    """DogeSMS publishes none."""
    assert providers.default_base_url("dogesms") is None
    assert providers.default_base_url("sms-activate") == "https://api.sms-activate.dev"
    assert providers.default_base_url("smsgang") == "https://api.smsgang.org"
    assert providers.default_base_url("smscode") == "https://api.smscode.gg/v1"
    assert providers.base_url_variable("sms-activate") == "SMSACTIVATE_BASE_URL"


def test_missing_key_names_what_would_do() -> None:
    """One sentence, with the ways that there are."""
    assert providers.missing_key("dogesms") == (
        "dogesms needs a key; set DOGESMS_API_KEY, or DOGESMS_CLIENT_ID and DOGESMS_CLIENT_SECRET "
        "in the environment or a .env file"
    )


def test_a_provider_that_says_nothing_has_a_bearer_token() -> None:
    """The usual case for one that joins by its entry point."""
    assert Access.usual("acme-sms") == Access(None, "ACME_SMS_BASE_URL", Key("ACME_SMS_API_KEY"))
