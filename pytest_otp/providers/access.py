"""Whose keys a provider reads and how they travel; the values that the transports sign with.

A key reaches a request in ``drivers/credentials.py`` and nowhere else. What is decided here is
only which environment variable goes into which header, for the requests below which URL. Secrets
have no ``repr``; a key that no header can carry is refused here, since the library that refuses
it later would print it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_otp.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Header:
    """A key as a header carries it."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client of RFC 6749, section 4.4: it fetches its access tokens itself."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """What one account at one provider is known by.

    Attributes:
        keys: by the URL that they are for. Of two that fit a request the longer URL wins.
    """

    keys: Mapping[str, Header | OAuthClient]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a provider.

    Attributes:
        variable: the environment variable that holds it.
        header: the header that it travels in.
        scheme: what stands before it there.
        path: below the base URL, the paths that it is for.
    """

    variable: str
    header: str = "Authorization"
    scheme: str = "Bearer "
    path: str = ""

    def credential(self, base_url: str, key: str) -> dict[str, Header | OAuthClient]:
        """The key, bound to its URL."""
        return {base_url.rstrip("/") + self.path: Header(self.header, self.scheme + key)}


@dataclass(frozen=True, slots=True)
class ClientVariables:
    """The environment variables of an OAuth2 client, which some providers take instead of a key.

    Attributes:
        token_path: below the base URL, where tokens come from unless ``token_url`` says else.
    """

    client_id: str
    client_secret: str
    token_url: str
    token_path: str


@dataclass(frozen=True, slots=True)
class Access:
    """How an account reaches its provider.

    Attributes:
        base_url: of the real service; None where the provider does not publish one.
        base_url_variable: the environment variable that names another one.
        key: what signs the requests.
        others: further keys, for paths that want another kind; never required.
        client: what may stand in for the key.
    """

    base_url: str | None
    base_url_variable: str
    key: Key
    others: tuple[Key, ...] = ()
    client: ClientVariables | None = None

    @classmethod
    def usual(cls, name: str) -> Access:
        """How a provider is reached that says nothing of it: a bearer token in ``NAME_API_KEY``."""
        prefix = name.upper().replace("-", "_")
        return cls(None, f"{prefix}_BASE_URL", Key(f"{prefix}_API_KEY"))

    @property
    def variables(self) -> tuple[str, ...]:
        """Every environment variable that may hold a key or a part of one."""
        client = self.client
        return (
            self.key.variable,
            *((client.client_id, client.client_secret, client.token_url) if client else ()),
            *(other.variable for other in self.others),
        )

    @property
    def required(self) -> str:
        """Which variables would do, as a part of a sentence."""
        if self.client is None:
            return self.key.variable
        return f"{self.key.variable}, or {self.client.client_id} and {self.client.client_secret}"

    def credential(self, environment: Mapping[str, str], base_url: str) -> Credential | None:
        """The credential that the environment holds; None where it holds none.

        Raises:
            SettingsError: half of an OAuth2 client, a key that no header can carry, or an address
                to which a key would travel unencrypted.
        """
        secrets = _Secrets(environment)
        keys = self._main(secrets, base_url)
        if keys is None:
            return None
        _check_url(self.base_url_variable, base_url)
        for other in self.others:
            key = secrets.get(other.variable)
            if key is not None:
                keys |= other.credential(base_url, key)
        return Credential(keys)

    def rehearsal(self, account: str, base_url: str) -> Credential:
        """The credential of a sandbox's account, whose name is its key."""
        keys = [key.credential(base_url, account) for key in (self.key, *self.others)]
        return Credential({url: header for each in keys for url, header in each.items()})

    def _main(self, secrets: _Secrets, base_url: str) -> dict[str, Header | OAuthClient] | None:
        key = secrets.get(self.key.variable)
        if key is not None:
            return self.key.credential(base_url, key)
        if self.client is None:
            return None
        names = (self.client.client_id, self.client.client_secret)
        client_id, client_secret = map(secrets.get, names)
        if client_id is None and client_secret is None:
            return None
        if client_id is None or client_secret is None:
            missing = names[client_id is not None]
            raise SettingsError(f"{' and '.join(names)} belong together; set {missing} too")
        token_url = secrets.get(self.client.token_url)
        if token_url is not None:
            _check_url(self.client.token_url, token_url)
        base_url = base_url.rstrip("/")
        client = OAuthClient(
            token_url or base_url + self.client.token_path, client_id, client_secret
        )
        return {base_url: client}


class _Secrets:
    """Environment variables, an empty one being none: so an unset secret looks in most CIs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def get(self, name: str) -> str | None:
        value = self._environment.get(name, "").strip()
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise SettingsError(
                f"{name} holds a space or a character that no key has; copy it again"
            )
        return value or None


def _check_url(variable: str, url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"{variable} should be a plain URL such as https://api.example.com")
    if parts.scheme == "https" or (parts.scheme == "http" and _loopback(host)):
        return
    raise SettingsError(
        f"{variable}: a key would travel to {host} unencrypted; use https "
        "(http is for loopback addresses only)"
    )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
