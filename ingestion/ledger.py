"""The writer's memory between runs, in SQLite: what was seen, what failed, and embeddings."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.errors import RunRefused
from ingestion.types import Failure, SourceFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, location TEXT NOT NULL, cursor TEXT NOT NULL DEFAULT '', ran_at TEXT);
CREATE TABLE IF NOT EXISTS files (
    document TEXT PRIMARY KEY, source TEXT NOT NULL, groups TEXT NOT NULL,
    content_hash TEXT NOT NULL, file TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS files_of_source ON files (source);
CREATE TABLE IF NOT EXISTS doubted (document TEXT PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS findings (
    source TEXT NOT NULL, path TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
    failed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS embeddings (
    fingerprint TEXT NOT NULL, passage BLOB NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (fingerprint, passage)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS codes (
    fingerprint TEXT NOT NULL, passage BLOB NOT NULL, tokens BLOB NOT NULL,
    PRIMARY KEY (fingerprint, passage)) WITHOUT ROWID;
"""
# From the layout before sources had cursors and files had versions, which one run finds out anew.
_UPGRADE = """
ALTER TABLE sources ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN ran_at TEXT;
DROP TABLE sightings;
DROP TABLE failures;
"""
# Every build of SQLite takes this many values in one statement.
_VALUES = 500

PassageKey = bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """A document that was at its source at the last run, as it was seen there.

    ``content_hash`` is that of the bytes that ``file.version`` stands for, or empty where they
    could not be read. Of an attachment, ``file`` is the mail's.
    """

    document_id: str
    file: SourceFile
    content_hash: str

    @property
    def groups(self) -> frozenset[str]:
        """Who might see it there."""
        return self.file.groups


def passage_key(passage: str) -> PassageKey:
    """The SHA-256 of what is embedded: equal passages share one vector."""
    return sha256(passage.encode()).digest()


