"""Folders as sources."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns
from urllib.parse import quote

from indexes.errors import SourceError, SourceGone
from ingestion.acl import ACL_FILE, Permissions, Rules, read_rules
from ingestion.types import SourceFile

# Nanoseconds. A file can be written twice within one tick of its file system's clock (10 ms on
# Linux, 2 s on FAT): what was modified this recently may still change under the same time.
_UNSETTLED = 2_000_000_000


class FolderSource:
    """All files below a folder, hidden ones left out."""

    def __init__(self, root: Path, name: str | None = None, rules: Rules | None = None) -> None:
        """``name`` defaults to the folder's own; ``rules`` narrow what its own files permit."""
        self._root = root.resolve()
        self._rules = rules
        self.name = name or self._root.name
        self.location = self._root.as_uri()

    def files(self) -> Iterator[SourceFile]:
        """Every file, in order of path. SourceError when the folder is not there."""
        if not self._root.is_dir():
            raise SourceGone(
                f"the source folder {self._root} does not exist or is not a folder; "
                "check its path, or that its disk is mounted"
            )
        paths = sorted(self._walk())
        permissions = self._permissions([path for path in paths if _is_acl(path)])
        now = time_ns()
        for path in paths:
            if _is_acl(path):
                continue
            try:
                status = os.lstat(f"{self._root}/{path}")
            except FileNotFoundError:
                continue  # deleted since the folder was listed
            except OSError as exc:
                raise self._unreadable(exc) from exc
            if stat.S_ISREG(status.st_mode):
                yield self._describe(path, status, permissions, now)

    def _walk(self) -> Iterator[str]:
        """Paths of files, with permissions files, of whatever kind, among them."""
        folders = [""]
        while folders:
            prefix = folders.pop()
            try:
                with os.scandir(f"{self._root}/{prefix}") as entries:
                    listed = list(entries)
            except OSError as exc:
                raise self._unreadable(exc) from exc
            for entry in listed:
                path = prefix + entry.name
                if entry.name == ACL_FILE:
                    yield path
                elif entry.name.startswith("."):
                    continue
                # A link may point out of the folder, at what nobody gave permissions for.
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    yield path

    def _unreadable(self, error: OSError) -> SourceError:
        return SourceError(
            f"the folder {error.filename} of the source {self.name!r} cannot be read "
            f"({error.strerror}); nothing is taken for deleted, so correct its permissions first"
        )

    def _permissions(self, paths: list[str]) -> Permissions:
        read = ((path, read_rules((self._root / path).parent)) for path in paths)
        return Permissions.of(
            self._rules, [(_printable(path), rules) for path, rules in read if rules is not None]
        )

    def _describe(
        self, path: str, status: os.stat_result, permissions: Permissions, now: int
    ) -> SourceFile:
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        settled = now - status.st_mtime_ns >= _UNSETTLED
        version = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
        printable = _printable(path)
        return SourceFile(
            source=self.name,
            path=printable,
            uri=quote(f"{self.name}/{printable}"),
            updated_at=modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
            groups=permissions.groups(printable),
            version=version if settled else "",
        )

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one file. SourceError when they cannot be read."""
        try:
            return (self._root / file.path).read_bytes()
        except OSError as exc:
            raise SourceError(f"cannot be read: {exc.strerror}") from exc


def _is_acl(path: str) -> bool:
    return path.rpartition("/")[2] == ACL_FILE


def _printable(path: str) -> str:
    """A name that is no UTF-8 with its bytes spelled out: it can be listed, and not be read."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
