"""One run, start to publish: scan, plan, parse, embed, write, publish."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from indexes.catalog import Catalog
from indexes.embedder import Embedder
from indexes.errors import (
    ParseError,
    RunRefused,
    SnapshotCorrupt,
    SourceError,
    UnknownSnapshot,
)
from indexes.language import detect
from indexes.snapshot import CATALOG_FILE, Manifest, SnapshotStore
from indexes.types import Document, DocumentInfo, document_id
from ingestion.canonical import canonical
from ingestion.chunk import Chunker, ChunkSettings
from ingestion.ledger import Ledger, Sighting
from ingestion.plan import Entry, Found, Plan, as_found, make_plan
from ingestion.progress import Progress
from ingestion.types import (
    ChunkCounts,
    DocumentCounts,
    Failure,
    Parser,
    RunReport,
    Source,
    SourceFile,
)
from ingestion.vectors import embed, forget

LEDGER_FILE = "ledger.sqlite"
# Changes with anything that gives the same bytes another canonical text or other chunks.
_CHUNKER_VERSION = "2"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run behaves. ``relocate`` accepts a known source at a new location."""

    publish: bool = True
    relocate: bool = False
    chunking: ChunkSettings = field(default_factory=ChunkSettings)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What reading the new and changed files came to; ``stale`` are last good versions."""

    added: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    stale: list[Entry] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)


def run(
    sources: Sequence[Source],
    collection: str,
    data_dir: Path,
    *,
    embedder: Embedder,
    parser: Parser,
    settings: RunSettings | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Bring ``collection`` up to date with ``sources`` and publish it, unless nothing changed.

    LockHeld when another run is at it; RunRefused when publishing would do harm or the published
    snapshot is damaged; SourceError when a new source is not there.
    """
    store = SnapshotStore(data_dir, collection)
    with store.lock(), Ledger.open(store.root / LEDGER_FILE) as ledger:
        store.discard_unfinished()
        parts = _Run(
            store,
            ledger,
            sources,
            embedder,
            parser,
            settings or RunSettings(),
            progress or Progress(),
        )
        return parts.execute()


