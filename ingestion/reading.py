"""From a file to the texts in it, its own and those of its attachments: done by a run's threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import PurePosixPath

from indexes.catalog_writer import Entry
from indexes.errors import ParseError, SourceError
from indexes.language import detect
from indexes.pages import PageImages
from indexes.types import Document, DocumentInfo, document_id
from ingestion.canonical import Span, canonical
from ingestion.families import signature
from ingestion.outcome import Read
from ingestion.plan import INSIDE, Found
from ingestion.types import (
    FORMATS,
    Attachment,
    Failure,
    Parsed,
    Parser,
    Renderer,
    SourceFile,
)

DEEPEST = 4  # mails within mails that are opened
MOST_ATTACHMENTS = 1000  # of one file, at all depths
_AHEAD = 4  # files for each thread

# A published document of the given content hash that would read the same at the given place.
Lookup = Callable[[str, Found], Entry | None]


@dataclass(frozen=True, slots=True)
class Text:
    """A document as it was read, not yet cut into chunks."""

    document: Document
    spans: tuple[Span, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file came to.

    ``same`` is a published document of the same bytes, because of which it was not parsed;
    otherwise ``texts`` are its own text, if it could be read, and those of its attachments.
    """

    found: Found
    content_hash: str = ""
    same: Entry | None = None
    texts: tuple[Text, ...] = ()
    failures: tuple[Failure, ...] = ()
    remarks: tuple[Failure, ...] = ()

    def staged(self, entries: tuple[Entry, ...]) -> Read:
        """The same once its texts are in a catalog, as ``entries``."""
        return Read(self.found, self.content_hash, self.same, entries, self.failures, self.remarks)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Whether and how pages are drawn: where they are kept, and at how many dots per inch."""

    images: PageImages
    dpi: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files, each in whichever thread asks."""

    collection: str
    parser: Parser
    lookup: Lookup
    pictures: Pictures | None = None

    def read(self, found: Found) -> Reading:
        """Everything in one file. What fails is in the Reading, never raised."""
        path = found.file.path
        if found.file.type not in FORMATS:  # no reason to read it: a film may fill the memory
            return Reading(found, failures=(Failure(path, "parse", _without_parser(path)),))
        try:
            content = found.source.read(found.file)
        except SourceError as exc:
            return Reading(found, failures=(Failure(path, "read", str(exc)),))
        content_hash = sha256(content).hexdigest()
        same = self.lookup(content_hash, found)
        if same is not None:
            return Reading(found, content_hash, same)
        unfolded = _Unfolding(self, found.file)
        unfolded.open(_Content(content, content_hash), path, found.document_id)
        return Reading(
            found,
            content_hash,
            texts=tuple(unfolded.texts),
            failures=tuple(unfolded.failures),
            remarks=tuple(unfolded.remarks),
        )


def _without_parser(path: str) -> str:
    return f"{path} has no parser; known are {', '.join(sorted(FORMATS))}"


def readings(reader: Reader, items: Sequence[Found], threads: int) -> Iterator[Reading]:
    """Read files in ``threads`` threads, in whichever order they are done.

    No more than a few for each thread are read ahead, so that memory does not grow with them.
    """
    rest = iter(items)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
    try:
        waiting = {pool.submit(reader.read, item) for item in islice(rest, threads * _AHEAD)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            waiting |= {pool.submit(reader.read, item) for item in islice(rest, len(done))}
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Content:
    """The bytes of a document and their SHA-256, taken once: a file may be large."""

    data: bytes
    hash: str


class _Unfolding:
    """One file being taken apart: itself, then its attachments in their order."""

    def __init__(self, reader: Reader, file: SourceFile) -> None:
        self._reader = reader
        self._file = file
        self._opened = 0
        self.texts: list[Text] = []
        self.failures: list[Failure] = []
        self.remarks: list[Failure] = []

    def open(self, content: _Content, path: str, identity: str, parent: str = "") -> None:
        """Read one document, then what is attached to it."""
        try:
            parsed = self._reader.parser.parse(content.data, path)
        except ParseError as exc:
            self.failures.append(Failure(path, "parse", str(exc)))
            return
        body = canonical(parsed.elements)
        if not body.text:
            self.failures.append(Failure(path, "parse", f"{path} holds no text"))
            return
        self.remarks.extend(Failure(path, "parse", remark) for remark in parsed.remarks)
        pages = self._draw(content, path, parsed)
        language = detect(body.text)
        info = self._describe(parsed, path, content.hash, identity, language)
        document = Document(replace(info, pages=pages, parent=parent), body.text, body.placements)
        self.texts.append(Text(document, body.spans, signature(body.text, language)))
        for attachment in parsed.attachments:
            self._attached(attachment, path, identity)

    def _describe(
        self, parsed: Parsed, path: str, content_hash: str, identity: str, language: str
    ) -> DocumentInfo:
        file, own = self._file, PurePosixPath(path)
        return DocumentInfo(
            id=identity,
            collection=self._reader.collection,
            source=file.source,
            path=path,
            uri=file.uri,
            title=(file.title if path == file.path else "") or parsed.title or own.stem,
            type=own.suffix.lower().removeprefix("."),
            language=language,
            content_hash=content_hash,
            updated_at=file.updated_at,
            groups=file.groups,
            tags=file.tags,
            authors=parsed.authors,
            written_at=parsed.written_at,
        )

    def _attached(self, attachment: Attachment, parent_path: str, parent: str) -> None:
        path = f"{parent_path}{INSIDE}{attachment.name}"
        suffix = PurePosixPath(attachment.name).suffix.lower().removeprefix(".")
        self._opened += 1
        if suffix not in FORMATS:
            self.remarks.append(
                Failure(path, "parse", "the attachment is of a type with no parser")
            )
        elif path.count(INSIDE) > DEEPEST or self._opened > MOST_ATTACHMENTS:
            self.failures.append(
                Failure(
                    path,
                    "parse",
                    f"is not opened: more than {DEEPEST} levels deep or {MOST_ATTACHMENTS} "
                    "attachments in one file",
                )
            )
        else:
            source = self._file.source
            identity = document_id(self._reader.collection, source, path)
            content = _Content(attachment.content, sha256(attachment.content).hexdigest())
            self.open(content, path, identity, parent)

    def _draw(self, content: _Content, path: str, parsed: Parsed) -> int:
        """Keep pictures of a document's pages; how many there are."""
        pictures, parser = self._reader.pictures, self._reader.parser
        if pictures is None or not parsed.pages or not isinstance(parser, Renderer):
            return 0
        if pictures.images.count(content.hash) != parsed.pages:
            pages = range(1, parsed.pages + 1)
            try:
                pictures.images.save(
                    content.hash, parser.render(content.data, path, pages, pictures.dpi)
                )
            except ParseError as exc:
                self.remarks.append(Failure(path, "draw", f"has no pictures of its pages: {exc}"))
                return 0
        return parsed.pages
