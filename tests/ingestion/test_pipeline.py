"""Whole runs over real files: what each kind of change costs, and what readers then see."""

import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.embedder import EmbedderSettings, Encoded, open_embedder
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.errors import UnknownDocument
from indexes.types import Filters, Mode, Scope, Vectors, chunk_id
from ingestion.acl import ACL_FILE
from ingestion.guards import Guards
from ingestion.pipeline import LEDGER_FILE, RunSettings
from ingestion.sources import FolderSource
from ingestion.types import ChunkCounts, DocumentCounts
from tests.ingestion.library import (
    CHINESE,
    FILES,
    LEAVE,
    PRICES,
    TRAVEL,
    Library,
    acl,
    identity,
    unparsed,
)

EVERYONE = Scope.of([])


class Unasked(WrappedEmbedder):
    """An embedder for runs that must not load a model."""

    @property
    def dimensions(self) -> int:
        raise AssertionError("the model was loaded for nothing")

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"{len(texts)} passages were embedded")

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        raise AssertionError(f"{len(texts)} passages were embedded")


def test_the_first_run_publishes(library: Library) -> None:
    library.fill()
    report = library.run()
    assert report.published
    assert report.snapshot == library.store.current()
    assert report.parent is None
    assert report.documents == DocumentCounts(seen=5, added=5)
    assert report.chunks == ChunkCounts(total=5, embedded=5)
    assert (report.failures, report.deleted) == ((), ())
    assert set(report.seconds) == {"scan", "parse", "embed", "write", "publish"}
    assert list(library.published()) == sorted(FILES)
    document, (chunk,) = library.published()["hr/leave.md"]
    assert (document.info.id, chunk.id) == (
        identity("hr/leave.md"),
        chunk_id(identity("hr/leave.md"), 0),
    )
    assert (document.info.title, document.info.language) == ("Parental leave", "en")
    assert chunk.section == ("Parental leave",)
    assert document.text[chunk.start : chunk.end] == chunk.text
    languages = {path: e[0].info.language for path, e in library.published().items()}
    assert (languages["hr/nghỉ phép.md"], languages["zh/休假.md"]) == ("vi", "zh")


def test_what_was_published_is_found_on_both_legs(filled: Library) -> None:
    assert filled.find("parental leave")[0] == "hr/leave.md"
    assert filled.find("nghỉ phép mười hai ngày")[0] == "hr/nghỉ phép.md"
    assert filled.find("二十五天假期")[0] == "zh/休假.md"
    result = filled.index().search("railway tickets", EVERYONE, Filters(), 3, Mode.DENSE)
    assert result.hits[0].document.path == "travel.md"


def test_a_run_without_a_change_costs_neither_parser_nor_embedder(filled: Library) -> None:
    current = filled.store.current()
    report = replace(unparsed(filled), embedder=Unasked(filled.embedder)).run()
    assert report.snapshot is None
    assert (report.published, report.parent) == (False, current)
    assert report.documents == DocumentCounts(seen=5, unchanged=5)
    assert report.chunks == ChunkCounts(total=5, reused=5)
    assert filled.store.current() == current
    assert len(filled.store.manifests()) == 1


def test_a_changed_file_alone_is_parsed_and_embedded(filled: Library) -> None:
    before = filled.published()
    filled.write("travel.md", TRAVEL + "\nNights are spent in a hotel near the station.\n")
    report = filled.run()
    assert report.documents == DocumentCounts(seen=5, changed=1, unchanged=4)
    assert (report.chunks.embedded, report.chunks.reused) == (1, 4)
    assert report.parent != report.snapshot
    after = filled.published()
    assert after["travel.md"][0].info.id == before["travel.md"][0].info.id
    assert filled.find("hotel near the station")[0] == "travel.md"
    assert {path: before[path] for path in FILES if path != "travel.md"} == {
        path: after[path] for path in FILES if path != "travel.md"
    }


