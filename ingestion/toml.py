"""A TOML table read key by key, with errors that name the file, the table and the key."""

import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from indexes.errors import ConfigurationError
from ingestion.remote.addresses import AddressRule
from ingestion.remote.network import web_address
from ingestion.remote.secret import Secret

# Names of keys, arguments and parts of addresses whose values are nobody's to read.
_SECRET_NAME = re.compile(
    r"(token|passwo?r?d|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential"
    r"|authorization)s?($|[_-])",
    re.IGNORECASE,
)


class Table:
    """One table. Each key is asked for once; ``close`` then names those nobody asked for."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        """``where`` is the file and the table, as errors name them."""
        self.where = where
        self._content = content
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; the ``default`` where there is none, if it is not None."""
        value = self._take(key, default)
        if not isinstance(value, str) or (not value and default is None):
            self._refuse(key, "must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        values = self._take(key, ())
        if not isinstance(values, list | tuple) or not all(
            isinstance(v, str) and v for v in values
        ):
            self._refuse(key, "must be a list of texts")
        return tuple(values)

    def integers(self, key: str, default: Sequence[int]) -> tuple[int, ...]:
        """A list of whole numbers that is not empty."""
        values = self._take(key, default)
        if not values or not isinstance(values, list | tuple) or not all(map(_is_integer, values)):
            self._refuse(key, "must be a list of whole numbers")
        return tuple(values)

    def positive(self, key: str, default: int) -> int:
        """A whole number above 0."""
        value = self._take(key, default)
        if not _is_integer(value) or value <= 0:
            self._refuse(key, "must be a whole number above 0")
        return int(value)

    def share(self, key: str) -> float | None:
        """A number from 0 to 1, or None where there is none."""
        value = self._take(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self._refuse(key, "must be a number from 0 to 1")
        return float(value)

    def address(self, key: str, default: str | None = None) -> str:
        """An HTTP address without secrets in it. What is refused is not shown: it may be one."""
        value = self.text(key, default)
        if value and not web_address(value):
            self._refuse(key, "must be an http or https address, without a user or password in it")
        if _holds_secret(value):
            self._refuse(key, "holds a secret; it would be shown where the address is")
        return value

    def secret(self, key: str) -> Secret | None:
        """What an environment variable holds, or None where none is named."""
        value = self._take(key, None)
        return None if value is None else self._secret(key, value)

    def address_rule(self, key: str) -> AddressRule:
        """``true``, ``false`` or a list of networks: which private addresses are allowed."""
        value = self._take(key, default=False)
        if isinstance(value, bool):
            return AddressRule(allow_private=value)
        try:
            return AddressRule(allowed=tuple(ip_network(network) for network in list(value)))
        except (TypeError, ValueError) as exc:
            self._refuse(key, f'must be true, false or a list such as ["10.0.0.0/8"] ({exc})')

    def arguments(self, key: str) -> Mapping[str, Any]:
        """A table of anything, in which ``{ env = "NAME" }`` stands for a secret."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self._refuse(key, "must be a table")
        return {name: self._argument(f"{key}.{name}", name, inner) for name, inner in value.items()}

    def table(self, key: str) -> "Table":
        """A table in this one, empty where there is none."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self._refuse(key, f"must be a table: [{key}]")
        return Table(value, f"{self.where}, [{key}]")

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        """The tables of an array of tables, empty where there is none."""
        values = self._take(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            self._refuse(key, f"must be tables: [[{key}]]")
        return values

    def close(self) -> None:
        """ConfigurationError if the table holds a key that nobody asked for."""
        unknown = sorted(self._content.keys() - set(self._known))
        if unknown:
            raise ConfigurationError(
                f"{self.where}: unknown key {', '.join(map(repr, unknown))}; "
                f"known are {', '.join(self._known)}"
            )

    def refuse(self, key: str, reason: str) -> ConfigurationError:
        """The error, to be raised, that says what is wrong with a key's value."""
        return ConfigurationError(f"{self.where}: {key} {reason}")

    def _take(self, key: str, default: Any) -> Any:
        self._known.append(key)
        return self._content.get(key, default)

    def _refuse(self, key: str, reason: str) -> NoReturn:
        if key not in self._content:
            raise self.refuse(key, "is missing")
        raise self.refuse(key, reason)

    def _secret(self, key: str, value: object) -> Secret:
        match value:
            case {"env": str(variable), **rest} if variable and not rest:
                content = os.environ.get(variable, "")
                if not content:
                    raise self.refuse(
                        key,
                        f"is to come from the environment variable {variable}, which is not set",
                    )
                return Secret(variable, content)
        raise self.refuse(
            key, 'is a secret and never stands in the file: write { env = "NAME" } and set NAME'
        )

    def _argument(self, key: str, name: str, value: Any) -> Any:
        match value:
            case {"env": _} if len(value) == 1:
                return self._secret(key, value)
            case dict():
                return {k: self._argument(f"{key}.{k}", k, inner) for k, inner in value.items()}
            case list():
                return [self._argument(key, name, inner) for inner in value]
            case str() if value and (_SECRET_NAME.search(name) or _holds_secret(value)):
                return self._secret(key, value)
        return value


def _is_named(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _holds_secret(address: str) -> bool:
    """Whether an address holds a password, or a secret among its parameters."""
    try:
        parts = urlsplit(address)
        named = any(_SECRET_NAME.search(name) for name, _ in parse_qsl(parts.query))
        return bool(parts.scheme) and (parts.password is not None or named)
    except ValueError:
        return False
