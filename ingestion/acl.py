"""Who may see a file: the rules of ``.footnote-acl.toml`` and of a source's configuration."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path

from indexes.errors import ConfigurationError
from indexes.types import EVERYONE

ACL_FILE = ".footnote-acl.toml"
_GLOB_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_GLOB_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Files whose path matches the glob ``path`` are visible to ``groups``.

    ``glob`` is how it is written, and ``where``: ``rule 2 of /srv/wiki/.footnote-acl.toml``.
    """

    path: re.Pattern[str]
    groups: frozenset[str]
    glob: str
    where: str


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Permissions:
    """Lists of rules, each with the folder it is relative to: ``""`` is the source's top.

    A file is visible to whom every list over it lets in, so that a further list can only narrow.
    """

    lists: tuple[tuple[str, Rules], ...] = ()

    @classmethod
    def of(cls, configured: Rules | None, files: Iterable[tuple[str, Rules]] = ()) -> "Permissions":
        """Of a source's ``configured`` rules and its permissions ``files``, by their paths."""
        first = () if configured is None else (("", configured),)
        return cls((*first, *((path.removesuffix(ACL_FILE), rules) for path, rules in files)))

    def groups(self, path: str) -> frozenset[str]:
        """Who may see the file at ``path``; everyone where no list is over it."""
        allowed = frozenset({EVERYONE})
        for folder, rules in self.lists:
            if path.startswith(folder):
                allowed = common_groups(allowed, groups_of(path[len(folder) :], rules))
        return allowed


def common_groups(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Whom both audiences let in; everyone (``*``) lets in whomever the other names."""
    if EVERYONE in one:
        return other
    if EVERYONE in other:
        return one
    return one & other


def groups_of(path: str, rules: Rules | None) -> frozenset[str]:
    """Who may see ``path``: the last rule that matches; nobody where rules exist and none does."""
    if rules is None:
        return frozenset({EVERYONE})
    # A file whose name some systems write decomposed is the one that the rule means.
    name = unicodedata.normalize("NFC", path)
    matching = [rule for rule in rules if rule.path.fullmatch(name)]
    if audit := _audit.get():
        audit.note(name, rules, matching)
    return matching[-1].groups if matching else frozenset()


class Audit:
    """Which rules were asked about files, in which folders, and which of them matched one."""

    def __init__(self) -> None:
        self._lists: dict[str, tuple[Rules, set[str]]] = {}
        self._matched: set[str] = set()

    def note(self, name: str, rules: Rules, matching: Iterable[Rule]) -> None:
        """Of the ``rules``, all of one list, ``matching`` are those that match a file's name."""
        if rules:
            _, folders = self._lists.setdefault(rules[0].where, (rules, set()))
            folders.add(name.rpartition("/")[0])
            self._matched.update(rule.where for rule in matching)

    def remarks(self) -> list[str]:
        """A line about each rule that matched no file, with the glob that may be meant.

        ConfigurationError for one that names a folder of files: it was to hold for them, and they
        are visible to whomever other rules let in.
        """
        remarks: list[str] = []
        for rules, folders in self._lists.values():
            all_folders = {above for folder in folders for above in _and_above(folder)}
            unmatched = (rule for rule in rules if rule.where not in self._matched)
            remarks.extend(_remark(rule, all_folders) for rule in unmatched)
        return remarks


_audit: ContextVar[Audit | None] = ContextVar("audit", default=None)


@contextmanager
def audited() -> Iterator[Audit]:
    """Note which rules match the files that are asked about inside, whichever source asks."""
    audit = Audit()
    token = _audit.set(audit)
    try:
        yield audit
    finally:
        _audit.reset(token)


def _remark(rule: Rule, folders: AbstractSet[str]) -> str:
    problem = f"{rule.where} matches no file"
    if rule.glob in folders:
        raise ConfigurationError(
            f"{problem}: {rule.glob!r} is a folder; write '{rule.glob}/**' for all that is in it"
        )
    meant = _meant(rule, folders)
    return f"{problem}: {rule.glob!r}" + (f"; is {meant!r} meant?" if meant else "")


def _meant(rule: Rule, folders: AbstractSet[str]) -> str:
    """A glob for files, where folders match, or one is spelled otherwise; else empty."""
    if any(rule.path.fullmatch(folder) for folder in folders):
        return f"{rule.glob}/**"
    steps = rule.glob.replace("\\", "/").split("/")
    named = list(takewhile(lambda step: not {"*", "?"} & set(step), steps))
    wanted = "/".join(named).casefold()
    spelled = min((each for each in folders if each.casefold() == wanted), default="")
    meant = "/".join((spelled, *(steps[len(named) :] or ["**"])))
    return meant if spelled and meant != rule.glob else ""


def _and_above(folder: str) -> Iterable[str]:
    """A folder and those it is in, without the top."""
    return accumulate(folder.split("/"), "{}/{}".format) if folder else ()


def read_rules(root: Path) -> Rules | None:
    """The rules of the folder ``root`` in their order, or None where it has no permissions file.

    ConfigurationError when the file is there but cannot be understood: nothing is public by
    mistake.
    """
    path = root / ACL_FILE
    try:
        content = path.read_bytes()
    except OSError as exc:
        if isinstance(exc, FileNotFoundError) and not path.is_symlink():
            return None
        raise _unreadable(str(path), exc) from exc
    return parse_rules(content, str(path))


def parse_rules(content: bytes, where: str) -> Rules:
    """The rules of a permissions file; ``where`` names it. ConfigurationError as `read_rules`."""
    try:
        tables = tomllib.loads(content.decode("utf-8"))
    except ValueError as exc:
        raise _unreadable(where, exc) from exc
    rules = tables.get("rule", [])
    if tables.keys() - {"rule"} or not isinstance(rules, list):
        raise ConfigurationError(
            f"the permissions file {where} may hold only [[rule]] tables; found {sorted(tables)}"
        )
    return as_rules(rules, where)


def as_rules(tables: Iterable[object], where: str) -> Rules:
    """[[rule]] tables, already read, as rules; ConfigurationError names the wrong one."""
    return tuple(_as_rule(table, f"rule {n} of {where}") for n, table in enumerate(tables, 1))


def compile_glob(pattern: str) -> re.Pattern[str]:
    """To be matched in full: ``*`` and ``?`` stay in a path component, ``**`` crosses them."""
    parts = _GLOB_PARTS.findall(unicodedata.normalize("NFC", pattern))
    return re.compile(
        "".join(_GLOB_REGEX.get(part) or re.escape(part) for part in parts), re.DOTALL
    )


def _as_rule(table: object, where: str) -> Rule:
    match table:
        case {"path": str(pattern), "groups": list(groups), **rest} if not rest and all(
            isinstance(group, str) and group for group in groups
        ):
            if pattern.startswith(("/", "./")) or pattern.endswith("/"):
                raise ConfigurationError(
                    f"{where} matches no file: {pattern!r} must be relative to the "
                    'folder, as in "hr/**" for all that is in hr'
                )
            glob = unicodedata.normalize("NFC", pattern)
            return Rule(compile_glob(glob), frozenset(groups), glob, where)
    raise ConfigurationError(
        f'{where} must be path = "a glob" and groups = ["a group", ...], and nothing else'
    )


def _unreadable(where: str, reason: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"the permissions file {where} cannot be read ({reason}); correct it, then run again"
    )
