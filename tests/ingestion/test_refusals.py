"""What a run refuses, and what it recovers from without being told."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import LockHeld, RunRefused, SnapshotMismatch, SourceError
from indexes.snapshot import FORMAT
from indexes.types import Filters, Mode, Scope
from ingestion.chunk import ChunkSettings
from ingestion.guards import Guards
from ingestion.pipeline import LEDGER_FILE, RunSettings
from ingestion.rollback import publish
from ingestion.sources import FolderSource
from ingestion.types import ChunkCounts, DocumentCounts
from tests.ingestion.library import FILES, LEAVE, SOURCE, Library, unparsed

EVERYONE = Scope.of([])


def test_a_name_that_means_another_place_is_refused_unless_it_moved(
    filled: Library, tmp_path: Path
) -> None:
    current = filled.store.current()
    moved = tmp_path / "elsewhere"
    filled.root.rename(moved)
    (moved / "travel.md").unlink()
    source = FolderSource(moved, SOURCE)
    with pytest.raises(RunRefused, match=r"'docs' .* was at file://.*/docs, not at .*elsewhere"):
        filled.run(source)
    assert filled.store.current() == current
    report = unparsed(filled).run(source, settings=RunSettings(relocate=True))
    assert (report.documents.unchanged, report.deleted) == (4, ("travel.md",))
    assert unparsed(filled).run(source).snapshot is None


def test_two_sources_of_one_name_are_refused(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="have one name"):
        filled.run(filled.source, FolderSource(tmp_path, SOURCE))


def test_a_known_source_that_vanished_deletes_nothing(filled: Library, tmp_path: Path) -> None:
    before = filled.published()
    filled.root.rename(tmp_path / "unmounted")
    report = filled.run()
    assert not report.published
    assert re.search(r"'docs' is gone: .*--allow-deletions", report.refused or "")
    assert filled.published() == before
    assert filled.find("parental leave")[0] == "hr/leave.md"
    (tmp_path / "unmounted").rename(filled.root)
    assert unparsed(filled).run().snapshot is None


def test_a_source_that_vanished_for_good_is_deleted_when_told_so(
    filled: Library, tmp_path: Path
) -> None:
    filled.root.rename(tmp_path / "gone")
    report = filled.run(settings=RunSettings(guards=Guards(allow_deletions=True)))
    assert report.published
    assert report.deleted == tuple(sorted(FILES))
    assert filled.published() == {}


def test_more_deletions_than_a_share_are_built_and_not_published(filled: Library) -> None:
    before = filled.published()
    for path in ("travel.md", "prices.csv"):
        (filled.root / path).unlink()
    report = filled.run()
    assert report.refused == (
        "2 of the 5 documents of the source 'docs' are gone, more than 30%; if that is meant, run "
        "again with --allow-deletions"
    )
    assert (report.published, report.deleted) == (False, ("prices.csv", "travel.md"))
    assert filled.store.verify(report.snapshot or "").documents == 3
    assert filled.published() == before
    assert filled.run().refused == report.refused, "it is refused until somebody decides"
    assert publish(filled.store, report.parent or "").id == report.parent, "nothing is forgotten"
    report = filled.run(settings=RunSettings(guards=Guards(max_deleted_share=0.4)))
    assert (report.published, report.documents.deleted) == (True, 2)


def test_what_was_refused_can_be_published_by_hand(filled: Library) -> None:
    for path in ("travel.md", "prices.csv"):
        (filled.root / path).unlink()
    built = filled.run().snapshot or ""
    assert publish(filled.store, built).id == built
    assert sorted(filled.published()) == sorted(FILES.keys() - {"travel.md", "prices.csv"})


def test_one_bad_file_does_not_stop_the_night_and_two_do(filled: Library) -> None:
    filled.write("travel.md", b"\x00\x01")
    assert filled.run().published
    filled.write("prices.csv", b"\x00\x01")
    filled.write("zh/休假.md", b"\x00\x01")
    report = filled.run()
    assert report.refused == (
        "2 of the 5 published documents can no longer be read, more than 5%; if they may be served "
        "as they were, run again with --allow-failures"
    )
    assert report.documents.stale == 3
    allowed = RunSettings(guards=Guards(allow_failures=True))
    assert filled.run(settings=allowed).published
    night = filled.run()
    assert (night.refused, night.snapshot, night.documents.failed) == (None, None, 3)


def test_a_first_run_publishes_whatever_fails(library: Library) -> None:
    library.write("a.md", LEAVE)
    for number in range(5):
        library.write(f"{number}.md", b"\x00\x01")
    report = library.run()
    assert (report.published, report.documents.failed) == (True, 5)


def test_a_disk_that_would_fill_refuses_before_anything_is_read(filled: Library) -> None:
    enormous = RunSettings(guards=Guards(free_bytes=1 << 60))
    with pytest.raises(RunRefused, match=r"must stay free.*--min-free"):
        unparsed(filled).run(settings=enormous)


def test_a_snapshot_of_an_older_format_is_made_anew(filled: Library, tmp_path: Path) -> None:
    texts = filled.texts()
    folder = filled.store.published()
    manifest = folder / "manifest.json"
    stated = manifest.read_text()
    manifest.write_text(stated.replace(f'"format": {FORMAT}', f'"format": {FORMAT - 1}'))
    assert manifest.read_text() != stated
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(RunRefused, match=r"name its other sources in this run too: \['docs'\]"):
        filled.run(FolderSource(other))
    report = filled.run()
    assert (report.documents.added, report.chunks.embedded) == (5, 0)
    assert filled.texts() == texts


def test_a_new_source_that_is_not_there_is_an_error_of_its_own(library: Library) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        library.run(FolderSource(library.root / "nowhere"))
    assert library.store.current() is None


def test_another_run_at_the_same_time_is_refused(filled: Library) -> None:
    with filled.store.lock(), pytest.raises(LockHeld, match="another run is writing"):
        filled.run()


def test_other_chunk_settings_read_the_whole_collection_again(
    filled: Library, tmp_path: Path
) -> None:
    smaller = RunSettings(chunking=ChunkSettings(max_tokens=50, min_tokens=1))
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(RunRefused, match=r"name the sources \['docs'\] in this run too"):
        filled.run(FolderSource(other), settings=smaller)
    report = filled.run(settings=smaller)
    assert report.documents == DocumentCounts(seen=5, changed=5)
    assert filled.store.verify(report.snapshot or "").chunker["max_tokens"] == "50"
    assert unparsed(filled).run(settings=smaller).snapshot is None


def test_another_embedder_embeds_everything_again_and_parses_nothing(
    filled: Library, tiny_model: Path
) -> None:
    other = replace(filled, embedder=open_embedder(EmbedderSettings(model=str(tiny_model))))
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        other.index()
    report = unparsed(other).run()
    assert report.documents == DocumentCounts(seen=5, unchanged=5)
    assert report.chunks == ChunkCounts(total=5, embedded=5)
    found = other.index().search("leave", EVERYONE, Filters(), 5, Mode.DENSE)
    assert len(found.hits) == 5
    with pytest.raises(SnapshotMismatch):
        filled.index()
    assert unparsed(other).run().snapshot is None


def test_a_lost_ledger_costs_embeddings_and_no_document(filled: Library) -> None:
    (filled.store.root / LEDGER_FILE).unlink()
    assert unparsed(filled).run().snapshot is None
    (filled.root / "travel.md").unlink()
    report = unparsed(filled).run()
    assert (report.documents.deleted, report.chunks) == (1, ChunkCounts(total=4, embedded=4))


def test_a_damaged_snapshot_is_not_built_upon(filled: Library) -> None:
    texts = filled.texts()
    catalog = filled.store.published() / "catalog.sqlite"
    catalog.write_bytes(catalog.read_bytes()[:-1] + b"?")
    with pytest.raises(RunRefused, match=r"catalog\.sqlite is not the file .* delete CURRENT"):
        filled.run()
    (filled.store.root / "CURRENT").unlink()  # as the message says
    report = filled.run()
    assert (report.documents.added, report.chunks.embedded) == (5, 0)
    assert filled.texts() == texts


def test_a_published_snapshot_that_is_gone_refuses_the_run(filled: Library) -> None:
    folder = filled.store.published()
    folder.rename(folder.with_name("moved away"))
    with pytest.raises(RunRefused, match="has no snapshot"):
        filled.run()


def test_what_a_killed_run_left_is_cleared_away(filled: Library) -> None:
    left = filled.store.root / "snapshots" / ".building-x"
    left.mkdir()
    (left / "catalog.sqlite").write_bytes(b"half")
    assert filled.run().snapshot is None
    assert not left.exists()
