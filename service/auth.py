"""Who is calling, and what it may see: API keys, front ends that name a person, trusted proxies."""

import hmac
import json
import re
import secrets
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

from indexes.errors import ConfigurationError
from indexes.types import Scope
from service.errors import Unauthenticated

Network = IPv4Network | IPv6Network

ANONYMOUS = "anonymous"
_USER = b"x-footnote-user"
_GROUPS = b"x-footnote-groups"
_AUTHORIZATION = b"authorization"
# What clients of Azure OpenAI send instead.
_API_KEY = b"api-key"
_SHA256 = re.compile(r"[0-9a-f]{64}")
# 256 bits: nobody guesses it, so a plain hash of it needs neither salt nor slowness.
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as logs name it, and what it may see."""

    name: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as the keys file holds it: ``digest`` is the SHA-256 of the key, in hex.

    A front end's key may name the person it asks for, who sees at most what the key sees.
    """

    name: str
    digest: str
    groups: frozenset[str]
    front_end: bool = False


class Authenticator:
    """Decides who a caller is. What it cannot decide is denied."""

    def __init__(self, keys: Sequence[Key], trusted_proxies: Sequence[Network] = ()) -> None:
        """Without any ``keys``, everyone is let in and sees what is for everyone."""
        self._keys = tuple(keys)
        self._proxies = tuple(trusted_proxies)

    def caller(self, headers: Sequence[tuple[bytes, bytes]], peer: str | None) -> Caller:
        """The caller that sent ``headers`` (names in lower case) from the address ``peer``.

        Unauthenticated when it brings no key or a wrong one, or names somebody twice.
        """
        presented = _presented(headers) if self._keys else None
        if presented is not None:
            return self._holder(presented, headers)
        user = _told(headers, _USER) if self._trusts(peer) else None
        if user:
            return Caller(user, Scope.of(_split(_told(headers, _GROUPS) or "")))
        if not self._keys:
            return Caller(ANONYMOUS, Scope.of(()))
        raise Unauthenticated("this service needs a key; send it as `Authorization: Bearer KEY`")

    def _holder(self, presented: str, headers: Sequence[tuple[bytes, bytes]]) -> Caller:
        digest = sha256(presented.encode()).hexdigest()
        # Every key is compared, each in constant time, so that timing tells nothing.
        matching = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        if not matching:
            raise Unauthenticated("this key is not known here; ask the operator for one")
        key = matching[0]
        if not key.front_end:
            return Caller(key.name, Scope.of(key.groups))
        return _person(key, _told(headers, _USER), _told(headers, _GROUPS))

    def _trusts(self, peer: str | None) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._proxies)


def is_loopback(peer: str | None) -> bool:
    """Whether the address, or ``localhost``, is this machine's own."""
    if peer == "localhost":
        return True
    address = _address(peer)
    return address is not None and address.is_loopback


def refuse_exposure(host: str, *, has_keys: bool, allow_anonymous: bool) -> None:
    """ConfigurationError when strangers could reach documents without any key."""
    if not (has_keys or allow_anonymous or is_loopback(host)):
        raise ConfigurationError(
            f"no keys are configured, so anyone who reaches {host} could read every public "
            "document; set FOOTNOTE_KEYS_FILE (`python -m service --new-key NAME --groups A,B` "
            "makes a key), or FOOTNOTE_ALLOW_ANONYMOUS=1 if that is what you want"
        )


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a keys file.

    ConfigurationError when it cannot be read or understood, or holds no key: a file that was
    emptied by mistake must not open the service to everyone.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"the keys file {path} cannot be read ({exc}); correct it or FOOTNOTE_KEYS_FILE"
        ) from exc
    tables = content.get("key")
    if content.keys() != {"key"} or not isinstance(tables, list) or not tables:
        raise ConfigurationError(
            f"the keys file {path} must hold [[key]] tables, at least one, and nothing else; "
            "`python -m service --new-key NAME --groups A,B` makes one"
        )
    keys = tuple(_read_key(path, number, table) for number, table in enumerate(tables, 1))
    for what, values in (("name", [k.name for k in keys]), ("sha256", [k.digest for k in keys])):
        if len(set(values)) < len(values):
            raise ConfigurationError(f"two keys of {path} have the same {what}; change one")
    return keys


def new_key(name: str, groups: Iterable[str], *, front_end: bool) -> tuple[str, str]:
    """A fresh random key, and the table to put into the keys file, which cannot give it away.

    ConfigurationError when a name holds a character that the file or a header cannot carry.
    """
    groups = sorted(groups)
    for text in (name, *groups):
        if not text.isprintable() or not text.strip():
            raise ConfigurationError(f"{text!r} cannot be a name; use printable characters")
    key = f"fn-{secrets.token_urlsafe(_KEY_BYTES)}"
    # A JSON string without control characters is a TOML string.
    table = (
        "[[key]]\n"
        f"name = {json.dumps(name, ensure_ascii=False)}\n"
        f'sha256 = "{sha256(key.encode()).hexdigest()}"\n'
        f"groups = {json.dumps(groups, ensure_ascii=False)}\n"
    )
    return key, f"{table}front_end = true\n" if front_end else table


def _read_key(path: Path, number: int, table: object) -> Key:
    fields: dict[str, Any] = {"front_end": False}
    match fields | table if isinstance(table, dict) else None:
        case {
            "name": str(name),
            "sha256": str(digest),
            "groups": list(groups),
            "front_end": bool(front_end),
            **rest,
        } if (
            name
            and not rest
            and _SHA256.fullmatch(digest.lower())
            and all(isinstance(group, str) and group for group in groups)
        ):
            return Key(name, digest.lower(), frozenset(groups), front_end)
    raise ConfigurationError(
        f'key {number} of {path} must have name = "...", sha256 = "64 hex digits", '
        'groups = ["...", ...] and, for a front end, front_end = true'
    )


def _told(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The value of a header that decides. Sent twice, two parties disagree about who is asking."""
    values = [value for header, value in headers if header == name]
    if len(values) > 1:
        raise Unauthenticated(f"the header {name.decode()} was sent twice; send it once")
    try:
        return values[0].decode("utf-8").strip() if values else None
    except UnicodeDecodeError as exc:
        raise Unauthenticated(f"the header {name.decode()} is not UTF-8") from exc


def _presented(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """The key of the one header that has it; a Bearer first."""
    bearer = _bearer(_told(headers, _AUTHORIZATION))
    return _told(headers, _API_KEY) if bearer is None else bearer


def _bearer(authorization: str | None) -> str | None:
    scheme, _, credentials = (authorization or "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _person(key: Key, user: str | None, groups: str | None) -> Caller:
    """The person a front end names. Named without groups, it is only one of everyone."""
    if user is None and groups is None:
        return Caller(key.name, Scope.of(key.groups))
    name = f"{key.name}/{user}" if user else key.name
    return Caller(name, Scope.of(key.groups & _split(groups or "")))


def _split(groups: str) -> frozenset[str]:
    return frozenset(group.strip() for group in groups.split(",") if group.strip())


# Of each connection's peer it is asked again with every request.
@lru_cache(maxsize=1024)
def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