def test_token_codes_that_a_ledger_lacks_are_made_once(
    filled: Library, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(filled.store.root / LEDGER_FILE) as ledger:
        held = ledger.execute("SELECT passage, tokens FROM codes ORDER BY passage").fetchall()
        ledger.execute("DELETE FROM codes")
    ledger.close()
    assert held, "no language of these is read"
    filled.write("travel.md", TRAVEL + "\nNights are spent in a hotel near the station.\n")
    with caplog.at_level(logging.INFO, "ingestion"):
        report = filled.run()
    lacking = len(held) - 1  # the changed one had to be embedded anyway
    assert report.chunks.embedded == lacking + 1
    assert f"{lacking} passages were embedded again for the codes of their tokens" in caplog.text
    with sqlite3.connect(filled.store.root / LEDGER_FILE) as ledger:
        made = ledger.execute("SELECT passage, tokens FROM codes").fetchall()
    ledger.close()
    assert len(set(made) & set(held)) == lacking
    (filled.root / "prices.csv").unlink()
    assert filled.run().chunks.embedded == 0


def test_a_deleted_file_is_gone_everywhere(filled: Library) -> None:
    (filled.root / "hr" / "leave.md").unlink()
    report = unparsed(filled).run()
    assert report.documents == DocumentCounts(seen=4, unchanged=4, deleted=1)
    assert (report.deleted, report.chunks.embedded) == (("hr/leave.md",), 0)
    assert "hr/leave.md" not in filled.published()
    assert "hr/leave.md" not in filled.find("parental leave")
    index = filled.index()
    with pytest.raises(UnknownDocument):
        index.catalog.document(identity("hr/leave.md"), EVERYONE)
    found = index.search("parental leave", EVERYONE, Filters(), 10, Mode.DENSE)
    assert len(found.hits) == 4


def test_a_moved_file_is_neither_parsed_nor_embedded(filled: Library) -> None:
    filled.move("hr/leave.md", "people/parents.md")
    report = unparsed(filled).run()
    assert report.documents == DocumentCounts(seen=5, unchanged=4, moved=1)
    assert (report.chunks.embedded, report.deleted) == (0, ())
    document, (chunk,) = filled.published()["people/parents.md"]
    assert document.info.id == identity("people/parents.md")
    assert chunk.document_id == document.info.id
    assert filled.find("parental leave")[0] == "people/parents.md"


def test_a_file_under_another_type_is_read_as_that(filled: Library, tmp_path: Path) -> None:
    filled.move("travel.md", "travel.txt")
    report = filled.run()
    assert (report.documents.added, report.deleted) == (1, ("travel.md",))
    assert filled.published()["travel.txt"][0].text.startswith("# Travel")
    fresh = replace(filled, data_dir=tmp_path / "fresh")
    fresh.run()
    assert fresh.published() == filled.published()


def test_rules_alone_change_who_sees_what_without_embedding(filled: Library) -> None:
    assert "hr/leave.md" in filled.find("parental leave")
    filled.write(ACL_FILE, acl(("**", "*"), ("hr/**", "hr")))
    report = unparsed(filled).run()
    assert report.published
    assert report.documents == DocumentCounts(seen=5, changed=2, unchanged=3)
    assert report.chunks == ChunkCounts(total=5, reused=5)
    assert "hr/leave.md" not in filled.find("parental leave")
    assert "hr/leave.md" in filled.find("parental leave", "hr")


def test_what_no_rule_matches_is_hidden_and_the_run_says_so(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.fill()
    library.write(ACL_FILE, acl(("*.md", "*")))
    with caplog.at_level(logging.WARNING, "ingestion"):
        library.run()
    assert "4 of 5 documents match no permission rule" in caplog.text
    assert library.find("parental leave", "hr", "staff") == []
    assert library.index().catalog.count(EVERYONE, Filters()) == 1


def test_a_file_that_cannot_be_read_is_listed_and_the_rest_ingested(library: Library) -> None:
    library.write("a.md", LEAVE)
    library.write("empty.pdf", b"")
    library.write("renamed.docx", b"%PDF-1.7 not a DOCX")
    library.write("program.exe", b"MZ")
    (Path(os.fsdecode(os.fsencode(library.root) + b"/caf\xe9.md"))).write_text(TRAVEL)
    report = library.run()
    assert report.documents == DocumentCounts(seen=5, added=1, failed=4)
    assert [(failure.path, failure.stage) for failure in report.failures] == [
        ("caf\\xe9.md", "read"),
        ("empty.pdf", "parse"),
        ("program.exe", "parse"),
        ("renamed.docx", "parse"),
    ]
    reasons = {failure.path: failure.reason for failure in report.failures}
    assert "is empty (0 bytes)" in reasons["empty.pdf"]
    assert "holds a PDF document" in reasons["renamed.docx"]
    assert list(library.published()) == ["a.md"]


def test_failures_are_listed_again_by_a_run_that_changes_nothing(library: Library) -> None:
    library.write("a.md", LEAVE)
    library.write("empty.pdf", b"")
    first, second = library.run(), library.run()
    assert second.snapshot is None
    assert second.failures == first.failures


def test_a_broken_file_keeps_its_last_good_version(filled: Library) -> None:
    good = filled.published()["travel.md"][0]
    filled.write(ACL_FILE, acl(("**", "*"), ("travel.md", "staff")))
    filled.write("travel.md", b"\x00\x01 broken")
    report = filled.run()
    assert (report.documents.failed, report.documents.stale) == (1, 1)
    assert (report.documents.changed, report.documents.deleted) == (0, 0)
    kept = filled.published()["travel.md"][0]
    assert (kept.text, kept.info.content_hash) == (good.text, good.info.content_hash)
    assert kept.info.groups == {"staff"}, "today's readers, not yesterday's"
    filled.write("travel.md", TRAVEL)
    healed = filled.run()
    assert (healed.documents.stale, healed.documents.failed, healed.failures) == (0, 0, ())


def test_a_run_deletes_nothing_of_a_source_that_it_does_not_name(
    filled: Library, tmp_path: Path
) -> None:
    other = tmp_path / "handbook"
    other.mkdir()
    (other / "travel.md").write_text("# Travel by air\n\nFlights need an approval.\n")
    report = filled.run(FolderSource(other))
    assert report.documents == DocumentCounts(seen=1, added=1)
    assert report.chunks.total == 6
    both = {info.id: info for info in filled.index().catalog.documents(EVERYONE, Filters(), 0, 10)}
    assert {identity("travel.md"), identity("travel.md", "handbook")} < both.keys()
    (other / "travel.md").unlink()
    report = filled.run(FolderSource(other))
    assert (report.deleted, report.chunks.total) == (("travel.md",), 5)
    assert identity("travel.md") in {each[0].info.id for each in filled.published().values()}


def test_a_folder_that_became_empty_is_an_empty_snapshot(filled: Library) -> None:
    for path in FILES:
        (filled.root / path).unlink()
    allowed = RunSettings(guards=Guards(allow_deletions=True))
    report = unparsed(filled).run(settings=allowed)
    assert (report.deleted, report.chunks) == (tuple(sorted(FILES)), ChunkCounts())
    assert report.published
    for mode in Mode:
        assert filled.index().search("leave", EVERYONE, Filters(), 5, mode).hits == ()
    assert unparsed(filled).run().snapshot is None
    filled.fill()
    assert filled.run().documents.added == 5


def test_equal_passages_are_embedded_once(library: Library) -> None:
    for folder in ("a", "b", "c"):
        library.write(f"{folder}/leave.md", LEAVE)
    assert library.run().chunks == ChunkCounts(total=3, embedded=1, reused=2)


def test_the_same_inputs_give_the_same_ids_and_order_anywhere(
    filled: Library, tmp_path: Path
) -> None:
    copy = tmp_path / "another machine"
    twin = replace(filled, root=copy / "wiki", data_dir=copy / "data")
    for path in sorted(FILES, reverse=True):
        twin.write(path, FILES[path])
    twin.run()
    assert twin.texts() == filled.texts()
    for query in ("leave", "nghỉ phép", "假期", "tea"):
        assert twin.find(query) == filled.find(query)


def test_without_publishing_readers_keep_what_they_have(filled: Library) -> None:
    current = filled.store.current()
    filled.write("travel.md", "# Travel\n\nBuses only.\n")
    built = filled.run(settings=RunSettings(publish=False))
    assert built.snapshot is not None
    assert (built.published, built.parent) == (False, current)
    assert filled.store.current() == current
    assert filled.store.verify(built.snapshot).parent == current
    report = filled.run()
    assert (report.published, report.documents.changed, report.chunks.embedded) == (True, 1, 0)


# What each step does to the folder: a file written or, as None, deleted; or a file moved.
STEPS: tuple[Mapping[str, str | None], ...] = (
    {"a.md": LEAVE, "b/c.md": TRAVEL},
    {"a.md": TRAVEL, "d.csv": PRICES},
    {"b/c.md": None, "b/e.md": TRAVEL},
    {"d.csv": None, "Parental leave.md": LEAVE},
    {"Parental leave.md": None, "renamed.md": LEAVE},
    {"a.md": None, "b/e.md": CHINESE, ACL_FILE: acl(("**", "staff"))},
    {"a.md": LEAVE, "renamed.md": None, "notes.txt": "Parental leave\n"},
    {"notes.txt": None, "notes.md": "Parental leave\n", ACL_FILE: None},
    {"a.md": LEAVE, "a2.md": LEAVE},
    {"a.md": None, "a2.md": None, "a3.md": LEAVE, "a4.md": LEAVE},
)


def test_many_small_runs_come_to_what_one_fresh_run_does(
    library: Library, tmp_path: Path, tiny_model: Path
) -> None:
    quick = replace(library, embedder=open_embedder(EmbedderSettings(model=str(tiny_model))))
    for number, step in enumerate(STEPS):
        for path, text in step.items():
            if text is None:
                (quick.root / path).unlink()
            else:
                os.utime(quick.write(path, text), (0, number))
        quick.run()
        fresh = replace(quick, data_dir=tmp_path / f"fresh{number}")
        fresh.run()
        assert quick.published() == fresh.published(), f"after step {number}"
        assert quick.texts() == fresh.texts()
        for query in ("parental leave", "trains", "假期"):
            assert quick.find(query, "staff") == fresh.find(query, "staff")
