"""Immutable snapshots of a collection: written aside, hashed, published by one atomic rename."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from indexes.catalog import CATALOG_FILE
from indexes.catalog_writer import CatalogWriter, Entry
from indexes.errors import (
    LockHeld,
    NoSnapshot,
    SnapshotCorrupt,
    SnapshotMismatch,
    UnknownSnapshot,
    UsageError,
)
from indexes.indexing import VectorSource, write_indexes

FORMAT = 3
_MANIFEST_FILE = "manifest.json"
_CURRENT_FILE = "CURRENT"
_UNFINISHED = ".building-"
_COLLECTION_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SNAPSHOT_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is made of.

    ``files`` maps each file, relative to the snapshot, to its SHA-256; ``embedder`` holds the
    fingerprint and what it was made of; ``chunker`` the settings the chunks were cut with;
    ``vectors`` how they are searched, and with what recall where that is not exact. The id ends
    in 12 hex digits of the SHA-256 of all other fields.
    """

    id: str
    format: int
    collection: str
    parent: str | None
    created_at: str
    documents: int
    chunks: int
    embedder: Mapping[str, str]
    chunker: Mapping[str, str]
    vectors: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A snapshot whose manifest cannot be read, and why: ``damaged``, or the format it has."""

    id: str
    reason: str


def collections(data_dir: Path) -> list[str]:
    """Names of the collections under ``data_dir``, sorted, published or not."""
    root = data_dir / "collections"
    if not root.is_dir():
        return []
    names = (entry.name for entry in root.iterdir() if entry.is_dir())
    return sorted(name for name in names if _COLLECTION_NAME.fullmatch(name))


class SnapshotStore:
    """The snapshots of one collection on disk."""

    def __init__(self, data_dir: Path, collection: str) -> None:
        """UsageError when ``collection`` cannot be the name of a folder."""
        if not _COLLECTION_NAME.fullmatch(collection):
            raise UsageError(
                f"{collection!r} cannot name a collection: use 1 to 64 of a-z, 0-9, '.', '_' and "
                "'-', beginning with a letter or digit"
            )
        self.collection = collection
        self.root = data_dir / "collections" / collection
        self._snapshots = self.root / "snapshots"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the collection for writing; LockHeld at once when another process does."""
        self._snapshots.mkdir(parents=True, exist_ok=True)
        try:
            # The kernel gives the lock back when its holder dies, however it dies.
            with FileLock(self.root / ".lock", timeout=0):
                yield
        except Timeout as exc:
            raise LockHeld(
                f"another run is writing the collection {self.collection!r}; "
                "wait for it to end, then run again"
            ) from exc

    def current(self) -> str | None:
        """The id of the published snapshot, or None before the first."""
        try:
            return (self.root / _CURRENT_FILE).read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def folder(self, snapshot_id: str) -> Path:
        """Where a snapshot's files are. UnknownSnapshot when there is none of this id."""
        folder = self._snapshots / snapshot_id
        if not _SNAPSHOT_ID.fullmatch(snapshot_id) or not folder.is_dir():
            raise UnknownSnapshot(
                f"the collection {self.collection!r} has no snapshot {snapshot_id!r}; "
                "`python -m ingestion snapshots list` shows those it has"
            )
        return folder

    def published(self) -> Path:
        """The folder of the published snapshot. NoSnapshot before the first."""
        current = self.current()
        if current is None:
            raise NoSnapshot(
                f"the collection {self.collection!r} has no published snapshot; "
                "run `python -m ingestion run` first"
            )
        return self.folder(current)

    def listing(self) -> list[Manifest | Unreadable]:
        """All snapshots, oldest first, also those that this Footnote cannot read."""
        return [_look_at(self._snapshots / snapshot_id) for snapshot_id in self._ids()]

    def manifests(self) -> list[Manifest]:
        """The manifests of all snapshots that can be read, oldest first."""
        return [each for each in self.listing() if isinstance(each, Manifest)]

    def _ids(self) -> list[str]:
        if not self._snapshots.is_dir():
            return []
        names = (entry.name for entry in self._snapshots.iterdir())
        return sorted(name for name in names if _SNAPSHOT_ID.fullmatch(name))

    def verify(self, snapshot_id: str) -> Manifest:
        """Compare every file of a snapshot with its hash; SnapshotCorrupt names what differs."""
        return verify(self.folder(snapshot_id))

    @contextmanager
    def staging(self) -> Iterator[CatalogWriter]:
        """A catalog for documents on their way into a snapshot; it is gone afterwards."""
        folder = self._snapshots / f"{_UNFINISHED}staged-{os.getpid()}"
        folder.mkdir()
        try:
            with CatalogWriter(folder / CATALOG_FILE) as writer:
                yield writer
        finally:
            shutil.rmtree(folder)

    def write(
        self,
        entries: Sequence[Entry],
        vectors: VectorSource,
        *,
        embedder: Mapping[str, str],
        chunker: Mapping[str, str],
    ) -> Manifest:
        """Write a snapshot of ``entries`` that is whole, on disk and not yet published.

        The passages of all chunks, in order, are given to ``vectors`` some thousands at a time.
        The caller holds the lock.
        """
        folder = self._snapshots / f"{_UNFINISHED}{os.getpid()}"
        folder.mkdir()
        with CatalogWriter(folder / CATALOG_FILE) as writer:
            writer.gather(entries)
        indexed = write_indexes(folder, vectors)
        manifest = _seal(
            Manifest(
                id="",
                format=FORMAT,
                collection=self.collection,
                parent=self.current(),
                created_at=datetime.now(UTC).isoformat(),
                documents=len(entries),
                chunks=indexed.passages,
                embedder=dict(embedder) | {"fingerprint": vectors.fingerprint},
                chunker=dict(chunker),
                vectors=dict(indexed.vectors),
                files=_hash_files(folder),
            )
        )
        (folder / _MANIFEST_FILE).write_text(_to_json(manifest), "utf-8")
        _sync_tree(folder)
        folder.rename(self._snapshots / manifest.id)
        _sync(self._snapshots)
        return manifest

    def publish(self, snapshot_id: str) -> None:
        """Verify a snapshot, then make it the one that readers see. The caller holds the lock."""
        self.verify(snapshot_id)
        pending = self.root / f".{_CURRENT_FILE}"
        pending.write_text(f"{snapshot_id}\n", "utf-8")
        _sync(pending)
        pending.replace(self.root / _CURRENT_FILE)
        _sync(self.root)

    def prune(self, keep: int) -> list[str]:
        """Delete all but the ``keep`` newest snapshots and the published one; return their ids.

        What an interrupted run left unfinished goes too. The caller holds the lock.
        """
        self.discard_unfinished()
        current = self.current()
        ids = [snapshot_id for snapshot_id in self._ids() if snapshot_id != current]
        doomed = ids[: max(0, len(ids) - max(0, keep))]
        for snapshot_id in doomed:
            shutil.rmtree(self._snapshots / snapshot_id)
        return doomed

    def discard_unfinished(self) -> None:
        """Delete what an interrupted run left behind. The caller holds the lock."""
        for folder in self._snapshots.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the snapshot in ``folder``.

    SnapshotCorrupt when it is missing, damaged or not the one that gave the snapshot its id;
    SnapshotMismatch when an older or newer Footnote wrote it.
    """
    try:
        fields, stated = _stated(folder)
        if stated != FORMAT:
            raise SnapshotMismatch(
                f"the snapshot {folder.name} has format {stated}, this Footnote reads "
                f"{FORMAT}; ingest the collection again or run the version that wrote it"
            )
        manifest = Manifest(**fields)
        sealed = _seal(manifest)
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise SnapshotCorrupt(_repair(folder, f"{_MANIFEST_FILE} cannot be read: {exc}")) from exc
    if sealed.id != manifest.id or manifest.id != folder.name:
        raise SnapshotCorrupt(_repair(folder, f"{_MANIFEST_FILE} was changed after writing"))
    return manifest


def _look_at(folder: Path) -> Manifest | Unreadable:
    try:
        return read_manifest(folder)
    except SnapshotMismatch:
        return Unreadable(folder.name, f"format {_stated(folder)[1]}")
    except SnapshotCorrupt:
        return Unreadable(folder.name, "damaged")


def _stated(folder: Path) -> tuple[dict[str, Any], object]:
    """What a manifest holds, not yet believed, and the format that it says it has."""
    fields = json.loads((folder / _MANIFEST_FILE).read_text("utf-8"))
    return fields, fields["format"]


def verify(folder: Path) -> Manifest:
    """Compare every file in ``folder`` with the manifest; SnapshotCorrupt names the first off."""
    manifest = read_manifest(folder)
    found = _hash_files(folder)
    for name in sorted(manifest.files.keys() | found.keys()):
        expected, actual = manifest.files.get(name), found.get(name)
        if expected != actual:
            state = "is missing" if actual is None else "is not the file that was written"
            raise SnapshotCorrupt(_repair(folder, f"{name} {state}"))
    return manifest


def _repair(folder: Path, problem: str) -> str:
    return (
        f"the snapshot {folder.name} is damaged: {problem}; publish another one "
        "(`python -m ingestion snapshots list`, then `publish ID`) or run the ingestion again"
    )


def _seal(manifest: Manifest) -> Manifest:
    fields = asdict(manifest) | {"id": ""}
    digest = sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    moment = datetime.fromisoformat(manifest.created_at).strftime("%Y%m%dT%H%M%S%fZ")
    return Manifest(**fields | {"id": f"{moment}-{digest[:12]}"})


def _to_json(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _hash_files(folder: Path) -> dict[str, str]:
    hashes = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != _MANIFEST_FILE:
            with path.open("rb") as file:
                hashes[name] = file_digest(file, "sha256").hexdigest()
    return hashes


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