class _Run:
    """The parts of one run, used once, under the lock."""

    def __init__(
        self,
        store: SnapshotStore,
        ledger: Ledger,
        sources: Sequence[Source],
        embedder: Embedder,
        parser: Parser,
        settings: RunSettings,
        progress: Progress,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._sources = sources
        self._names = {source.name for source in sources}
        self._embedder = embedder
        self._parser = parser
        self._settings = settings
        self._progress = progress
        self._chunker = Chunker(embedder.count_tokens, embedder.max_tokens, settings.chunking)
        self._parent, self._previous = self._read_parent()

    def execute(self) -> RunReport:
        self._check_sources()
        with self._progress.stage("scan"):
            found = [item for source in self._sources for item in self._scan(source)]
            plan = make_plan(found, self._previous, self._names, reparse=self._recuts())
        self._check_untouched(plan)
        self._remember(found)
        parsed = self._parse(plan.to_parse)
        self._ledger.record_failures(sorted(self._names), parsed.failures)
        counts = self._count(found, plan, parsed)
        entries = [*plan.kept, *parsed.added, *parsed.changed, *parsed.stale]
        entries.sort(key=lambda entry: (entry[0].info.source, entry[0].info.path))
        if self._is_published(entries):
            total = sum(len(chunks) for _, chunks in entries)
            return self._report(None, counts, ChunkCounts(total, reused=total), plan, parsed)
        manifest, chunks = self._build(entries)
        return self._report(manifest, counts, chunks, plan, parsed)

    def _read_parent(self) -> tuple[Manifest | None, dict[str, Entry]]:
        current = self._store.current()
        if current is None:
            return None, {}
        try:
            manifest = self._store.verify(current)
        except (SnapshotCorrupt, UnknownSnapshot) as exc:
            raise RunRefused(
                f"{exc}. If there is no other to publish, delete CURRENT in {self._store.root} "
                "and run again over all sources"
            ) from exc
        catalog = Catalog(self._store.folder(current) / CATALOG_FILE)
        return manifest, {entry[0].info.id: entry for entry in catalog.everything()}

    def _check_sources(self) -> None:
        if len(self._names) < len(self._sources):
            raise RunRefused(
                "two sources of this run have one name; name one otherwise (NAME=PATH)"
            )
        for source in self._sources:
            known = self._ledger.location(source.name)
            if known not in {None, source.location} and not self._settings.relocate:
                raise RunRefused(
                    f"the source {source.name!r} of {self._store.collection!r} was at {known}, not "
                    f"at {source.location}; name the new one otherwise (NAME=PATH), or pass "
                    "--relocate if it moved"
                )

    def _scan(self, source: Source) -> list[Found]:
        try:
            return [self._look_at(source, file) for file in source.files()]
        except SourceError as exc:
            if self._ledger.location(source.name) is None:
                raise
            raise RunRefused(
                f"{exc}. Its documents are not taken for deleted: the published snapshot stays"
            ) from exc

    def _look_at(self, source: Source, file: SourceFile) -> Found:
        identity = document_id(self._store.collection, source.name, file.path)
        try:
            content_hash = sha256(source.read(file)).hexdigest()
        except SourceError:
            content_hash = ""  # read again, and its failure listed, when its turn comes
        return Found(source, file, identity, content_hash)

    def _chunker_description(self) -> dict[str, str]:
        return {
            "version": _CHUNKER_VERSION,
            "max_tokens": str(self._settings.chunking.max_tokens),
            "min_tokens": str(self._settings.chunking.min_tokens),
            "limit": str(self._embedder.max_tokens),
            "tokenizer_sha256": self._embedder.description.get("tokenizer_sha256", ""),
        }

    def _recuts(self) -> bool:
        return self._parent is not None and self._parent.chunker != self._chunker_description()

    def _check_untouched(self, plan: Plan) -> None:
        if plan.untouched and self._recuts():
            left_out = sorted({entry[0].info.source for entry in plan.untouched})
            raise RunRefused(
                "the chunk settings or the embedder's tokenizer changed, so the whole collection "
                f"must be read again; name the sources {left_out} in this run too"
            )

    def _remember(self, found: Sequence[Found]) -> None:
        """Write down what is gone and who may see what, before anything can be published."""
        self._ledger.record_sources({source.name: source.location for source in self._sources})
        self._ledger.record_sightings(
            self._names,
            [Sighting(item.document_id, item.file.source, item.file.groups) for item in found],
        )
        invisible = sum(not item.file.groups for item in found)
        if invisible:
            _log.warning(
                "%d of %d documents match no permission rule and are visible to nobody",
                invisible,
                len(found),
            )

    def _parse(self, items: Sequence[Found]) -> _Parsed:
        parsed = _Parsed()
        with self._progress.stage("parse", len(items)) as bar:
            for item in items:
                self._parse_one(item, parsed)
                bar.update()
        return parsed

    def _parse_one(self, item: Found, parsed: _Parsed) -> None:
        previous = self._previous.get(item.document_id)
        try:
            entry = self._read(item)
        except (ParseError, SourceError) as exc:
            stage = "parse" if isinstance(exc, ParseError) else "read"
            failure = Failure(item.file.path, stage, str(exc))
            parsed.failures.append((item.file.source, failure))
            if previous is not None:
                # What could be read last time goes on being served, to today's readers.
                parsed.stale.append(as_found(previous, item.file))
        else:
            (parsed.added if previous is None else parsed.changed).append(entry)

    def _read(self, item: Found) -> Entry:
        file = item.file
        content = item.source.read(file)
        parsed = self._parser.parse(content, file.path)
        body = canonical(parsed.elements)
        if not body.text:
            raise ParseError("holds no text")
        info = DocumentInfo(
            id=item.document_id,
            collection=self._store.collection,
            source=file.source,
            path=file.path,
            uri=file.uri,
            title=file.title or parsed.title or file.stem,
            type=file.type,
            language=detect(body.text),
            content_hash=sha256(content).hexdigest(),
            updated_at=file.updated_at,
            groups=file.groups,
            tags=file.tags,
        )
        document = Document(info, body.text, body.placements)
        return document, self._chunker.chunks(document, body.spans)

    def _is_published(self, entries: Sequence[Entry]) -> bool:
        """Whether the published snapshot already says exactly this."""
        return (
            self._parent is not None
            and self._parent.embedder["fingerprint"] == self._embedder.fingerprint
            and not self._recuts()
            and {document.info.id: document for document, _ in entries}
            == {identity: entry[0] for identity, entry in self._previous.items()}
        )

    def _build(self, entries: Sequence[Entry]) -> tuple[Manifest, ChunkCounts]:
        vectors, counts = embed(entries, self._embedder, self._ledger, self._progress)
        with self._progress.stage("write"):
            manifest = self._store.write(
                entries,
                vectors,
                embedder=self._embedder.description,
                chunker=self._chunker_description(),
            )
        if self._settings.publish:
            with self._progress.stage("publish"):
                self._store.publish(manifest.id)
                forget(entries, self._ledger)
        return manifest, counts

    def _count(self, found: Sequence[Found], plan: Plan, parsed: _Parsed) -> DocumentCounts:
        return DocumentCounts(
            seen=len(found),
            added=len(parsed.added),
            changed=len(parsed.changed) + len(plan.updated),
            unchanged=len(plan.unchanged),
            moved=len(plan.moved),
            deleted=len(plan.deleted),
            failed=len(parsed.failures),
            stale=len(parsed.stale),
        )

    def _report(
        self,
        manifest: Manifest | None,
        documents: DocumentCounts,
        chunks: ChunkCounts,
        plan: Plan,
        parsed: _Parsed,
    ) -> RunReport:
        return RunReport(
            collection=self._store.collection,
            snapshot=manifest.id if manifest else None,
            parent=self._parent.id if self._parent else None,
            published=manifest is not None and self._settings.publish,
            documents=documents,
            chunks=chunks,
            failures=tuple(failure for _, failure in parsed.failures),
            deleted=tuple(plan.deleted),
            seconds={stage: round(spent, 3) for stage, spent in self._progress.seconds.items()},
        )
