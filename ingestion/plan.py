"""What a run will do with each document: what its sources list, compared with what is published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from indexes.catalog_writer import Entry
from indexes.types import document_id
from ingestion.types import Source, SourceFile

INSIDE = "!/"  # between a mail's path and the name of what is attached to it


@dataclass(frozen=True, slots=True)
class Found:
    """A file as its source lists it.

    ``content_hash`` is known where the ledger remembers the bytes of this version, or else empty:
    the file must then be read before anything can be said of it.
    """

    source: Source
    file: SourceFile
    document_id: str
    content_hash: str = ""


class Published:
    """The documents of the published snapshot, found by id, by content and by what holds them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = {entry.info.id: entry for entry in entries}
        self._attached: dict[str, list[Entry]] = {}
        self._by_content: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            info = entry.info
            if info.parent:
                self._attached.setdefault(info.parent, []).append(entry)
            elif not info.stale:
                self._by_content.setdefault((info.content_hash, info.type), []).append(entry)

    def whole(self, entry: Entry) -> Iterator[Entry]:
        """The document, and whatever is attached to it, at any depth."""
        yield entry
        for attached in self._attached.get(entry.info.id, ()):
            yield from self.whole(attached)

    def with_content(self, content_hash: str, file_type: str) -> Sequence[Entry]:
        """Documents of these bytes; under another type the same bytes are another text."""
        return self._by_content.get((content_hash, file_type), ())

    def same(self, content_hash: str, found: Found) -> Entry | None:
        """A document of these bytes that would read the same at the place of ``found``.

        A title that may come from the file's name, or from what another source says of the file,
        is not carried over to another place.
        """
        known = self.entries.get(found.document_id)
        if known is not None and known.info.content_hash == content_hash:
            return known
        for entry in self.with_content(content_hash, found.file.type):
            info = entry.info
            own_title = info.title != PurePosixPath(info.path).stem
            if found.file.title or (info.source == found.file.source and own_title):
                return entry
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every document.

    ``unchanged`` and ``updated`` (same text, new date, readers or tags) need not be read;
    ``untouched`` belong to sources that this run does not scan; ``gone`` are no longer listed,
    though one may turn out to have moved.
    """

    untouched: list[Entry] = field(default_factory=list)
    unchanged: list[Entry] = field(default_factory=list)
    updated: list[Entry] = field(default_factory=list)
    to_read: list[Found] = field(default_factory=list)
    gone: dict[str, Entry] = field(default_factory=dict)


def make_plan(
    found: Sequence[Found], published: Published, sources: set[str], *, reread: bool
) -> Plan:
    """Compare ``found`` with what is ``published``.

    ``sources`` are the names of the sources that were scanned; only their documents can be
    deleted. With ``reread`` no known text is used again, because it would be cut differently
    today.
    """
    plan = Plan()
    present = {item.document_id for item in found}
    for identity, entry in published.entries.items():
        if entry.info.source not in sources:
            plan.untouched.append(entry)
        elif not entry.info.parent and identity not in present:
            plan.gone[identity] = entry
    for item in found:
        known = published.entries.get(item.document_id)
        if reread or known is None or known.info.content_hash != item.content_hash:
            plan.to_read.append(item)
        else:
            keep(plan, published, known, item.file)
    return plan


def keep(plan: Plan, published: Published, entry: Entry, file: SourceFile) -> None:
    """Take over a document and what is attached to it, with what its source says of it today."""
    for each in published.whole(entry):
        current = as_found(each, file)
        (plan.unchanged if current == each else plan.updated).append(current)


def as_found(entry: Entry, file: SourceFile, *, stale: bool = False) -> Entry:
    """The same text with what its source says of it today: address, date, readers, tags.

    Of an attachment, ``file`` is what it is attached to, at whatever depth.
    """
    info = entry.info
    title = info.title if info.parent else file.title or info.title
    told = (file.uri, title, file.updated_at, file.groups, file.tags, stale)
    if told == (info.uri, info.title, info.updated_at, info.groups, info.tags, info.stale):
        return entry
    uri, title, updated_at, groups, tags, stale = told
    current = replace(
        info,
        uri=uri,
        title=title,
        updated_at=updated_at,
        groups=groups,
        tags=tags,
        stale=stale,
    )
    return replace(entry, info=current)


def rehomed(published: Published, entry: Entry, item: Found) -> list[Entry]:
    """The same text, and what is attached to it, at the place of ``item``, under new ids."""
    old, new = entry.info, item.file
    places = {
        each.info.id: new.path + each.info.path.removeprefix(old.path)
        for each in published.whole(entry)
    }
    collection = old.collection
    ids = {identity: document_id(collection, new.source, path) for identity, path in places.items()}
    return [
        replace(
            current := as_found(each, new),
            info=replace(
                current.info,
                id=ids[each.info.id],
                source=new.source,
                path=places[each.info.id],
                uri=new.uri,
                parent=ids.get(each.info.parent, ""),
            ),
        )
        for each in published.whole(entry)
    ]
