"""Documents, chunks and permissions of one snapshot, in SQLite."""

import json
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.ages import newest_first
from indexes.allowed import Allowed
from indexes.errors import SnapshotCorrupt, UnknownDocument
from indexes.types import Box, Chunk, Document, DocumentInfo, Filters, Placement, Scope

# What the writer of a snapshot calls it.
CATALOG_FILE = "catalog.sqlite"
_INFO = """d.id, d.collection, d.source, d.path, d.uri, d.title, d.type, d.language,
    d.content_hash, d.updated_at, d.groups, d.tags, d.authors, d.written_at, d.pages, d.parent,
    d.stale, d.family"""
_DATED = "ifnull(d.written_at, d.updated_at)"  # as DocumentInfo.dated has it
# Cached answers to "which rows may this caller see"; one entry is a byte per chunk.
_CACHED_SCOPES = 64
# Documents of the last searches, without their texts: about a kilobyte each.
_CACHED_DOCUMENTS = 8192


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as it is embedded and indexed: its document, its headings and its text."""

    document: DocumentInfo
    section: tuple[str, ...]
    text: str


def _composed(path: str) -> str:
    """In NFC, as paths are compared."""
    return unicodedata.normalize("NFC", path)


def _placement(row: list[Any]) -> Placement:
    start, end, page, *place = row
    match place:
        case [str(cells)]:
            return Placement(start, end, page, cells=cells)
        case [left, top, right, bottom]:
            return Placement(start, end, page, Box(page, left, top, right, bottom))
    return Placement(start, end, page)


def _info(row: sqlite3.Row) -> DocumentInfo:
    return DocumentInfo(
        id=row["id"],
        collection=row["collection"],
        source=row["source"],
        path=row["path"],
        uri=row["uri"],
        title=row["title"],
        type=row["type"],
        language=row["language"],
        content_hash=row["content_hash"],
        updated_at=row["updated_at"],
        groups=frozenset(json.loads(row["groups"])),
        tags=tuple(json.loads(row["tags"])),
        authors=tuple(json.loads(row["authors"])),
        written_at=row["written_at"],
        pages=row["pages"],
        parent=row["parent"],
        stale=bool(row["stale"]),
        family=row["family"],
    )


def _document(row: sqlite3.Row) -> Document:
    placements = tuple(_placement(entry) for entry in json.loads(row["placements"]))
    return Document(_info(row), row["text"], placements)


class Catalog:
    """A snapshot's catalog, read only. Every question carries the Scope of who asks it."""

    def __init__(self, path: Path) -> None:
        """SnapshotCorrupt when ``path`` is not a catalog."""
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = local()
        try:
            owners = self._connection.execute("SELECT document FROM chunks ORDER BY row")
            self._owner = np.fromiter((row["document"] for row in owners), dtype=np.int64)
            (self._documents,) = self._connection.execute(
                "SELECT count(*) FROM documents"
            ).fetchone()
            self._duplicated = np.zeros(self._documents, np.bool_)
            families = self._connection.execute("SELECT row FROM documents WHERE family <> ''")
            self._duplicated[[row["row"] for row in families]] = True
        except sqlite3.Error as exc:
            raise SnapshotCorrupt(f"{path} is not a readable catalog: {exc}") from exc
        self.allowed = lru_cache(maxsize=_CACHED_SCOPES)(self._allowed)
        self._described = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._describe)

    @property
    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: SQLite lets two threads share none."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True)
            connection.row_factory = sqlite3.Row
            connection.create_function("composed", 1, _composed, deterministic=True)
            self._local.connection = connection
        return connection

    def _allowed(self, scope: Scope, filters: Filters) -> Allowed:
        """The chunk rows inside the scope and past the filters."""
        where, values = _restriction(scope, filters)
        rows = self._connection.execute(f"SELECT d.row FROM documents d WHERE {where}", values)  # noqa: S608 (built from constants)
        visible = np.zeros(self._documents, dtype=np.bool_)
        visible[[row["row"] for row in rows]] = True
        return Allowed(visible[self._owner])

    def count(self, scope: Scope, filters: Filters) -> int:
        """How many documents the caller may see that pass the filters."""
        where, values = _restriction(scope, filters)
        sql = f"SELECT count(*) FROM documents d WHERE {where}"  # noqa: S608 (as above)
        (count,) = self._connection.execute(sql, values).fetchone()
        return int(count)

    def documents(
        self, scope: Scope, filters: Filters, offset: int, limit: int
    ) -> list[DocumentInfo]:
        """Documents the caller may see that pass the filters, in order of source and path."""
        where, values = _restriction(scope, filters)
        sql = (
            f"SELECT {_INFO} FROM documents d WHERE {where} "  # noqa: S608 (as above)
            "ORDER BY d.source, d.path LIMIT ? OFFSET ?"
        )
        return [_info(row) for row in self._connection.execute(sql, (*values, limit, offset))]

    def document(self, document_id: str, scope: Scope) -> Document:
        """One document, whole. UnknownDocument if it is not there or not for this caller."""
        where, values = _restriction(scope, Filters())
        sql = (
            f"SELECT {_INFO}, d.text, d.placements FROM documents d "  # noqa: S608 (as above)
            f"WHERE {where} AND d.id = ?"
        )
        row = self._connection.execute(sql, (*values, document_id)).fetchone()
        if row is None:
            raise UnknownDocument(f"there is no document {document_id!r}")
        return _document(row)

    def chunks(self, rows: Sequence[int]) -> list[tuple[Chunk, DocumentInfo]]:
        """The chunks in ``rows`` with their documents, in the order asked.

        The caller has checked the rows against ``allowed``.
        """
        found = self._in("SELECT * FROM chunks WHERE row", rows)
        owners = {entry["document"] for entry in found.values()}
        # A long document is decoded once, however many of its chunks are asked for.
        texts = self._in("SELECT row, text FROM documents WHERE row", sorted(owners))
        described = {owner: self._described(owner) for owner in owners}
        return [
            _chunk(entry, described[entry["document"]], texts[entry["document"]]["text"])
            for entry in (found[int(row)] for row in rows)
        ]

    @property
    def chunk_count(self) -> int:
        """How many chunks there are, whoever may see them; their rows count from 0."""
        return len(self._owner)

    def text(self, row: int, start: int, end: int) -> str:
        """``text[start:end]`` of the document that holds the chunk in ``row``.

        The caller has checked the row against ``allowed``.
        """
        found = self._connection.execute(
            "SELECT text FROM documents WHERE row = ?", (int(self._owner[row]),)
        ).fetchone()
        text: str = found["text"]
        return text[start:end]

    def owners(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each chunk's document, equal for chunks of one, shape (len(rows),)."""
        return self._owner[rows]

    def in_family(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each chunk's document has near-duplicates, shape (len(rows),)."""
        return self._duplicated[self._owner[rows]]

    def _in(self, selection: str, rows: Sequence[int]) -> dict[int, sqlite3.Row]:
        marks = ",".join("?" * len(rows))
        found = self._connection.execute(f"{selection} IN ({marks})", [int(row) for row in rows])
        return {entry["row"]: entry for entry in found}

    def _describe(self, row: int) -> DocumentInfo:
        sql = f"SELECT {_INFO} FROM documents d WHERE d.row = ?"  # noqa: S608 (as above)
        return _info(self._connection.execute(sql, (row,)).fetchone())

    def family(self, family: str, scope: Scope) -> list[DocumentInfo]:
        """The documents of one family that the caller may see, newest first."""
        where, values = _restriction(scope, Filters())
        sql = f"SELECT {_INFO} FROM documents d WHERE {where} AND d.family = ? AND d.family <> ''"  # noqa: S608 (as above)
        return newest_first(map(_info, self._connection.execute(sql, (*values, family))))

    def rows(self) -> dict[int, DocumentInfo]:
        """Every document by its row, whatever its permissions: for the writer."""
        sql = f"SELECT d.row, {_INFO} FROM documents d ORDER BY d.row"  # noqa: S608 (as above)
        return {row["row"]: _info(row) for row in self._connection.execute(sql)}

    def content_hashes(self) -> set[str]:
        """The content hashes of all documents, whatever their permissions: for the writer."""
        return {row[0] for row in self._connection.execute("SELECT content_hash FROM documents")}

    def signatures(self) -> Iterator[tuple[int, bytes]]:
        """The row of every document and what tells near-duplicates of it: for the writer."""
        for row in self._connection.execute("SELECT row, signature FROM documents ORDER BY row"):
            yield row["row"], row["signature"]

    def passages(self) -> Iterator[Passage]:
        """Every chunk in row order, whatever its permissions: for the writer.

        One document's text is in memory at a time.
        """
        documents = self._connection.execute(
            f"SELECT {_INFO}, d.row, d.text FROM documents d ORDER BY d.row"  # noqa: S608 (as above)
        )
        for row in documents:
            info, text = _info(row), row["text"]
            for chunk in self._connection.execute(
                "SELECT start, end, section FROM chunks WHERE document = ? ORDER BY ordinal",
                (row["row"],),
            ):
                section = tuple(json.loads(chunk["section"]))
                yield Passage(info, section, text[chunk["start"] : chunk["end"]])

    def chunk_rows(self) -> dict[int, range]:
        """The chunk rows of every document by its row: for the writer."""
        sql = "SELECT document, min(row) AS first, max(row) AS last FROM chunks GROUP BY document"
        return {
            row["document"]: range(row["first"], row["last"] + 1)
            for row in self._connection.execute(sql)
        }

    def everything(self) -> Iterator[tuple[Document, list[Chunk]]]:
        """Every document with its chunks in row order, whatever its permissions: for the writer."""
        documents = self._connection.execute(
            f"SELECT {_INFO}, d.row, d.text, d.placements FROM documents d ORDER BY d.row"  # noqa: S608 (as above)
        )
        for row in documents:
            document = _document(row)
            yield document, self._chunks_of(row["row"], document)

    def _chunks_of(self, row: int, document: Document) -> list[Chunk]:
        sql = "SELECT * FROM chunks WHERE document = ? ORDER BY ordinal"
        found = self._connection.execute(sql, (row,))
        return [_chunk(entry, document.info, document.text)[0] for entry in found]


def _chunk(row: sqlite3.Row, document: DocumentInfo, text: str) -> tuple[Chunk, DocumentInfo]:
    start, end = row["start"], row["end"]
    chunk = Chunk(
        id=row["id"],
        document_id=document.id,
        ordinal=row["ordinal"],
        text=text[start:end],
        start=start,
        end=end,
        page=row["page"],
        section=tuple(json.loads(row["section"])),
    )
    return chunk, document


def _restriction(scope: Scope, filters: Filters) -> tuple[str, list[str]]:
    """The WHERE clause, over documents d, that holds exactly what may and should be seen."""
    groups = sorted(scope.groups)
    clauses = [_member("visibility", "audience", len(groups))]
    values = list(groups)
    for column, wanted in (("type", filters.types), ("language", filters.languages)):
        if wanted:
            clauses.append(f"d.{column} IN ({','.join('?' * len(wanted))})")
            values.extend(sorted(wanted))
    if filters.tags:
        clauses.append(_member("tagged", "tag", len(filters.tags)))
        values.extend(sorted(filters.tags))
    if filters.path_prefix:
        # Some systems decompose the names of files, and what people type is mostly composed.
        prefix = _composed(filters.path_prefix)
        clauses.append("substr(composed(d.path), 1, length(?)) = ?")
        values.extend((prefix, prefix))
    if filters.date_from:
        clauses.append(f"{_DATED} >= ?")
        values.append(filters.date_from)
    if filters.date_to:
        # A bare date includes its whole day: every timestamp of the day sorts before "day~".
        clauses.append(f"{_DATED} <= ?")
        values.append(f"{filters.date_to}~")
    return " AND ".join(clauses), values


def _member(table: str, column: str, size: int) -> str:
    marks = ",".join("?" * size)
    return f"d.row IN (SELECT document FROM {table} WHERE {column} IN ({marks}))"  # noqa: S608 (constants)
