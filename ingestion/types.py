"""What ingestion passes from stage to stage: SourceFile, Element, Parsed, RunReport."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Protocol, runtime_checkable

from indexes.types import EVERYONE, PageImage, Placement

# The file types that have a parser.
FORMATS = frozenset(
    "csv doc docx eml epub htm html ipynb json markdown mbox md mht mhtml msg odt pdf pptx rst rtf "
    "tsv txt xlsx xml".split()
)


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
    ``version`` differs whenever the bytes do (size, time and inode; an ETag; a commit), so that a
    file of a known version need not be read; it is empty where the source cannot tell.
    """

    source: str
    path: str
    uri: str
    updated_at: str | None
    groups: frozenset[str] = frozenset({EVERYONE})
    tags: tuple[str, ...] = ()
    title: str = ""
    version: str = ""

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
class Changes:
    """What became of a source since a cursor: files new or changed, paths that are gone.

    Where ``complete``, ``files`` are all files there are, whatever the cursor was. ``cursor`` is
    what to ask with the next time.
    """

    files: tuple[SourceFile, ...]
    gone: frozenset[str]
    cursor: str
    complete: bool = False


@runtime_checkable
class Feed(Source, Protocol):
    """A source that can say what changed, so that a nightly run need not list everything."""

    def changes(self, cursor: str) -> Changes:
        """What changed since ``cursor``; everything where it is empty or too old to be known."""
        ...

    def groups(self, path: str) -> frozenset[str]:
        """Who may see the file at ``path`` by the rules of today."""
        ...


@dataclass(frozen=True, slots=True)
class Element:
    """A heading, paragraph, list item, table or code block, in reading order.

    ``section`` is the path of headings above it (for a heading: including itself). The text of a
    table has one line per row, cells joined by " | ". ``places`` are where parts of ``text`` stand
    in the source, by offsets into ``text``: each line of a PDF with its box, each row of a
    spreadsheet with its cells.
    """

    kind: Kind
    text: str
    page: int | None = None
    section: tuple[str, ...] = ()
    places: tuple[Placement, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file within a file, such as what is attached to a mail. Its ``name`` is untrusted."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found in one file. ``title`` is empty where the file does not state one.

    ``written_at`` is the ISO 8601 timestamp in UTC that the file states for its last change.
    ``pages`` counts the pages that can be drawn; ``scanned`` are those (from 1) that hold pictures
    and no text. ``remarks`` say, each in words, what of the file was left out and why.
    """

    title: str
    elements: tuple[Element, ...]
    authors: tuple[str, ...] = ()
    written_at: str | None = None
    pages: int = 0
    scanned: tuple[int, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[str, ...] = ()


class Parser(Protocol):
    """Bytes to elements. Many threads may call one at a time."""

    def parse(self, content: bytes, path: str) -> Parsed:
        """Read one file; ``path`` tells its format. ParseError says why it cannot be read."""
        ...


@runtime_checkable
class Renderer(Protocol):
    """Pages to pictures."""

    def render(
        self, content: bytes, path: str, pages: Sequence[int], dpi: int
    ) -> Iterator[PageImage]:
        """The pages (from 1) of a PDF, drawn in their order; ParseError if one cannot be."""
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
    """What one run did. ``snapshot`` is None where nothing new was built; seconds by stage.

    ``refused`` says why what was built was not published, and which flag publishes it. ``remarks``
    are documents of which a part could not be read; ``duplicates`` are the paths of documents that
    say nearly the same, the preferred one first.
    """

    collection: str
    snapshot: str | None
    parent: str | None
    published: bool
    documents: DocumentCounts
    chunks: ChunkCounts
    failures: tuple[Failure, ...] = ()
    deleted: tuple[str, ...] = ()
    remarks: tuple[Failure, ...] = ()
    duplicates: tuple[tuple[str, ...], ...] = ()
    refused: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The report in the shape of the command line's contract."""
        return asdict(self)
