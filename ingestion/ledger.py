"""The writer's memory between runs, in SQLite: what was seen, what failed, and embeddings."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.errors import RunRefused
from ingestion.types import Failure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, location TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sightings (
    document TEXT PRIMARY KEY, source TEXT NOT NULL, groups TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS failures (
    source TEXT NOT NULL, path TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (source, path));
CREATE TABLE IF NOT EXISTS embeddings (
    fingerprint TEXT NOT NULL, passage BLOB NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (fingerprint, passage)) WITHOUT ROWID;
"""
# Every build of SQLite takes this many values in one statement.
_VALUES = 500

PassageKey = bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """A document that was at its source at the last run, and who might see it there."""

    document_id: str
    source: str
    groups: frozenset[str]


def passage_key(passage: str) -> PassageKey:
    """The SHA-256 of what is embedded: equal passages share one vector."""
    return sha256(passage.encode()).digest()


class Ledger:
    """One collection's ledger. Each method is one transaction, so a kill loses at most one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["Ledger"]:
        """The ledger at ``path``, made where there is none. RunRefused when it cannot be used."""
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        except sqlite3.Error as exc:
            connection.close()
            raise RunRefused(
                f"the ledger {path} cannot be used ({exc}); if it is damaged, delete it and run "
                "again over all sources: what it remembered is computed anew"
            ) from exc
        try:
            yield cls(connection)
        finally:
            connection.close()

    def location(self, source: str) -> str | None:
        """Where the source of this name was at the last run, or None for a new name."""
        row = self._connection.execute(
            "SELECT location FROM sources WHERE name = ?", (source,)
        ).fetchone()
        return None if row is None else str(row[0])

    def record_sources(self, locations: Mapping[str, str]) -> None:
        """Remember where each source is."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO sources VALUES (?, ?)", locations.items()
            )

    def record_sightings(self, sources: Iterable[str], sightings: Iterable[Sighting]) -> None:
        """Replace what is known to be in ``sources`` by ``sightings``."""
        with self._connection:
            self._connection.executemany(
                "DELETE FROM sightings WHERE source = ?", ((source,) for source in sources)
            )
            self._connection.executemany(
                "INSERT INTO sightings VALUES (?, ?, ?)",
                ((s.document_id, s.source, json.dumps(sorted(s.groups))) for s in sightings),
            )

    def sightings(self) -> dict[str, Sighting]:
        """Every document that was there at the last run of its source, by document id."""
        rows = self._connection.execute("SELECT document, source, groups FROM sightings")
        return {row[0]: Sighting(row[0], row[1], frozenset(json.loads(row[2]))) for row in rows}

    def record_failures(
        self, sources: Iterable[str], failures: Iterable[tuple[str, Failure]]
    ) -> None:
        """Replace what is known to fail in ``sources`` by ``failures``, each with its source."""
        with self._connection:
            self._connection.executemany(
                "DELETE FROM failures WHERE source = ?", ((source,) for source in sources)
            )
            self._connection.executemany(
                "INSERT INTO failures VALUES (?, ?, ?, ?)",
                ((source, f.path, f.stage, f.reason) for source, f in failures),
            )

    def embeddings(
        self, fingerprint: str, keys: Sequence[PassageKey]
    ) -> dict[PassageKey, NDArray[np.float32]]:
        """The stored vectors of those ``keys`` that have one."""
        found: dict[PassageKey, NDArray[np.float32]] = {}
        for i in range(0, len(keys), _VALUES):
            batch = keys[i : i + _VALUES]
            rows = self._connection.execute(
                "SELECT passage, vector FROM embeddings WHERE fingerprint = ? "  # noqa: S608 (only marks are inserted)
                f"AND passage IN ({','.join('?' * len(batch))})",
                (fingerprint, *batch),
            )
            found.update((key, np.frombuffer(vector, np.float32)) for key, vector in rows)
        return found

    def record_embeddings(
        self, fingerprint: str, keys: Sequence[PassageKey], vectors: NDArray[np.float32]
    ) -> None:
        """Keep one batch of vectors, shape (len(keys), dimensions)."""
        pairs = zip(keys, vectors, strict=True)
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                ((fingerprint, key, vector.tobytes()) for key, vector in pairs),
            )

    def forget_embeddings(self, keep: Iterable[PassageKey]) -> None:
        """Drop every vector, of whichever embedder, whose passage is not in ``keep``."""
        with self._connection:
            self._connection.execute("CREATE TEMP TABLE kept (passage BLOB PRIMARY KEY)")
            self._connection.executemany("INSERT INTO kept VALUES (?)", ((key,) for key in keep))
            self._connection.execute(
                "DELETE FROM embeddings WHERE passage NOT IN (SELECT passage FROM kept)"
            )
            self._connection.execute("DROP TABLE kept")
