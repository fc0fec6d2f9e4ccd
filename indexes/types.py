"""What every room speaks of: documents, chunks, vectors, hits, and who may see them.

Offsets count Unicode code points of a document's canonical text, half open: ``text[start:end]``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the processes that parse start without it, and start often
    import numpy as np
    from numpy.typing import NDArray

EVERYONE = "*"


class Mode(StrEnum):
    """Which legs a search walks on."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see: documents that share a group with it. An empty scope sees nothing."""

    groups: frozenset[str]

    @classmethod
    def of(cls, groups: Iterable[str]) -> "Scope":
        """The scope of a caller who belongs to ``groups`` and, like everyone, to ``*``."""
        return cls(frozenset(groups) | {EVERYONE})

    def permits(self, groups: frozenset[str]) -> bool:
        """Whether a document visible to ``groups`` is visible to this caller."""
        return not self.groups.isdisjoint(groups)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a caller asks to see of what it may see. An empty field does not restrict.

    ``date_from`` and ``date_to`` are ISO 8601 dates or timestamps, both inclusive, compared with
    what a document says of its own date, or else its source; one without a date is outside every
    date filter.
    """

    path_prefix: str = ""
    types: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    date_from: str = ""
    date_to: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in PDF points (1/72 inch), origin at the page's top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as it looks: ``pixels`` are rows from the top, 3 bytes (RGB) each, at ``dpi``."""

    number: int
    width: int
    height: int
    dpi: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Placement:
    """Where ``text[start:end]`` stands in the source: its page (from 1), box or cells, if known.

    ``cells`` names what it fills of a table, as a spreadsheet would ("Prices!A2:C2") or as a row
    ("row 2").
    """

    start: int
    end: int
    page: int | None = None
    box: Box | None = None
    cells: str = ""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as a listing shows it, without its text.

    ``type`` is the file type ("pdf", "md"); ``language`` an ISO 639-1 code or "und";
    ``updated_at`` an ISO 8601 timestamp in UTC, or None; ``groups`` who may see it.
    ``written_at`` is what the document itself says of its last change, ``pages`` how many of its
    pages there are pictures of, ``parent`` the id of the mail that it is attached to. A ``stale``
    document is the last version that could be read of a file that now cannot. Documents of one
    ``family`` (the least of their ids) say nearly the same; it is empty for one that stands alone.
    """

    id: str
    collection: str
    source: str
    path: str
    uri: str
    title: str
    type: str
    language: str
    content_hash: str
    updated_at: str | None
    groups: frozenset[str]
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    written_at: str | None = None
    pages: int = 0
    parent: str = ""
    stale: bool = False
    family: str = ""

    @property
    def dated(self) -> str:
        """When it was last changed, as far as anybody says; empty where nobody does."""
        return self.written_at or self.updated_at or ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its one canonical text and, for paged formats, where that text stands."""

    info: DocumentInfo
    text: str
    placements: tuple[Placement, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page that holds the code point at ``offset``, or None where there are no pages."""
        for placement in self.placements:
            if placement.start <= offset < placement.end:
                return placement.page
        return None

    def cells(self, start: int, end: int) -> tuple[str, ...]:
        """The cells of every placement that overlaps ``text[start:end]``, each once, in order."""
        named = (
            placement.cells
            for placement in self.placements
            if placement.cells and placement.start < end and start < placement.end
        )
        return tuple(dict.fromkeys(named))

    def boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """The boxes of every placement that overlaps ``text[start:end]``."""
        return tuple(
            placement.box
            for placement in self.placements
            if placement.box is not None and placement.start < end and start < placement.end
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document: ``document.text[start:end] == text``.

    ``section`` is the path of headings above it; ``ordinal`` its place in the document, from 0.
    """

    id: str
    document_id: str
    ordinal: int
    text: str
    start: int
    end: int
    page: int | None
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit row vectors, float32, shape (n, dimensions), and the fingerprint of what made them."""

    values: "NDArray[np.float32]"
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. ``legs`` holds the raw score of each leg that was asked."""

    rank: int
    score: float
    chunk: Chunk
    document: DocumentInfo
    legs: Mapping[str, float] = field(default_factory=dict)


def document_id(collection: str, source: str, path: str) -> str:
    """The first 32 hex digits of the SHA-256 of collection, source and path.

    The three are joined by NUL, which none of them can contain, so no two triples collide.
    """
    return sha256(f"{collection}\0{source}\0{path}".encode()).hexdigest()[:32]


def chunk_id(document: str, ordinal: int) -> str:
    """A chunk's id: its document's id and its place."""
    return f"{document}-{ordinal:05d}"
