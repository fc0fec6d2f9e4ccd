"""What ingestion passes from stage to stage: SourceFile, Element, Parsed, RunReport."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Protocol

from indexes.types import EVERYONE, Box


class Kind(StrEnum):
    """What an element is to a reader."""

    HEADING = "heading"
    TEXT = "text"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source, not yet read. ``path`` is relative to its source, with ``/``.

    ``updated_at`` is an ISO 8601 timestamp in UTC, or None where the source does not say.
    """

    source: str
    path: str
    uri: str
    updated_at: str | None
    groups: frozenset[str] = frozenset({EVERYONE})
    tags: tuple[str, ...] = ()
    title: str = ""

    @property
    def stem(self) -> str:
        """The file's name without its type, a title where nothing better is known."""
        return PurePosixPath(self.path).stem

    @property
    def type(self) -> str:
        """The file type that its name claims, as in "pdf"."""
        return PurePosixPath(self.path).suffix.lower().removeprefix(".")


class Source(Protocol):
    """Where documents come from. ``location`` tells two sources of one name apart."""

    @property
    def name(self) -> str:
        """What its documents are told apart by from those of other sources."""
        ...

    @property
    def location(self) -> str:
        """Where it is, as a URI."""
        ...

    def files(self) -> Iterator[SourceFile]:
        """Every file of the source, in order of path; SourceError if the source is not there."""
        ...

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one file; SourceError if they cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Element:
    """A heading, paragraph, list item, table or code block, in reading order.

    ``section`` is the path of headings above it (for a heading: including itself). The text of a
    table has one line per row, cells joined by " | ".
    """

    kind: Kind
    text: str
    page: int | None = None
    box: Box | None = None
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found in one file. ``title`` is empty where the file does not state one."""

    title: str
    elements: tuple[Element, ...]


class Parser(Protocol):
    """Bytes to elements."""

    def parse(self, content: bytes, path: str) -> Parsed:
        """Read one file; ``path`` tells its format. ParseError says why it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be ingested, at which stage, and why."""

    path: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How many documents a run saw, and what it found of each."""

    seen: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    deleted: int = 0
    failed: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class ChunkCounts:
    """How many chunks the snapshot holds, and whose vectors were computed or reused."""

    total: int = 0
    embedded: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did. ``snapshot`` is None where nothing new was built; seconds by stage."""

    collection: str
    snapshot: str | None
    parent: str | None
    published: bool
    documents: DocumentCounts
    chunks: ChunkCounts
    failures: tuple[Failure, ...] = ()
    deleted: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The report in the shape of the command line's contract."""
        return asdict(self)
