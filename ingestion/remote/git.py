"""A Git repository as a source: the files of one branch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from urllib.parse import quote

from indexes.errors import SourceError
from ingestion.acl import (
    ACL_FILE,
    Permissions,
    Rules,
    common_groups,
    compile_glob,
    groups_of,
    parse_rules,
)
from ingestion.remote.addresses import AddressRule
from ingestion.remote.git_copy import Absent, GitCopy
from ingestion.types import Changes, SourceFile

_LFS = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Repository:
    """What of a repository is read.

    An empty ``branch`` is the server's default, an empty ``folder`` the whole tree, and no globs
    in ``include`` every file of it. ``link`` is where a reader finds a file of the repository,
    with ``{path}`` in it.
    """

    url: str
    branch: str = ""
    folder: str = ""
    include: tuple[str, ...] = ()
    link: str = ""

    @property
    def location(self) -> str:
        """The repository as a URI, with branch and folder where they are chosen."""
        chosen = f"{self.branch}:{self.folder}".rstrip(":")
        return f"{self.url}#{quote(chosen)}" if chosen else self.url

    @property
    def fingerprint(self) -> str:
        """Changes with whatever lets other files of the same commit in."""
        return sha256(repr((self.folder, self.include)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Checkout:
    """The files of one commit, blob ids by path, and the rules of the whole repository."""

    commit: str
    blobs: Mapping[str, str]
    permissions: Permissions


class GitSource:
    """The files of one branch; hidden ones, links and submodules are left out."""

    def __init__(
        self,
        name: str,
        repository: Repository,
        copy: GitCopy,
        *,
        address_rule: AddressRule,
        rules: Rules | None = None,
    ) -> None:
        """``copy`` is where the repository is fetched to, and belongs to this source alone.

        ``rules`` narrow what the repository's own permissions files permit.
        """
        self.name = name
        self.location = repository.location
        self._repository = repository
        self._folder = f"{folder}/" if (folder := repository.folder.strip("/")) else ""
        self._copy = copy
        self._address_rule = address_rule
        self._rules = rules
        self._include = tuple(compile_glob(pattern) for pattern in repository.include)
        self._lock = Lock()  # a copy is one reader's at a time
        self._current: _Checkout | None = None

    def files(self) -> Iterator[SourceFile]:
        """Every file of the branch, in order of path; SourceError if it cannot be fetched."""
        return iter(self.changes("").files)

    def groups(self, path: str) -> frozenset[str]:
        """Who may see the file at ``path``."""
        with self._lock:
            return self._groups(path, self._checkout())

    def changes(self, cursor: str) -> Changes:
        """The files whose blobs differ between the commit of ``cursor`` and the branch of now."""
        with self._lock:
            self._current = now = self._update()
            before = self._blobs_of(cursor)
        known = before or {}
        changed = (path for path, blob in now.blobs.items() if known.get(path) != blob)
        return Changes(
            tuple(self._describe(path, now) for path in sorted(changed)),
            frozenset(known.keys() - now.blobs.keys()),
            f"{now.commit} {self._repository.fingerprint}",
            complete=before is None,
        )

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one file. SourceError where they are not in the repository."""
        with self._lock:
            now = self._checkout()
            try:
                content = self._copy.content(now.blobs[file.path])
            except (KeyError, Absent) as exc:
                raise SourceError(f"is not in {self.location} at commit {now.commit}") from exc
        if content.startswith(_LFS):
            raise SourceError("is kept in Git LFS, which is not fetched")
        return content

    def _checkout(self) -> _Checkout:
        if self._current is None:
            self._current = self._update()
        return self._current

    def _update(self) -> _Checkout:
        with self._address_rule.enforced(self.name):
            try:
                return self._look_at(self._copy.fetch(self._repository.branch))
            except Absent:
                # A killed run or a full disk left a part of it behind. It can be had again.
                self._copy.discard()
            try:
                return self._look_at(self._copy.fetch(self._repository.branch))
            except Absent as exc:
                raise SourceError(
                    f"{self.location} of the source {self.name!r} was fetched and is not whole; "
                    "check the repository with git fsck"
                ) from exc

    def _look_at(self, commit: str) -> _Checkout:
        blobs = self._copy.blobs(commit)
        wanted = self._wanted(blobs)
        if self._folder and not any(path.startswith(self._folder) for path in blobs):
            raise SourceError(
                f"{self._repository.url} has no folder {self._folder!r} at commit {commit}; "
                "nothing is taken for deleted, so correct the source's folder"
            )
        # A file above the chosen folder says who may see it too.
        permissions = Permissions.of(
            None,
            [
                (path, parse_rules(self._copy.content(blob), f"{path} of {self._repository.url}"))
                for path, blob in blobs.items()
                if path.rpartition("/")[2] == ACL_FILE
            ],
        )
        return _Checkout(commit, wanted, permissions)

    def _blobs_of(self, cursor: str) -> dict[str, str] | None:
        """The files at the commit of a cursor, or None where they cannot be known any more."""
        commit, _, fingerprint = cursor.partition(" ")
        if fingerprint != self._repository.fingerprint:
            return None
        try:
            return self._wanted(self._copy.blobs(commit))
        except Absent:
            return None

    def _wanted(self, blobs: Mapping[str, str]) -> dict[str, str]:
        """Of all files of the repository those of the source, by their paths in it."""
        inside = (
            (path.removeprefix(self._folder), blob)
            for path, blob in blobs.items()
            if path.startswith(self._folder)
        )
        return {path: blob for path, blob in inside if self._is_wanted(path)}

    def _is_wanted(self, path: str) -> bool:
        if "/." in f"/{path}":
            return False
        return not self._include or any(glob.fullmatch(path) for glob in self._include)

    def _groups(self, path: str, at: _Checkout) -> frozenset[str]:
        return common_groups(
            at.permissions.groups(self._folder + path), groups_of(path, self._rules)
        )

    def _describe(self, path: str, at: _Checkout) -> SourceFile:
        link = self._repository.link.replace("{path}", quote(self._folder + path))
        return SourceFile(
            source=self.name,
            path=path,
            uri=link or quote(f"{self.name}/{path}"),
            updated_at=None,
            groups=self._groups(path, at),
            version=at.blobs[path],
        )
