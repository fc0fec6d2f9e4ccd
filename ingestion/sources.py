"""Folders as sources, with the permissions that ``.footnote-acl.toml`` gives their files."""

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from indexes.errors import ConfigurationError, SourceError
from indexes.types import EVERYONE
from ingestion.types import SourceFile

ACL_FILE = ".footnote-acl.toml"
_GLOB_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_GLOB_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Files whose path matches the glob ``path`` are visible to ``groups``."""

    path: re.Pattern[str]
    groups: frozenset[str]


def read_rules(root: Path) -> tuple[Rule, ...] | None:
    """The rules of the folder ``root`` in their order, or None where it has no permissions file.

    ConfigurationError when the file is there but cannot be understood: nothing is public by
    mistake.
    """
    path = root / ACL_FILE
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        if isinstance(exc, FileNotFoundError) and not path.is_symlink():
            return None
        raise ConfigurationError(
            f"the permissions file {path} cannot be read ({exc}); correct it, then run again"
        ) from exc
    unknown = content.keys() - {"rule"}
    tables = content.get("rule", [])
    if unknown or not isinstance(tables, list):
        raise ConfigurationError(
            f"the permissions file {path} may hold only [[rule]] tables; found {sorted(content)}"
        )
    return tuple(_read_rule(path, number, table) for number, table in enumerate(tables, 1))


def _read_rule(path: Path, number: int, table: object) -> Rule:
    match table:
        case {"path": str(pattern), "groups": list(groups), **rest} if not rest and all(
            isinstance(group, str) and group for group in groups
        ):
            if pattern.startswith(("/", "./")) or pattern.endswith("/"):
                raise ConfigurationError(
                    f"rule {number} of {path} matches no file: {pattern!r} must be relative to the "
                    'folder, as in "hr/**" for all that is in hr'
                )
            return Rule(_compile_glob(pattern), frozenset(groups))
    raise ConfigurationError(
        f'rule {number} of {path} must be path = "a glob" and groups = ["a group", ...], '
        "and nothing else"
    )


def _compile_glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay inside one path component, ``**`` crosses them."""
    parts = _GLOB_PARTS.findall(unicodedata.normalize("NFC", pattern))
    return re.compile(
        "".join(_GLOB_REGEX.get(part) or re.escape(part) for part in parts), re.DOTALL
    )


def groups_of(path: str, rules: tuple[Rule, ...] | None) -> frozenset[str]:
    """Who may see ``path``: the last rule that matches; nobody where rules exist and none does."""
    if rules is None:
        return frozenset({EVERYONE})
    # A file whose name some systems write decomposed is the one that the rule means.
    name = unicodedata.normalize("NFC", path)
    matching = [rule.groups for rule in rules if rule.path.fullmatch(name)]
    return matching[-1] if matching else frozenset()


class FolderSource:
    """All files below a folder, hidden ones left out."""

    def __init__(self, root: Path, name: str | None = None) -> None:
        """``name`` defaults to the folder's own."""
        self._root = root.resolve()
        self.name = name or self._root.name
        self.location = self._root.as_uri()

    def files(self) -> Iterator[SourceFile]:
        """Every file, in order of path. SourceError when the folder is not there."""
        if not self._root.is_dir():
            raise SourceError(
                f"the source folder {self._root} does not exist or is not a folder; "
                "check its path, or that its disk is mounted"
            )
        rules = read_rules(self._root)
        for path in sorted(self._walk()):
            try:
                yield self._describe(path, rules)
            except FileNotFoundError:
                continue  # deleted since the folder was listed

    def _walk(self) -> Iterator[str]:
        for folder, subfolders, names in os.walk(self._root, onerror=self._unreadable):
            subfolders[:] = [name for name in subfolders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                # A link may point out of the folder, at what nobody gave permissions for.
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    yield path.relative_to(self._root).as_posix()

    def _unreadable(self, error: OSError) -> None:
        raise SourceError(
            f"the folder {error.filename} of the source {self.name!r} cannot be read "
            f"({error.strerror}); nothing is taken for deleted, so correct its permissions first"
        ) from error

    def _describe(self, path: str, rules: tuple[Rule, ...] | None) -> SourceFile:
        modified = datetime.fromtimestamp((self._root / path).stat().st_mtime, UTC)
        printable = os.fsencode(path).decode("utf-8", "backslashreplace")
        return SourceFile(
            source=self.name,
            path=printable,
            uri=quote(f"{self.name}/{printable}"),
            updated_at=modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
            groups=groups_of(printable, rules),
        )

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one file. SourceError when they cannot be read."""
        try:
            return (self._root / file.path).read_bytes()
        except OSError as exc:
            raise SourceError(f"cannot be read: {exc.strerror}") from exc
