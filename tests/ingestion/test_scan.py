"""What a run need not read, and sources that say what changed, vanish or cannot be asked."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from indexes.errors import SourceError
from ingestion.ledger import Ledger
from ingestion.pipeline import RunSettings
from ingestion.types import Changes, DocumentCounts, SourceFile
from tests.ingestion.library import FILES, LEAVE, TRAVEL, Library, unparsed


@dataclass
class Unread:
    """A source whose files must not be read."""

    files_of: Library

    @property
    def name(self) -> str:
        return self.files_of.source.name

    @property
    def location(self) -> str:
        return self.files_of.source.location

    def files(self) -> Iterator[SourceFile]:
        return self.files_of.source.files()

    def read(self, file: SourceFile) -> bytes:
        raise AssertionError(f"{file.path} was read")


@dataclass
class Pages:
    """A wiki that says what changed since a revision; every page is one revision newer."""

    name: str = "pages"
    location: str = "memory:"
    pages: dict[str, tuple[int, str]] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    asked: list[str] = field(default_factory=list)
    read_of: list[str] = field(default_factory=list)
    error: SourceError | None = None
    audience: frozenset[str] = frozenset({"*"})
    unreadable: set[str] = field(default_factory=set)

    def put(self, path: str, text: str) -> None:
        self.revision += 1
        self.pages[path] = (self.revision, text)
        self.removed.pop(path, None)

    def remove(self, path: str) -> None:
        self.revision += 1
        del self.pages[path]
        self.removed[path] = self.revision

    def files(self) -> Iterator[SourceFile]:
        raise AssertionError(f"the feed {self.name} is asked for its changes")

    def changes(self, cursor: str) -> Changes:
        self.asked.append(cursor)
        if self.error is not None:
            raise self.error
        since = int(cursor or 0)
        changed = [path for path, (revision, _) in self.pages.items() if revision > since]
        gone = frozenset(path for path, revision in self.removed.items() if revision > since)
        files = tuple(self.describe(path) for path in sorted(changed))
        return Changes(files, gone, str(self.revision), complete=not cursor)

    def describe(self, path: str) -> SourceFile:
        revision, _ = self.pages[path]
        return SourceFile(
            source=self.name,
            path=path,
            uri=f"https://wiki.example/{path}",
            updated_at=None,
            groups=self.groups(path),
            version=str(revision),
        )

    def groups(self, path: str) -> frozenset[str]:
        return self.audience if path else frozenset()

    def read(self, file: SourceFile) -> bytes:
        if file.path in self.unreadable:
            raise SourceError("is not there at the moment")
        self.read_of.append(file.path)
        return self.pages[file.path][1].encode()


@pytest.fixture
def settled(library: Library) -> Library:
    """Five documents, ingested, whose files are old enough to be recognised by their time."""
    library.fill()
    for path in FILES:
        os.utime(library.root / path, (1_000_000, 1_000_000))
    library.run()
    return library


def run_feed(library: Library, pages: Pages, settings: RunSettings | None = None) -> DocumentCounts:
    return library.run(pages, settings=settings).documents


def test_an_unchanged_file_is_not_read(settled: Library) -> None:
    report = unparsed(settled).run(Unread(settled))
    assert (report.snapshot, report.documents) == (None, DocumentCounts(seen=5, unchanged=5))


def test_with_verify_everything_is_read(settled: Library) -> None:
    file = settled.root / "travel.md"
    state = file.stat()
    file.write_text(TRAVEL.replace("Hanoi", "Osaka"))  # as long as before, and dated back
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert unparsed(settled).run().documents.unchanged == 5
    report = settled.run(settings=RunSettings(verify=True))
    assert report.documents == DocumentCounts(seen=5, changed=1, unchanged=4)
    assert "Osaka" in settled.published()["travel.md"][0].text


def test_a_touched_file_is_read_and_not_parsed(settled: Library) -> None:
    os.utime(settled.root / "travel.md", (2_000_000, 2_000_000))
    report = unparsed(settled).run()
    assert report.documents == DocumentCounts(seen=5, changed=1, unchanged=4)
    assert settled.published()["travel.md"][0].info.updated_at == "1970-01-24T03:33:20Z"


def test_a_killed_first_run_is_not_taken_for_known(settled: Library) -> None:
    (settled.store.root / "CURRENT").unlink()
    assert settled.run().documents == DocumentCounts(seen=5, added=5)


def test_a_feed_is_asked_only_for_what_changed(library: Library) -> None:
    pages = Pages()
    pages.put("leave.md", LEAVE)
    pages.put("travel.md", TRAVEL)
    pages.put("old.md", "# Old\n\nIt is going to be removed.\n")
    assert run_feed(library, pages) == DocumentCounts(seen=3, added=3)
    pages.read_of.clear()
    pages.put("travel.md", TRAVEL + "\nBuses too.\n")
    pages.remove("old.md")
    assert run_feed(library, pages) == DocumentCounts(seen=2, changed=1, unchanged=1, deleted=1)
    assert pages.asked == ["", "3"]
    assert pages.read_of == ["travel.md"]
    assert sorted(library.published()) == ["leave.md", "travel.md"]
    assert run_feed(library, pages, RunSettings(verify=True)).unchanged == 2
    assert pages.asked == ["", "3", ""]


def test_rules_reach_pages_of_a_feed_that_did_not_change(library: Library) -> None:
    pages = Pages()
    pages.put("leave.md", LEAVE)
    run_feed(library, pages)
    pages.audience = frozenset({"hr"})
    assert run_feed(library, pages) == DocumentCounts(seen=1, changed=1)
    assert library.groups() == {"leave.md": {"hr"}}


def test_a_page_that_could_not_be_read_is_asked_for_again(library: Library) -> None:
    pages = Pages()
    pages.put("leave.md", LEAVE)
    pages.put("travel.md", TRAVEL)
    pages.unreadable.add("travel.md")
    assert run_feed(library, pages) == DocumentCounts(seen=2, added=1, failed=1)
    assert run_feed(library, pages) == DocumentCounts(seen=2, unchanged=1, failed=1)
    pages.unreadable.clear()
    assert run_feed(library, pages) == DocumentCounts(seen=2, added=1, unchanged=1)


def test_a_source_that_cannot_be_asked_keeps_its_documents(settled: Library) -> None:
    pages = Pages()
    pages.put("leave.md", LEAVE)
    run_feed(settled, pages)
    pages.error = SourceError("https://wiki.example answers 503")
    settled.write("new.md", "# New\n\nAdded in the same night.\n")
    report = settled.run(settled.source, pages)
    assert report.published
    assert [(failure.path, failure.stage) for failure in report.failures] == [("pages", "scan")]
    assert "answers 503" in report.failures[0].reason
    assert len(settled.published()) == len(FILES) + 2
    pages.error = None
    pages.remove("leave.md")
    assert run_feed(settled, pages).deleted == 1


def test_deletions_that_are_not_believed_are_asked_for_again(library: Library) -> None:
    pages = Pages()
    for number in range(4):
        pages.put(f"{number}.md", f"# Page {number}\n\nIt is one of four pages.\n")
    run_feed(library, pages)
    for number in range(3):
        pages.remove(f"{number}.md")
    for _ in range(2):
        report = library.run(pages)
        assert "3 of the 4 documents" in (report.refused or "")
    assert pages.asked == ["", "4", "4"]
    allowed = RunSettings(guards=replace(RunSettings().guards, allow_deletions=True))
    assert run_feed(library, pages, allowed).deleted == 3


def test_a_new_source_that_cannot_be_asked_is_an_error(library: Library) -> None:
    with pytest.raises(SourceError, match="503"):
        run_feed(library, Pages(error=SourceError("answers 503")))


@pytest.mark.parametrize("killed_in", ["record_sightings", "record_source"])
def test_what_a_killed_run_heard_of_changes_is_asked_for_again(
    library: Library, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    pages = Pages()
    pages.put("leave.md", LEAVE)
    pages.put("old.md", TRAVEL)
    library.run(pages)
    pages.put("travel.md", TRAVEL)
    pages.remove("old.md")
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, killed_in, kill)
        with pytest.raises(KeyboardInterrupt):
            library.run(pages)
    library.run(pages)
    assert sorted(library.published()) == ["leave.md", "travel.md"]
