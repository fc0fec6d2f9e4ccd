"""What a run will do with each document: the scan compared with what is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from indexes.types import Chunk, Document, chunk_id
from ingestion.types import Source, SourceFile

Entry = tuple[Document, Sequence[Chunk]]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the scan saw it; ``content_hash`` is empty where it could not be read."""

    source: Source
    file: SourceFile
    document_id: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every document.

    ``unchanged``, ``updated`` (same text, new date, readers or tags) and ``moved`` need neither
    parser nor embedder; ``untouched`` belong to sources that this run does not name.
    """

    untouched: list[Entry] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)
    updated: list[Entry] = field(default_factory=list)
    moved: list[Entry] = field(default_factory=list)
    to_parse: list[Found] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    @property
    def kept(self) -> list[Entry]:
        """Every document whose text is already known."""
        return [*self.untouched, *self.unchanged, *self.updated, *self.moved]


def make_plan(
    found: Sequence[Found], previous: Mapping[str, Entry], sources: set[str], *, reparse: bool
) -> Plan:
    """Compare ``found`` with the ``previous`` documents by id.

    ``sources`` are the names of the sources that were scanned; only their documents can be
    deleted. With ``reparse`` no known text is used again, because it would be cut differently
    today.
    """
    plan = Plan()
    present = {item.document_id for item in found}
    gone: dict[str, Entry] = {}
    for identity, entry in previous.items():
        if entry[0].info.source not in sources:
            plan.untouched.append(entry)
        elif identity not in present:
            gone[identity] = entry
    # Under another type the same bytes are another text, which must be read anew.
    by_content = {
        (entry[0].info.content_hash, entry[0].info.type): identity
        for identity, entry in gone.items()
    }
    for item in found:
        known = previous.get(item.document_id)
        if reparse:
            plan.to_parse.append(item)
        elif known is not None and known[0].info.content_hash == item.content_hash:
            _refresh(plan, known, item)
        elif known is None and (content := (item.content_hash, item.file.type)) in by_content:
            plan.moved.append(_moved(gone.pop(by_content.pop(content)), item))
        else:
            plan.to_parse.append(item)
    plan.deleted.extend(sorted(entry[0].info.path for entry in gone.values()))
    return plan


def _refresh(plan: Plan, entry: Entry, item: Found) -> None:
    current = as_found(entry, item.file)
    known = current[0].info == entry[0].info
    (plan.unchanged if known else plan.updated).append(current)


def as_found(entry: Entry, file: SourceFile) -> Entry:
    """The same text with what its source says of it today: address, date, readers, tags."""
    document, chunks = entry
    info = replace(
        document.info,
        uri=file.uri,
        title=file.title or document.info.title,
        updated_at=file.updated_at,
        groups=file.groups,
        tags=file.tags,
    )
    return replace(document, info=info), chunks


def _moved(entry: Entry, item: Found) -> Entry:
    """The same text at a new place, under new ids."""
    document, chunks = as_found(entry, item.file)
    old, new = document.info, item.file
    # A title that stands in the text as a heading stays, though the file was named after it.
    stated = any(old.title in chunk.section for chunk in chunks)
    named_after_file = not stated and old.title == PurePosixPath(old.path).stem
    title = new.stem if named_after_file else old.title
    info = replace(
        old, id=item.document_id, source=new.source, path=new.path, type=new.type, title=title
    )
    return (
        replace(document, info=info),
        [
            replace(chunk, id=chunk_id(info.id, chunk.ordinal), document_id=info.id)
            for chunk in chunks
        ],
    )
