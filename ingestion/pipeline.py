"""One run, start to publish: scan, plan, read, embed, write, publish."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from indexes.catalog_writer import CatalogWriter, Entry
from indexes.embedder import Embedder
from indexes.errors import RunRefused, SnapshotError
from indexes.pages import PageImages
from indexes.passage import passage
from indexes.snapshot import Manifest, SnapshotStore
from ingestion.ahead import EmbeddingAhead
from ingestion.chunk import Chunker, ChunkSettings
from ingestion.duplicates import duplicates, with_families
from ingestion.findings import followed
from ingestion.guards import Guards, check_disk, size, too_many_deleted, too_many_failed
from ingestion.ledger import Ledger
from ingestion.outcome import Outcome, Read, carried_over, counts, settle, sightings
from ingestion.parent import read_parent
from ingestion.plan import Plan, make_plan
from ingestion.progress import Progress
from ingestion.reading import Pictures, Reader, Text, readings
from ingestion.retention import prune
from ingestion.scan import Scan, scan
from ingestion.types import ChunkCounts, Parser, RunReport, Source
from ingestion.vectors import LedgerVectors

LEDGER_FILE = "ledger.sqlite"
# Changes with anything that gives the same bytes another canonical text or other chunks.
_CHUNKER_VERSION = "5"

# A snapshot's size over that of its catalog: two thirds are vectors of 1.5 kB a chunk, and words.
_TIMES_TEXT = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run behaves.

    ``relocate`` accepts a known source at a new location; ``verify`` reads every file, whatever
    its size and time say; ``reread`` parses every file again. ``threads`` read at once;
    ``page_dpi`` is how finely pages are drawn (0: not at all); ``keep`` is how many snapshots are
    kept (None: all).
    """

    publish: bool = True
    relocate: bool = False
    verify: bool = False
    reread: bool = False
    chunking: ChunkSettings = field(default_factory=ChunkSettings)
    guards: Guards = field(default_factory=Guards)
    threads: int = 1
    page_dpi: int = 0
    keep: int | None = None


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

    A report whose ``refused`` is set was built and not published. LockHeld when another run is at
    it; RunRefused when nothing can be built; SourceError when a new source is not there.
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
        self._vectors = LedgerVectors(embedder, ledger, progress)
        self._started = datetime.now(UTC)
        self._parent, self._published = read_parent(store, ledger.sources() - self._names)

    def execute(self) -> RunReport:
        self._check_sources()
        check_disk(self._settings.guards, self._store.root, self._parent_size())
        with self._progress.stage("scan"):
            scanned = scan(
                self._sources,
                self._store.collection,
                self._ledger,
                verify=self._settings.verify,
            )
            plan = make_plan(
                scanned.found,
                self._published,
                self._names - scanned.unlisted.keys(),
                reread=self._rereads,
            )
        self._check_untouched(plan, scanned)
        with self._store.staging() as staged:
            report = self._finish(scanned, plan, self._read(plan, staged))
        if report.published and self._settings.keep is not None:
            self._prune(self._settings.keep)
        return report

    def _prune(self, keep: int) -> None:
        """Delete old snapshots; where that fails, what was published is, and is reported."""
        try:
            prune(self._store, keep)
        except (OSError, SnapshotError) as exc:
            _log.warning("the run was published, and old snapshots could not be deleted: %s", exc)

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

    def _parent_size(self) -> int:
        return size(self._store.folder(self._parent.id)) if self._parent else 0

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

    @property
    def _rereads(self) -> bool:
        """Whether no known text is used again."""
        return self._settings.reread or self._recuts()

    def _check_untouched(self, plan: Plan, scanned: Scan) -> None:
        if plan.untouched and self._recuts():
            left_out = sorted({entry.info.source for entry in plan.untouched})
            unlisted = "; ".join(failure.reason for failure in scanned.unlisted.values())
            raise RunRefused(
                "the chunk settings or the embedder's tokenizer changed, so the whole collection "
                f"must be read again; name the sources {left_out} in this run too"
                + (f" ({unlisted})" if unlisted else "")
            )

    def _read(self, plan: Plan, staged: CatalogWriter) -> list[Read]:
        """Read what must be read, cut it into chunks, and have them embedded as they come."""
        reads: list[Read] = []
        reader = Reader(
            self._store.collection,
            self._parser,
            (lambda _hash, _found: None) if self._rereads else self._published.same,
            self._pictures(),
        )
        with (
            self._vectors.ahead() as ahead,
            self._progress.stage("parse", len(plan.to_read)) as bar,
        ):
            for reading in readings(reader, plan.to_read, self._settings.threads):
                check_disk(self._settings.guards, self._store.root)
                entries = tuple(self._stage(text, staged, ahead) for text in reading.texts)
                reads.append(reading.staged(entries))
                bar.update()
        staged.commit()
        return reads

    def _stage(self, text: Text, staged: CatalogWriter, ahead: EmbeddingAhead) -> Entry:
        """Cut one document into chunks, write both down, and have its passages embedded."""
        chunks = self._chunker.chunks(text.document, text.spans)
        info = text.document.info
        texts = [passage(info, chunk.section, chunk.text) for chunk in chunks]
        ahead.add(texts, info.language)
        return staged.add(text.document, chunks, text.signature)

    def _pictures(self) -> Pictures | None:
        dpi = self._settings.page_dpi
        return Pictures(PageImages(self._store.root), dpi) if dpi else None

    def _finish(self, scanned: Scan, plan: Plan, reads: Sequence[Read]) -> RunReport:
        """Decide on what was read, write it down, and publish it if nothing speaks against it."""
        outcome = settle(plan, self._published, reads, self._store.collection)
        self._note_findings(outcome, scanned, reads)
        deletions = self._deletions(outcome, scanned)
        refusals = [*deletions.values(), *filter(None, [self._newly_failed(outcome)])]
        report = self._report(outcome, plan, scanned, " And ".join(refusals) or None)
        entries = outcome.entries
        if self._is_published(entries, reads):
            self._remember(outcome, scanned, reads, deletions)
            total = self._parent.chunks if self._parent else 0
            return replace(
                report,
                chunks=ChunkCounts(total, reused=total),
                duplicates=duplicates(entries),
                refused=None,
            )
        entries = with_families(entries)
        manifest = self._write(entries)
        # Before anything can be published, what is gone and who may see what is written down.
        self._remember(outcome, scanned, reads, deletions)
        published = self._settings.publish and not refusals
        if published:
            self._publish(manifest.id)
        return replace(
            report,
            snapshot=manifest.id,
            published=published,
            chunks=ChunkCounts(
                self._vectors.total,
                self._vectors.embedded,
                self._vectors.total - self._vectors.embedded,
            ),
            duplicates=duplicates(entries),
            seconds=self._seconds(),
        )

    def _note_findings(self, outcome: Outcome, scanned: Scan, reads: Sequence[Read]) -> None:
        """Write down what fails and what is left out, also of files that were not read again."""
        outcome.failures.extend(scanned.unlisted.items())
        ledger = self._ledger
        # All of them before any is replaced: a file may have moved from one source to another.
        known = {
            failed: followed(
                {name: ledger.findings(name, failed=failed) for name in ledger.sources()}, reads
            )
            for failed in (True, False)
        }
        for name in sorted(scanned.cursors):
            files = {item.file.path for item in scanned.found if item.file.source == name}
            own = [read for read in reads if read.found.file.source == name]
            for failed, findings in ((True, outcome.failures), (False, outcome.remarks)):
                carried = carried_over(known[failed].get(name, ()), files, own, failed=failed)
                findings.extend((name, finding) for finding in carried)
            ledger.record_findings(
                name,
                [failure for source, failure in outcome.failures if source == name],
                [remark for source, remark in outcome.remarks if source == name],
            )
        for findings in (outcome.failures, outcome.remarks):
            findings.sort(key=lambda finding: (finding[0], finding[1].path))

    def _deletions(self, outcome: Outcome, scanned: Scan) -> dict[str, str]:
        published = self._published.entries.values()
        held = Counter(entry.info.source for entry in published if not entry.info.parent)
        deleted = [entry.info.source for entry in outcome.deleted if not entry.info.parent]
        return too_many_deleted(self._settings.guards, held, deleted, scanned.vanished)

    def _newly_failed(self, outcome: Outcome) -> str | None:
        """Files count, and not how much was attached to them: one bad mailbox is one bad file."""
        published = self._published.entries
        held = sum(
            entry.info.source in self._names and not entry.info.parent
            for entry in published.values()
        )
        stale = [entry.info for entry in outcome.stale]
        broken = {info.id for info in stale}
        failed = sum(
            info.parent not in broken and not published[info.id].info.stale for info in stale
        )
        return too_many_failed(self._settings.guards, held, failed)

    def _is_published(self, entries: Sequence[Entry], reads: Sequence[Read]) -> bool:
        """Whether the published snapshot already says exactly this."""
        return (
            self._parent is not None
            and self._parent.embedder["fingerprint"] == self._embedder.fingerprint
            and not self._recuts()
            and not any(read.entries for read in reads)
            and {entry.info.id: entry.info for entry in entries}
            == {identity: entry.info for identity, entry in self._published.entries.items()}
        )

    def _write(self, entries: Sequence[Entry]) -> Manifest:
        texts = sum(path.stat().st_size for path in {entry.catalog for entry in entries})
        check_disk(self._settings.guards, self._store.root, _TIMES_TEXT * texts)
        with self._progress.stage("write"):
            manifest = self._store.write(
                entries,
                self._vectors,
                embedder=self._embedder.description,
                chunker=self._chunker_description(),
            )
        if self._vectors.recoded:
            _log.info(
                "%d passages were embedded again for the codes of their tokens, which the ledger "
                "lacked",
                self._vectors.recoded,
            )
        return manifest

    def _publish(self, snapshot_id: str) -> None:
        with self._progress.stage("publish"):
            self._store.publish(snapshot_id)
            self._vectors.forget()

    def _remember(
        self,
        outcome: Outcome,
        scanned: Scan,
        reads: Sequence[Read],
        deletions: Mapping[str, str],
    ) -> None:
        """Write down where the sources are, what is in them and who may see it.

        Of a source whose deletions are not believed, what is missing is still taken to be there,
        and its changes are asked for again from where they were known before.
        """
        seen = sightings(outcome, scanned.found, reads)
        for source in self._sources:
            name = source.name
            if name not in scanned.cursors:
                continue
            doubted = name in deletions
            cursor = self._ledger.cursor(name) if doubted else scanned.cursors[name]
            doubted_at = self._started if doubted else None
            self._ledger.record_sightings(name, seen.get(name, []), doubted_at=doubted_at)
            # Last: a run killed between the two asks for the same changes once more.
            self._ledger.record_source(name, source.location, cursor, self._started)
        invisible = sum(not item.file.groups for item in scanned.found)
        if invisible:
            _log.warning(
                "%d of %d documents match no permission rule and are visible to nobody",
                invisible,
                len(scanned.found),
            )

    def _report(
        self, outcome: Outcome, plan: Plan, scanned: Scan, refused: str | None
    ) -> RunReport:
        return RunReport(
            collection=self._store.collection,
            snapshot=None,
            parent=self._parent.id if self._parent else None,
            published=False,
            documents=counts(outcome, plan, scanned.found),
            chunks=ChunkCounts(),
            failures=tuple(failure for _, failure in outcome.failures),
            deleted=tuple(entry.info.path for entry in outcome.deleted),
            remarks=tuple(remark for _, remark in outcome.remarks),
            refused=refused,
            seconds=self._seconds(),
        )

    def _seconds(self) -> dict[str, float]:
        return {stage: round(spent, 3) for stage, spent in self._progress.seconds.items()}
