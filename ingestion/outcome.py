"""What a run came to, document by document, once every file was read that had to be."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from indexes.catalog_writer import Entry
from indexes.types import document_id
from ingestion.ledger import Sighting
from ingestion.plan import INSIDE, Found, Plan, Published, as_found, keep, rehomed
from ingestion.types import DocumentCounts, Failure


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: ``entries`` are what was staged of it, ``same`` why nothing was."""

    found: Found
    content_hash: str
    same: Entry | None
    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]
    remarks: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every document of the next snapshot by what became of it, and what is gone or failed.

    Failures and remarks are by the name of their source.
    """

    kept: list[Entry] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    moved: list[Entry] = field(default_factory=list)
    stale: list[Entry] = field(default_factory=list)
    deleted: list[Entry] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    remarks: list[tuple[str, Failure]] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The documents of the next snapshot, in order of source and path."""
        parts = (self.kept, self.added, self.changed, self.moved, self.stale)
        found = [entry for part in parts for entry in part]
        return sorted(found, key=lambda entry: (entry.info.source, entry.info.path))


def settle(plan: Plan, published: Published, reads: Iterable[Read], collection: str) -> Outcome:
    """Put together what was kept and what was read; ``plan`` takes up what is as it was.

    The order in which files were read does not matter.
    """
    outcome = Outcome()
    missing = dict(plan.gone)
    for read in sorted(reads, key=lambda read: (read.found.file.source, read.found.file.path)):
        source = read.found.file.source
        outcome.failures.extend((source, failure) for failure in read.failures)
        outcome.remarks.extend((source, remark) for remark in read.remarks)
        if read.same is not None and read.same.info.id == read.found.document_id:
            keep(plan, published, read.same, read.found.file)
        elif read.same is not None:
            _place(outcome, rehomed(published, read.same, read.found), read, published, missing)
        else:
            _place(outcome, read.entries, read, published, missing)
            outcome.stale.extend(_last_good(read, published, collection))
    outcome.kept.extend((*plan.untouched, *plan.unchanged, *plan.updated))
    present = {entry.info.id for entry in outcome.entries}
    left_behind = [each for entry in missing.values() for each in published.whole(entry)]
    left_behind.extend(_detached(reads, published))
    outcome.deleted.extend(entry for entry in left_behind if entry.info.id not in present)
    outcome.deleted.sort(key=lambda entry: (entry.info.source, entry.info.path))
    return outcome


def _place(
    outcome: Outcome,
    entries: Sequence[Entry],
    read: Read,
    published: Published,
    missing: dict[str, Entry],
) -> None:
    """File each of the documents of one file as changed, moved or added."""
    moved = bool(entries) and _claim(read, published, missing)
    for entry in entries:
        if entry.info.id in published.entries:
            outcome.changed.append(entry)
        else:
            (outcome.moved if moved else outcome.added).append(entry)


def _claim(read: Read, published: Published, missing: dict[str, Entry]) -> bool:
    """Whether the file is one that is missing elsewhere, which is then no longer missing."""
    if read.found.document_id in published.entries:
        return False
    for entry in published.with_content(read.content_hash, read.found.file.type):
        if missing.pop(entry.info.id, None) is not None:
            return True
    return False


def _last_good(read: Read, published: Published, collection: str) -> Iterator[Entry]:
    """What could be read last time goes on being served, to today's readers."""
    for failure in read.failures:
        identity = document_id(collection, read.found.file.source, failure.path)
        previous = published.entries.get(identity)
        if previous is not None:
            for each in published.whole(previous):
                yield as_found(each, read.found.file, stale=True)


def _detached(reads: Iterable[Read], published: Published) -> Iterator[Entry]:
    """What was attached to files that were read again."""
    for read in reads:
        known = published.entries.get(read.found.document_id)
        if known is not None and read.same is None:
            yield from (each for each in published.whole(known) if each is not known)


def counts(outcome: Outcome, plan: Plan, found: Sequence[Found]) -> DocumentCounts:
    """How many documents there were, an attachment counting as one of its own."""
    scanned = {item.file.source for item in found}
    attached = {
        (entry.info.source, entry.info.path)
        for entry in outcome.entries
        if entry.info.parent and entry.info.source in scanned
    } | {(source, each.path) for source, each in outcome.failures if INSIDE in each.path}
    files = {(item.file.source, item.file.path) for item in found}
    return DocumentCounts(
        seen=len(files | attached),
        added=len(outcome.added),
        changed=len(outcome.changed) + len(plan.updated),
        unchanged=len(plan.unchanged),
        moved=len(outcome.moved),
        deleted=len(outcome.deleted),
        failed=len(outcome.failures),
        stale=len(outcome.stale),
    )


def carried_over(
    findings: Iterable[Failure], files: AbstractSet[str], reads: Iterable[Read], *, failed: bool
) -> Iterator[Failure]:
    """Those of a source's last findings that are within ``files`` which were not read again.

    A file that ``failed`` as a whole is always read again; if nothing was found now, it is healed.
    """
    kept = files - {read.found.file.path for read in reads if read.same is None}
    for finding in findings:
        if failed and finding.path in files:
            continue
        parts = finding.path.split(INSIDE)
        if not kept.isdisjoint(INSIDE.join(parts[:n]) for n in range(1, len(parts) + 1)):
            yield finding


def sightings(
    outcome: Outcome, found: Sequence[Found], reads: Iterable[Read]
) -> dict[str, list[Sighting]]:
    """What is at its source today, by the source's name: files, and what is attached to them."""
    hashes = {read.found.document_id: read.content_hash for read in reads}
    files = {item.document_id: item.file for item in found}
    seen: dict[str, list[Sighting]] = {}
    for item in found:
        content_hash = hashes.get(item.document_id, item.content_hash)
        seen.setdefault(item.file.source, []).append(
            Sighting(item.document_id, item.file, content_hash)
        )
    for entry in outcome.entries:
        # A parent comes before what is attached to it, because its path is the beginning of theirs.
        file = files.get(entry.info.parent)
        if file is not None:
            files[entry.info.id] = file
            seen.setdefault(file.source, []).append(Sighting(entry.info.id, file, ""))
    return seen
