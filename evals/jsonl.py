"""JSON Lines with the line number kept, so that a wrong field is named by file and line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexes.errors import ConfigurationError

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file. Every reader raises ConfigurationError, naming the file and line."""

    path: Path
    line: int
    fields: dict[str, Any]

    def string(self, name: str, default: str | None = None) -> str:
        """A text; required, and not blank, unless there is a default."""
        value = self._get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(f"{name!r} must be a text that is not blank, not {value!r}")
        return value

    def strings(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts."""
        value = self._get(name, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"{name!r} must be a list of texts, not {value!r}")
        return tuple(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.error(f"{name!r} must be true or false, not {value!r}")
        return value

    def error(self, problem: str) -> ConfigurationError:
        """What is wrong with this line, as an error to raise."""
        return ConfigurationError(f"{self.path}, line {self.line}: {problem}")

    def _get(self, name: str, default: object) -> object:
        value = self.fields.get(name, _MISSING)
        if value is not _MISSING:
            return value
        if default is None:
            raise self.error(f"the field {name!r} is missing")
        return default


def records(path: Path) -> Iterator[Record]:
    """The lines of ``path`` that are not blank; ConfigurationError for one that is no object."""
    for number, line in lines(path):
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as exc:
            raise ConfigurationError(f"{path}, line {number}: not JSON ({exc})") from exc
        if not isinstance(fields, dict):
            raise ConfigurationError(f"{path}, line {number}: a JSON object must stand here")
        yield Record(path, number, fields)


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines of ``path`` that are not blank; ConfigurationError if it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read: {exc}") from exc
