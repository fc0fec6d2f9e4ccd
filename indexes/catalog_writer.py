"""Writes catalogs: documents as they come, or gathered by row from catalogs that exist."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from indexes.errors import RunRefused
from indexes.types import Chunk, Document, DocumentInfo, Placement, chunk_id

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,
    source TEXT NOT NULL, path TEXT NOT NULL, uri TEXT NOT NULL, title TEXT NOT NULL,
    type TEXT NOT NULL, language TEXT NOT NULL, content_hash TEXT NOT NULL, updated_at TEXT,
    groups TEXT NOT NULL, tags TEXT NOT NULL, authors TEXT NOT NULL, written_at TEXT,
    pages INTEGER NOT NULL, parent TEXT NOT NULL, stale INTEGER NOT NULL, family TEXT NOT NULL,
    text TEXT NOT NULL, placements TEXT NOT NULL, signature BLOB NOT NULL);
CREATE TABLE visibility (
    document INTEGER NOT NULL REFERENCES documents (row), audience TEXT NOT NULL,
    PRIMARY KEY (audience, document)) WITHOUT ROWID;
CREATE TABLE tagged (
    document INTEGER NOT NULL REFERENCES documents (row), tag TEXT NOT NULL,
    PRIMARY KEY (tag, document)) WITHOUT ROWID;
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents (row), ordinal INTEGER NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER, section TEXT NOT NULL);
CREATE INDEX chunks_of_document ON chunks (document, ordinal);
CREATE INDEX documents_of_family ON documents (family) WHERE family <> '';
"""
_INFO = (
    "id, collection, source, path, uri, title, type, language, content_hash, updated_at, "
    "groups, tags, authors, written_at, pages, parent, stale, family"
)
_INFO_VALUES = ", ".join("?" * len(_INFO.split(", ")))


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a catalog to be written: what is said of it, and where its text lies."""

    info: DocumentInfo
    catalog: Path
    row: int


class CatalogWriter:
    """One catalog in the making; rows count up from 0. For use with ``with``.

    Nothing of it is safe on disk before whoever seals the snapshot has synced it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._documents = 0
        self._chunks = 0
        with self._translated():
            self._connection = sqlite3.connect(path, uri=True)  # so that ATTACH takes a URI
            self._connection.executescript(_SCHEMA)
            self._connection.create_function("chunk_id", 2, chunk_id, deterministic=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self._connection.close()

    def commit(self) -> None:
        """Let readers see what was added so far."""
        with self._translated():
            self._connection.commit()

    def add(self, document: Document, chunks: Sequence[Chunk], signature: bytes = b"") -> Entry:
        """Append a document; ``signature`` is what tells near-duplicates of it."""
        row = self._documents
        with self._translated():
            self._connection.execute(
                f"INSERT INTO documents VALUES (?, {_INFO_VALUES}, ?, ?, ?)",  # noqa: S608 (only marks are inserted)
                (
                    row,
                    *_info_row(document.info),
                    document.text,
                    json.dumps([_placement_row(place) for place in document.placements]),
                    signature,
                ),
            )
            self._show([(row, document.info)])
            self._connection.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (self._chunks + i, chunk.id, row, *_chunk_row(chunk))
                    for i, chunk in enumerate(chunks)
                ),
            )
        self._documents += 1
        self._chunks += len(chunks)
        return Entry(document.info, self._path, row)

    def gather(self, entries: Sequence[Entry]) -> None:
        """Fill the empty catalog with the text and chunks of ``entries``, in their order.

        Of each, ``info`` says what there is to say today, whatever its old catalog says; chunks
        get the ids that belong to the document's.
        """
        origins = sorted({entry.catalog for entry in entries})
        with self._translated():
            self._attach(origins)
            numbers = {path: number for number, path in enumerate(origins)}
            self._connection.execute(
                f"CREATE TEMP TABLE entries (row INTEGER PRIMARY KEY, origin, old, {_INFO})"
            )
            self._connection.executemany(
                f"INSERT INTO entries VALUES (?, ?, ?, {_INFO_VALUES})",  # noqa: S608 (as above)
                (
                    (row, numbers[entry.catalog], entry.row, *_info_row(entry.info))
                    for row, entry in enumerate(entries)
                ),
            )
            for number in range(len(origins)):
                self._copy_documents(number)
            self._copy_chunks(len(origins))
            self._show(enumerate(entry.info for entry in entries))
            self._connection.execute("DROP TABLE entries")
            self._connection.commit()
            for number in range(len(origins)):
                self._connection.execute(f"DETACH origin{number}")

    def _attach(self, origins: Sequence[Path]) -> None:
        for number, path in enumerate(origins):
            uri = f"{path.resolve().as_uri()}?mode=ro"
            self._connection.execute(f"ATTACH ? AS origin{number}", (uri,))

    def _copy_documents(self, origin: int) -> None:
        info = ", ".join(f"e.{name}" for name in _INFO.split(", "))
        self._connection.execute(
            f"INSERT INTO documents SELECT e.row, {info}, d.text, d.placements, d.signature "  # noqa: S608 (constants)
            f"FROM temp.entries e JOIN origin{origin}.documents d ON d.row = e.old "
            "WHERE e.origin = ? ORDER BY e.row",
            (origin,),
        )

    def _copy_chunks(self, origins: int) -> None:
        parts = [
            "SELECT e.id AS owner, e.row AS document, c.ordinal, c.start, c.end, c.page, c.section "  # noqa: S608 (constants)
            f"FROM temp.entries e JOIN origin{number}.chunks c ON c.document = e.old "
            f"WHERE e.origin = {number}"
            for number in range(origins)
        ]
        if parts:
            self._connection.execute(
                "INSERT INTO chunks SELECT row_number() OVER (ORDER BY document, ordinal) - 1, "  # noqa: S608 (constants)
                "chunk_id(owner, ordinal), document, ordinal, start, end, page, section "
                f"FROM ({' UNION ALL '.join(parts)}) ORDER BY document, ordinal"
            )

    def _show(self, infos: Iterable[tuple[int, DocumentInfo]]) -> None:
        for row, info in infos:
            self._connection.executemany(
                "INSERT INTO visibility VALUES (?, ?)",
                ((row, group) for group in sorted(info.groups)),
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO tagged VALUES (?, ?)", ((row, tag) for tag in info.tags)
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            raise RunRefused(
                f"the catalog {self._path} cannot be written ({exc}); make sure that its disk has "
                "room, then run again: nothing was published"
            ) from exc


def _info_row(info: DocumentInfo) -> tuple[str | int | None, ...]:
    return (
        *(info.id, info.collection, info.source, info.path, info.uri, info.title, info.type),
        *(info.language, info.content_hash, info.updated_at),
        *(_json(sorted(info.groups)), _json(info.tags), _json(info.authors)),
        *(info.written_at, info.pages, info.parent, int(info.stale), info.family),
    )


def _json(values: Sequence[str]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _chunk_row(chunk: Chunk) -> tuple[int | str | None, ...]:
    return chunk.ordinal, chunk.start, chunk.end, chunk.page, _json(chunk.section)


def _placement_row(place: Placement) -> list[float | str | None]:
    """Start, end and page; then the box or, instead, the cells."""
    row: list[float | str | None] = [place.start, place.end, place.page]
    if place.box is not None:
        row += [place.box.left, place.box.top, place.box.right, place.box.bottom]
    elif place.cells:
        row.append(place.cells)
    return row