class Ledger:
    """One collection's ledger. Each method is one transaction, so a kill loses at most one."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Ledger"]:
        """The ledger at ``path``, made where there is none. RunRefused when it cannot be used."""
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            connection.executescript((_UPGRADE if ("sightings",) in tables else "") + _SCHEMA)
        except sqlite3.Error as exc:
            connection.close()
            raise RunRefused(
                f"the ledger {path} cannot be used ({exc}); if it is damaged, delete it and run "
                "again over all sources: what it remembered is computed anew"
            ) from exc
        try:
            yield cls(connection, path)
        finally:
            connection.close()

    @contextmanager
    def reopened(self) -> Iterator["Ledger"]:
        """The same ledger for another thread: a connection belongs to the one that made it."""
        with Ledger.open(self._path) as ledger:
            yield ledger

    def location(self, source: str) -> str | None:
        """Where the source of this name was at the last run, or None for a new name."""
        row = self._one("SELECT location FROM sources WHERE name = ?", source)
        return None if row is None else str(row[0])

    def cursor(self, source: str) -> str:
        """Up to where the changes of this source are known; empty where nothing is."""
        row = self._one("SELECT cursor FROM sources WHERE name = ?", source)
        return "" if row is None else str(row[0])

    def ran_at(self, source: str) -> datetime | None:
        """When the source of this name was last brought up to date, or None if it never was."""
        row = self._one("SELECT ran_at FROM sources WHERE name = ?", source)
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def sources(self) -> set[str]:
        """The names of all sources that any run named."""
        return {row[0] for row in self._connection.execute("SELECT name FROM sources")}

    def record_source(self, name: str, location: str, cursor: str, ran_at: datetime) -> None:
        """Remember where a source is, and how far its changes are known."""
        self._do(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)",
            [(name, location, cursor, ran_at.isoformat())],
        )

    def record_sightings(
        self, source: str, sightings: Iterable[Sighting], *, doubted_at: datetime | None = None
    ) -> None:
        """Replace what is known to be in ``source`` by ``sightings``.

        With ``doubted_at`` what is not among them is still taken to be there: that it is missing
        is doubted, from then on or since it was first, until ``settle_doubts``.
        """
        with self._writing():
            if doubted_at is None:
                self._connection.execute(
                    "DELETE FROM doubted "
                    "WHERE document IN (SELECT document FROM files WHERE source = ?)",
                    (source,),
                )
                self._connection.execute("DELETE FROM files WHERE source = ?", (source,))
            else:
                self._connection.execute(
                    "INSERT OR IGNORE INTO doubted SELECT document, ? FROM files WHERE source = ?",
                    (doubted_at.isoformat(), source),
                )
            seen = [
                (s.document_id, source, _groups(s), s.content_hash, _as_json(s.file))
                for s in sightings
            ]
            self._connection.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", seen
            )
            self._forget("doubted", (row[0] for row in seen))

    def settle_doubts(self, present: AbstractSet[str], built_at: datetime) -> None:
        """Somebody published what was built then, of the documents ``present``.

        What was missing by then and is not among them is deleted.
        """
        doubted = self._connection.execute("SELECT document, since FROM doubted").fetchall()
        deleted = [
            document
            for document, since in doubted
            if document not in present and datetime.fromisoformat(since) <= built_at
        ]
        with self._writing():
            for table in ("files", "doubted"):
                self._forget(table, deleted)

    def sightings(self, source: str | None = None) -> dict[str, Sighting]:
        """Every document that was there at the last run of its source, by document id."""
        rows = self._connection.execute(
            "SELECT document, groups, content_hash, file FROM files "
            "WHERE source = ifnull(?, source)",
            (source,),
        )
        return {
            row[0]: Sighting(row[0], _from_json(row[3], json.loads(row[1])), row[2]) for row in rows
        }

    def record_findings(
        self, source: str, failures: Iterable[Failure], remarks: Iterable[Failure]
    ) -> None:
        """Replace what is known to fail in ``source``, and what was left out of its documents."""
        with self._writing():
            self._connection.execute("DELETE FROM findings WHERE source = ?", (source,))
            for failed, findings in ((1, failures), (0, remarks)):
                self._connection.executemany(
                    "INSERT INTO findings VALUES (?, ?, ?, ?, ?)",
                    ((source, f.path, f.stage, f.reason, failed) for f in findings),
                )

    def findings(self, source: str, *, failed: bool) -> list[Failure]:
        """What of ``source`` failed at its last run, or else what was left out of its documents."""
        rows = self._connection.execute(
            "SELECT path, stage, reason FROM findings WHERE source = ? AND failed = ? "
            "ORDER BY rowid",
            (source, failed),
        )
        return [Failure(*row) for row in rows]

    def missing(self, fingerprint: str, keys: Sequence[PassageKey]) -> set[PassageKey]:
        """Those of ``keys`` that have no stored vector."""
        return set(keys) - {
            key for (key,) in self._stored("passage", "embeddings", fingerprint, keys)
        }

    def uncoded(self, fingerprint: str, keys: Sequence[PassageKey]) -> set[PassageKey]:
        """Those of ``keys`` that have no stored token codes."""
        return set(keys) - {key for (key,) in self._stored("passage", "codes", fingerprint, keys)}

    def embeddings(
        self, fingerprint: str, keys: Sequence[PassageKey]
    ) -> dict[PassageKey, NDArray[np.float32]]:
        """The stored vectors of those ``keys`` that have one."""
        return {
            key: np.frombuffer(vector, np.float32)
            for key, vector in self._stored("passage, vector", "embeddings", fingerprint, keys)
        }

    def codes(self, fingerprint: str, keys: Sequence[PassageKey]) -> dict[PassageKey, bytes]:
        """The stored token codes of those ``keys`` that have them; empty for one of no token."""
        return dict(self._stored("passage, tokens", "codes", fingerprint, keys))

    def _stored(
        self, columns: str, table: str, fingerprint: str, keys: Sequence[PassageKey]
    ) -> Iterator[Any]:
        for i in range(0, len(keys), _VALUES):
            batch = keys[i : i + _VALUES]
            yield from self._connection.execute(
                f"SELECT {columns} FROM {table} WHERE fingerprint = ? "  # noqa: S608 (names of columns and tables, and marks)
                f"AND passage IN ({','.join('?' * len(batch))})",
                (fingerprint, *batch),
            )

    def record_embeddings(
        self,
        fingerprint: str,
        keys: Sequence[PassageKey],
        vectors: NDArray[np.float32],
        codes: Mapping[PassageKey, bytes],
    ) -> None:
        """Keep one batch of vectors, shape (len(keys), dimensions), and of their token codes."""
        with self._writing():
            self._connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                (
                    (fingerprint, key, vector.tobytes())
                    for key, vector in zip(keys, vectors, strict=True)
                ),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO codes VALUES (?, ?, ?)",
                ((fingerprint, key, tokens) for key, tokens in codes.items()),
            )

    def forget_embeddings(self, keep: Iterable[PassageKey]) -> None:
        """Drop all vectors and codes, of whichever embedder, whose passage is not in ``keep``."""
        with self._writing():
            self._connection.execute("CREATE TEMP TABLE kept (passage BLOB PRIMARY KEY)")
            self._connection.executemany(
                "INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keep)
            )
            for table in ("embeddings", "codes"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE passage NOT IN (SELECT passage FROM kept)"  # noqa: S608 (one of these two)
                )
            self._connection.execute("DROP TABLE kept")

    def _forget(self, table: str, documents: Iterable[str]) -> None:
        self._connection.executemany(
            f"DELETE FROM {table} WHERE document = ?",  # noqa: S608 (a table's name)
            ((document,) for document in documents),
        )

    def _one(self, sql: str, value: str) -> Any:
        return self._connection.execute(sql, (value,)).fetchone()

    def _do(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._writing():
            self._connection.executemany(sql, rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction."""
        try:
            with self._connection:
                yield
        except sqlite3.Error as exc:
            raise RunRefused(
                f"the ledger cannot be written ({exc}); make sure that its disk has room, then run "
                "again: nothing was published"
            ) from exc


def _groups(sighting: Sighting) -> str:
    return json.dumps(sorted(sighting.groups), ensure_ascii=False)


def _as_json(file: SourceFile) -> str:
    told = (file.source, file.path, file.uri, file.updated_at, file.tags, file.title, file.version)
    return json.dumps(told, ensure_ascii=False)


def _from_json(text: str, groups: Iterable[str]) -> SourceFile:
    source, path, uri, updated_at, tags, title, version = json.loads(text)
    return SourceFile(source, path, uri, updated_at, frozenset(groups), tuple(tags), title, version)
