"""The plan of a run: what is new, changed, moved, gone or none of its business."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import pytest

from indexes.types import Chunk, Document, DocumentInfo, chunk_id, document_id
from ingestion.plan import Entry, Found, Plan, make_plan
from ingestion.types import SourceFile

COLLECTION = "wiki"


class Memory:
    """A source whose files are in memory."""

    location = "memory:"

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        self.name = name
        self._files = files

    def files(self) -> Iterator[SourceFile]:
        for path in sorted(self._files):
            yield SourceFile(self.name, path, f"{self.name}/{path}", None)

    def read(self, file: SourceFile) -> bytes:
        return self._files[file.path]


def found_in(source: Memory) -> list[Found]:
    return [
        Found(
            source,
            file,
            document_id(COLLECTION, source.name, file.path),
            sha256(source.read(file)).hexdigest(),
        )
        for file in source.files()
    ]


def entry(item: Found, title: str = "", section: tuple[str, ...] = ()) -> Entry:
    """The document that a run would have made of a file, in two chunks."""
    file = item.file
    text = "One.\n\nTwo."
    info = DocumentInfo(
        id=item.document_id,
        collection=COLLECTION,
        source=file.source,
        path=file.path,
        uri=file.uri,
        title=title or file.stem,
        type=file.type,
        language="en",
        content_hash=item.content_hash,
        updated_at=file.updated_at,
        groups=file.groups,
    )
    chunks = [
        Chunk(chunk_id(info.id, n), info.id, n, text[start:end], start, end, None, section)
        for n, (start, end) in enumerate([(0, 4), (6, 10)])
    ]
    return Document(info, text), chunks


def plan(
    files: dict[str, bytes], before: Sequence[Entry], *, reparse: bool = False, name: str = "docs"
) -> Plan:
    previous = {each[0].info.id: each for each in before}
    return make_plan(found_in(Memory(name, files)), previous, {name}, reparse=reparse)


def before(files: dict[str, bytes], name: str = "docs") -> list[Entry]:
    return [entry(item) for item in found_in(Memory(name, files))]


def paths(entries: Sequence[Entry]) -> list[str]:
    return [each[0].info.path for each in entries]


FILES = {"a.md": b"a", "b.md": b"b"}


def test_new_changed_unchanged_and_deleted() -> None:
    made = plan({"a.md": b"a", "b.md": b"B", "c.md": b"c"}, before(FILES | {"d.md": b"d"}))
    assert paths(made.unchanged) == ["a.md"]
    assert [item.file.path for item in made.to_parse] == ["b.md", "c.md"]
    assert made.deleted == ["d.md"]
    assert paths(made.kept) == ["a.md"]


def test_documents_of_a_source_that_is_not_named_are_untouched() -> None:
    known = [*before(FILES), *before(FILES, "other")]
    made = plan({"a.md": b"a"}, known)
    assert [(each[0].info.source, each[0].info.path) for each in made.untouched] == [
        ("other", "a.md"),
        ("other", "b.md"),
    ]
    assert made.deleted == ["b.md"]


def test_a_moved_file_keeps_its_text_under_new_ids() -> None:
    made = plan({"a.md": b"a", "sub/new.md": b"b"}, before(FILES))
    ((document, chunks),) = made.moved
    identity = document_id(COLLECTION, "docs", "sub/new.md")
    assert (document.info.id, document.info.path) == (identity, "sub/new.md")
    assert (document.info.uri, document.info.title) == ("docs/sub/new.md", "new")
    assert [(chunk.id, chunk.document_id, chunk.text) for chunk in chunks] == [
        (chunk_id(identity, 0), identity, "One."),
        (chunk_id(identity, 1), identity, "Two."),
    ]
    assert (made.deleted, made.to_parse) == ([], [])


def test_a_copy_is_not_a_move() -> None:
    made = plan(FILES | {"copy.md": b"b"}, before(FILES))
    assert (paths(made.unchanged), made.moved) == (["a.md", "b.md"], [])
    assert [item.file.path for item in made.to_parse] == ["copy.md"]


def test_two_files_do_not_move_from_one() -> None:
    made = plan({"x.md": b"a", "y.md": b"a"}, before({"a.md": b"a"}))
    assert paths(made.moved) == ["x.md"]
    assert [item.file.path for item in made.to_parse] == ["y.md"]


def test_under_another_type_the_same_bytes_are_read_again() -> None:
    made = plan({"a.txt": b"a"}, before({"a.md": b"a"}))
    assert made.moved == []
    assert [item.file.path for item in made.to_parse] == ["a.txt"]
    assert made.deleted == ["a.md"]


@pytest.mark.parametrize(
    ("title", "section", "moved"),
    [
        ("a", (), "z"),  # named after its file, so it follows it
        ("Leave", (), "Leave"),
        ("a", ("a", "b"), "a"),  # its first heading, after which the file was named
    ],
)
def test_the_title_of_a_moved_file(title: str, section: tuple[str, ...], moved: str) -> None:
    (item,) = found_in(Memory("docs", {"a.md": b"a"}))
    made = plan({"z.md": b"a"}, [entry(item, title, section)])
    assert [each[0].info.title for each in made.moved] == [moved]


def test_a_file_that_cannot_be_read_is_left_to_the_parser() -> None:
    source = Memory("docs", FILES)
    found = [
        Found(source, file, document_id(COLLECTION, "docs", file.path), "")
        for file in source.files()
    ]
    known = before(FILES)
    made = make_plan(found, {each[0].info.id: each for each in known}, {"docs"}, reparse=False)
    assert [item.file.path for item in made.to_parse] == ["a.md", "b.md"]
    assert (made.kept, made.deleted) == ([], [])


def test_what_the_source_says_today_is_taken_over_without_reading() -> None:
    class Renamed(Memory):
        def files(self) -> Iterator[SourceFile]:
            groups, tags = frozenset({"hr"}), ("draft",)
            for file in super().files():
                yield SourceFile("docs", file.path, "new:uri", "2026-01-01T00:00:00Z", groups, tags)

    known = {each[0].info.id: each for each in before(FILES)}
    made = make_plan(found_in(Renamed("docs", FILES)), known, {"docs"}, reparse=False)
    assert (paths(made.updated), made.unchanged, made.to_parse) == (["a.md", "b.md"], [], [])
    info = made.updated[0][0].info
    assert (info.uri, info.updated_at) == ("new:uri", "2026-01-01T00:00:00Z")
    assert (info.groups, info.tags, info.title) == (frozenset({"hr"}), ("draft",), "a")


def test_when_all_is_cut_anew_nothing_known_is_used() -> None:
    made = plan({"a.md": b"a", "c.md": b"b"}, before(FILES), reparse=True)
    assert [item.file.path for item in made.to_parse] == ["a.md", "c.md"]
    assert (made.kept, made.deleted) == ([], ["b.md"])
