"""The plan of a run and its outcome: new, changed, moved, copied, attached, stale, gone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.catalog_writer import Entry
from indexes.types import document_id
from ingestion.outcome import Outcome, Read, carried_over, counts, settle, sightings
from ingestion.plan import Found, Plan, Published, make_plan
from ingestion.types import DocumentCounts, Failure, SourceFile
from tests.indexes.documents import COLLECTION, make_document

CATALOG = Path("catalog.sqlite")


class Memory:
    """A source whose files are in memory."""

    location = "memory:"

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        self.name = name
        self.contents = files

    def files(self) -> Iterator[SourceFile]:
        for path in sorted(self.contents):
            yield SourceFile(self.name, path, f"{self.name}/{path}", None)

    def read(self, file: SourceFile) -> bytes:
        return self.contents[file.path]


def content_hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def found_in(source: Memory, *, known: bool = True) -> list[Found]:
    """What the source lists; where ``known``, the ledger remembers the bytes of each version."""
    return [
        Found(
            source,
            file,
            document_id(COLLECTION, source.name, file.path),
            content_hash(source.read(file)) if known else "",
        )
        for file in source.files()
    ]


def entry(path: str, content: bytes, source: str = "docs", **fields: Any) -> Entry:
    """The document that a run would have made of a file."""
    told: dict[str, Any] = {
        "id": document_id(COLLECTION, source, path),
        "source": source,
        "uri": f"{source}/{path}",
        "title": f"The title of {content.decode()}",
    }
    return Entry(make_document(path, content.decode(), **told | fields).info, CATALOG, 0)


def before(files: dict[str, bytes], source: str = "docs") -> list[Entry]:
    return [entry(path, content, source) for path, content in files.items()]


def read_all(plan: Plan, published: Published, broken: Sequence[str] = ()) -> list[Read]:
    """What reading every file of the plan comes to, when those in ``broken`` do not parse."""
    reads = []
    for item in plan.to_read:
        assert isinstance(item.source, Memory)
        content = item.source.contents[item.file.path]
        same = published.same(content_hash(content), item)
        fails = same is None and item.file.path in broken
        made = () if same or fails else (entry(item.file.path, content, item.file.source),)
        failures = (Failure(item.file.path, "parse", "broken"),) if fails else ()
        reads.append(Read(item, content_hash(content), same, made, failures, ()))
    return reads


def night(
    files: dict[str, bytes],
    known: Sequence[Entry],
    *,
    broken: Sequence[str] = (),
    remembered: bool = True,
) -> tuple[Plan, Outcome]:
    published = Published(known)
    found = found_in(Memory("docs", files), known=remembered)
    plan = make_plan(found, published, {"docs"}, reread=False)
    return plan, settle(plan, published, read_all(plan, published, broken), COLLECTION)


def paths(entries: Sequence[Entry]) -> list[str]:
    return [each.info.path for each in entries]


FILES = {"a.md": b"a", "b.md": b"b"}


@pytest.mark.parametrize("remembered", [True, False])
def test_new_changed_unchanged_and_deleted(remembered: bool) -> None:  # noqa: FBT001
    known = before(FILES | {"d.md": b"d"})
    plan, outcome = night({"a.md": b"a", "b.md": b"B", "c.md": b"c"}, known, remembered=remembered)
    assert paths(plan.unchanged) == ["a.md"]
    assert (paths(outcome.changed), paths(outcome.added)) == (["b.md"], ["c.md"])
    assert paths(outcome.deleted) == ["d.md"]
    assert paths(outcome.entries) == ["a.md", "b.md", "c.md"]
    read = ["b.md", "c.md"] if remembered else ["a.md", "b.md", "c.md"]
    assert [item.file.path for item in plan.to_read] == read


def test_documents_of_a_source_that_is_not_scanned_are_untouched() -> None:
    plan, outcome = night({"a.md": b"a"}, [*before(FILES), *before(FILES, "other")])
    assert [(each.info.source, each.info.path) for each in plan.untouched] == [
        ("other", "a.md"),
        ("other", "b.md"),
    ]
    assert paths(outcome.deleted) == ["b.md"]
    assert len(outcome.entries) == 3


def test_a_moved_file_keeps_its_text_under_new_ids() -> None:
    _, outcome = night({"a.md": b"a", "sub/new.md": b"b"}, before(FILES))
    (moved,) = outcome.moved
    assert moved.info.id == document_id(COLLECTION, "docs", "sub/new.md")
    assert (moved.info.path, moved.info.uri) == ("sub/new.md", "docs/sub/new.md")
    assert (moved.catalog, moved.row) == (CATALOG, 0), "its text is that of the old one"
    assert (outcome.deleted, outcome.added) == ([], [])


def test_a_copy_is_added_without_being_parsed() -> None:
    known = before(FILES)
    plan, outcome = night(FILES | {"copy.md": b"b"}, known)
    assert (paths(plan.unchanged), paths(outcome.added)) == (["a.md", "b.md"], ["copy.md"])
    assert outcome.added[0].info.title == "The title of b"
    assert outcome.moved == []


def test_two_files_do_not_move_from_one() -> None:
    _, outcome = night({"x.md": b"a", "y.md": b"a"}, before({"a.md": b"a"}))
    assert (paths(outcome.moved), paths(outcome.added)) == (["x.md"], ["y.md"])


def test_under_another_type_the_same_bytes_are_another_document() -> None:
    _, outcome = night({"a.txt": b"a"}, before({"a.md": b"a"}))
    assert (paths(outcome.moved), paths(outcome.added)) == ([], ["a.txt"])
    assert paths(outcome.deleted) == ["a.md"]


def test_a_title_that_may_be_the_files_name_is_not_carried_over() -> None:
    published = Published([entry("a.md", b"a", title="a")])
    (item,) = found_in(Memory("docs", {"z.md": b"a"}))
    assert published.same(item.content_hash, item) is None
    titled = replace(item, file=replace(item.file, title="Z"))
    assert published.same(item.content_hash, titled) is not None
    _, outcome = night({"z.md": b"a"}, [entry("a.md", b"a", title="a")])
    assert paths(outcome.moved) == ["z.md"], "it was parsed again, and has moved all the same"


def test_what_another_source_says_of_its_files_is_not_carried_over() -> None:
    published = Published(before({"a.md": b"a"}, "other"))
    (item,) = found_in(Memory("docs", {"z.md": b"a"}))
    assert published.same(item.content_hash, item) is None


def test_what_the_source_says_today_is_taken_over_without_reading() -> None:
    class Renamed(Memory):
        def files(self) -> Iterator[SourceFile]:
            groups, tags = frozenset({"hr"}), ("draft",)
            for file in super().files():
                yield SourceFile("docs", file.path, "new:uri", "2026-01-01T00:00:00Z", groups, tags)

    plan = make_plan(
        found_in(Renamed("docs", FILES)), Published(before(FILES)), {"docs"}, reread=False
    )
    assert (paths(plan.updated), plan.unchanged, plan.to_read) == (["a.md", "b.md"], [], [])
    info = plan.updated[0].info
    assert (info.uri, info.updated_at) == ("new:uri", "2026-01-01T00:00:00Z")
    assert (info.groups, info.tags) == (frozenset({"hr"}), ("draft",))


def test_when_all_is_read_again_nothing_known_is_used() -> None:
    found = found_in(Memory("docs", {"a.md": b"a", "c.md": b"b"}))
    plan = make_plan(found, Published(before(FILES)), {"docs"}, reread=True)
    assert [item.file.path for item in plan.to_read] == ["a.md", "c.md"]
    assert (plan.unchanged, plan.updated) == ([], [])
    assert list(plan.gone) == [document_id(COLLECTION, "docs", "b.md")]


def test_a_file_that_fails_keeps_its_last_good_version() -> None:
    _, outcome = night({"a.md": b"A", "b.md": b"b"}, before(FILES), broken=["a.md"])
    (stale,) = outcome.stale
    assert (stale.info.stale, stale.info.content_hash) == (True, content_hash(b"a"))
    assert (outcome.deleted, len(outcome.entries)) == ([], 2)
    healed_plan, _ = night(FILES, [*before({"b.md": b"b"}), stale])
    assert [each.info.stale for each in healed_plan.updated] == [False]


def mail() -> list[Entry]:
    """A mail to which another is attached that holds a table."""
    outer = entry("mail.eml", b"m")
    inner = entry("mail.eml!/inner.eml", b"i", uri=outer.info.uri, parent=outer.info.id)
    table = entry("mail.eml!/inner.eml!/t.csv", b"t", uri=outer.info.uri, parent=inner.info.id)
    return [outer, inner, table]


def test_what_is_attached_stays_with_its_mail() -> None:
    plan, outcome = night({"mail.eml": b"m"}, mail())
    assert paths(plan.unchanged) == [
        "mail.eml",
        "mail.eml!/inner.eml",
        "mail.eml!/inner.eml!/t.csv",
    ]
    assert outcome.deleted == []
    found = found_in(Memory("docs", {"mail.eml": b"m"}))
    assert counts(outcome, plan, found) == DocumentCounts(seen=3, unchanged=3)
    seen = sightings(outcome, found, [])["docs"]
    assert {each.document_id for each in seen} == {each.info.id for each in mail()}


def test_what_is_attached_moves_with_its_mail() -> None:
    _, outcome = night({"old/post.eml": b"m"}, mail())
    assert paths(outcome.moved) == [
        "old/post.eml",
        "old/post.eml!/inner.eml",
        "old/post.eml!/inner.eml!/t.csv",
    ]
    outer, inner, table = (each.info for each in outcome.moved)
    assert (outer.parent, inner.parent, table.parent) == ("", outer.id, inner.id)
    assert inner.id == document_id(COLLECTION, "docs", "old/post.eml!/inner.eml")
    assert outcome.deleted == []


def test_what_is_attached_goes_with_its_mail() -> None:
    _, outcome = night({}, mail())
    assert len(outcome.deleted) == 3
    _, outcome = night({"mail.eml": b"without"}, mail())
    assert paths(outcome.changed) == ["mail.eml"]
    assert paths(outcome.deleted) == ["mail.eml!/inner.eml", "mail.eml!/inner.eml!/t.csv"]


def test_what_is_attached_to_a_broken_mail_is_as_stale_as_the_mail() -> None:
    _, outcome = night({"mail.eml": b"?"}, mail(), broken=["mail.eml"])
    assert [each.info.stale for each in outcome.stale] == [True] * 3
    assert outcome.deleted == []


def test_an_attachment_that_fails_alone_is_stale_alone() -> None:
    known = mail()
    published = Published(known)
    (item,) = found_in(Memory("docs", {"mail.eml": b"M"}))
    plan = make_plan([item], published, {"docs"}, reread=False)
    failure = Failure("mail.eml!/inner.eml", "parse", "broken")
    read = Read(item, item.content_hash, None, (entry("mail.eml", b"M"),), (failure,), ())
    outcome = settle(plan, published, [read], COLLECTION)
    assert paths(outcome.changed) == ["mail.eml"]
    assert paths(outcome.stale) == ["mail.eml!/inner.eml", "mail.eml!/inner.eml!/t.csv"]
    assert outcome.deleted == []
    assert counts(outcome, plan, [item]).seen == 3


def test_a_folder_named_like_a_mail_is_a_folder() -> None:
    files = {"a!/b.md": b"b"}
    found = found_in(Memory("docs", files))
    plan, outcome = night(files, before(files))
    assert counts(outcome, plan, found) == DocumentCounts(seen=1, unchanged=1)
    assert len(sightings(outcome, found, [])["docs"]) == 1


def test_findings_are_carried_over_for_what_was_not_read_again() -> None:
    findings = [
        Failure("mail.eml!/a.pdf", "parse", "damaged"),
        Failure("kept.pdf", "parse", "page 2 is a picture"),
        Failure("gone.pdf", "parse", "damaged"),
        Failure("read.eml!/x!/y.pdf", "parse", "damaged"),
    ]
    source = Memory("docs", {"mail.eml": b"m", "kept.pdf": b"k", "read.eml": b"r"})
    reads = [
        Read(item, "", None, (), (), ())
        for item in found_in(source)
        if item.file.path == "read.eml"
    ]
    files = set(source.contents)
    remarks = carried_over(findings, files, reads, failed=False)
    assert [finding.path for finding in remarks] == ["mail.eml!/a.pdf", "kept.pdf"]
    failures = carried_over(findings, files, reads, failed=True)
    assert [finding.path for finding in failures] == ["mail.eml!/a.pdf"]


NAMES = st.dictionaries(
    st.sampled_from(["a.md", "b.md", "c.md", "d/a.md", "e.txt"]), st.sampled_from([b"1", b"2"])
)


@given(old=NAMES, new=NAMES, broken=st.lists(st.sampled_from(["a.md", "b.md"])), seed=st.randoms())
def test_every_document_becomes_exactly_one_thing(
    old: dict[str, bytes], new: dict[str, bytes], broken: list[str], seed: object
) -> None:
    known = before(old)
    published = Published(known)
    found = found_in(Memory("docs", new))
    plan = make_plan(found, published, {"docs"}, reread=False)
    reads = read_all(plan, published, broken)
    seed.shuffle(reads)  # type: ignore[attr-defined]
    outcome = settle(plan, published, reads, COLLECTION)
    total = counts(outcome, plan, found)
    listed = [each.info.id for each in outcome.entries]
    assert len(listed) == len(set(listed))
    failed = {failure.path for _, failure in outcome.failures}
    assert {each.info.path for each in outcome.entries} | failed == set(new)
    assert total.seen == len(new) == len(listed) + total.failed - total.stale
    assert len(old) == total.deleted + total.moved + len(set(old) & set(listed_paths(outcome)))


def listed_paths(outcome: Outcome) -> list[str]:
    return [each.info.path for each in outcome.entries]
