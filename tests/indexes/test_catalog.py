"""Who may see which document, what filters keep, and that nothing is changed by being stored."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexes.catalog import Catalog
from indexes.catalog_writer import CatalogWriter
from indexes.errors import RunRefused, SnapshotCorrupt, UnknownDocument
from indexes.types import EVERYONE, Box, Chunk, Document, Filters, Placement, Scope, chunk_id
from tests.indexes.documents import Entry, make_document, make_entry

ALL = Filters()
HOSTILE = "hr' OR '1'='1"
GROUPS = ["hr", "it", "HR", "h", HOSTILE, '"; DROP TABLE visibility; --', "%", EVERYONE]


def entry(
    path: str, text: str = "One.\n\nTwo.", groups: Sequence[str] = (EVERYONE,), **fields: Any
) -> Entry:
    return make_entry(make_document(path, text, groups=frozenset(groups), **fields))


ENTRIES = [
    entry("guide/leave.md", tags=("people", "rules"), updated_at="2026-03-01T09:30:00Z"),
    entry("guide/100%_sure.md", updated_at="2026-03-02T00:00:00Z"),
    entry("guide/100x_sure.md", updated_at="2026-03-01T23:59:59Z"),
    entry("Guide/leave.pdf", language="vi", tags=("rules",)),
    entry("hr/pay.xlsx", groups=["hr"], tags=("people",), updated_at="2025-12-31T12:00:00Z"),
    entry("hr/board.md", groups=["hr", "board"], language="zh"),
    entry("it/Robert'); DROP TABLE documents;--.md", groups=["it"]),
    entry("hostile.md", groups=[HOSTILE]),
    entry("nobody.md", groups=[]),
    entry("a.md", source="wiki-b", id="0" * 32),
]
# Every seven hours of two weeks around the end of a month and a year.
MOMENTS = [datetime(2025, 12, 25) + timedelta(hours=7 * i) for i in range(48)]  # noqa: DTZ001 (UTC)
PUBLIC = {
    "guide/leave.md",
    "guide/100%_sure.md",
    "guide/100x_sure.md",
    "Guide/leave.pdf",
    "a.md",
}


def build(entries: Sequence[Entry], path: Path) -> Catalog:
    with CatalogWriter(path) as writer:
        for document, chunks in entries:
            writer.add(document, chunks)
    return Catalog(path)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return build(ENTRIES, tmp_path_factory.mktemp("catalog") / "catalog.sqlite")


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return build(
        [
            entry(f"{i}.md", updated_at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
            for i, moment in enumerate(MOMENTS)
        ],
        tmp_path_factory.mktemp("dated") / "catalog.sqlite",
    )


def paths(catalog: Catalog, scope: Scope, filters: Filters = ALL) -> set[str]:
    """What the catalog lists; its count and its mask over chunks must say the same."""
    listed = catalog.documents(scope, filters, 0, 100)
    assert catalog.count(scope, filters) == len(listed)
    rows = catalog.allowed(scope, filters).rows.tolist()
    assert {info.id for _, info in catalog.chunks(rows)} == {info.id for info in listed}
    assert len(rows) == 2 * len(listed)
    return {info.path for info in listed}


@given(st.frozensets(st.sampled_from(GROUPS)))
@example(frozenset())
@example(frozenset({HOSTILE}))
def test_a_caller_sees_what_its_scope_permits(catalog: Catalog, groups: frozenset[str]) -> None:
    scope = Scope(groups)
    permitted = {
        document.info.path for document, _ in ENTRIES if scope.permits(document.info.groups)
    }
    assert paths(catalog, scope) == permitted
    for document, _ in ENTRIES:
        if document.info.path in permitted:
            assert catalog.document(document.info.id, scope) == document
        else:
            with pytest.raises(UnknownDocument):
                catalog.document(document.info.id, scope)


def test_everyone_sees_what_is_public(catalog: Catalog) -> None:
    assert paths(catalog, Scope.of([])) == PUBLIC
    assert paths(catalog, Scope.of(["hr"])) == PUBLIC | {"hr/pay.xlsx", "hr/board.md"}
    assert paths(catalog, Scope(frozenset())) == set()


def test_a_hidden_document_is_told_of_like_one_that_is_not_there(catalog: Catalog) -> None:
    hidden = next(
        document.info.id for document, _ in ENTRIES if document.info.path == "hr/pay.xlsx"
    )
    said = []
    for document_id in (hidden, "f" * 32):
        with pytest.raises(UnknownDocument) as caught:
            catalog.document(document_id, Scope.of(["it"]))
        said.append(str(caught.value).replace(document_id, "ID"))
    assert said[0] == said[1]
    assert catalog.document(hidden, Scope.of(["hr"])).info.id == hidden


@pytest.mark.parametrize("document_id", ["", "' OR 1=1 --", "%", "0" * 31 + "_"])
def test_an_id_is_data(catalog: Catalog, document_id: str) -> None:
    with pytest.raises(UnknownDocument):
        catalog.document(document_id, Scope.of(["hr"]))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            Filters(path_prefix="guide/"),
            {"guide/leave.md", "guide/100%_sure.md", "guide/100x_sure.md"},
        ),
        (Filters(path_prefix="guide/100%"), {"guide/100%_sure.md"}),
        (Filters(path_prefix="guide/100%_"), {"guide/100%_sure.md"}),
        (Filters(path_prefix="guide/100_"), set()),
        (Filters(path_prefix="%"), set()),
        (Filters(path_prefix="guide/leave.md"), {"guide/leave.md"}),
        (Filters(path_prefix="guide/leave.md/"), set()),
        (Filters(path_prefix="' OR 1=1 --"), set()),
        (Filters(types=frozenset({"pdf"})), {"Guide/leave.pdf"}),
        (Filters(types=frozenset({"pdf", "xlsx"})), {"Guide/leave.pdf"}),
        (Filters(types=frozenset({"md'"})), set()),
        (Filters(languages=frozenset({"vi", "zh"})), {"Guide/leave.pdf"}),
        (Filters(tags=frozenset({"rules"})), {"guide/leave.md", "Guide/leave.pdf"}),
        (Filters(tags=frozenset({"people"})), {"guide/leave.md"}),
        (Filters(tags=frozenset({"people", "rules"})), {"guide/leave.md", "Guide/leave.pdf"}),
        (Filters(tags=frozenset({"rules"}), languages=frozenset({"vi"})), {"Guide/leave.pdf"}),
        (Filters(tags=frozenset({"rule"})), set()),
    ],
)
def test_a_filter_keeps_what_it_names_of_what_may_be_seen(
    catalog: Catalog, filters: Filters, expected: set[str]
) -> None:
    assert paths(catalog, Scope.of([]), filters) == expected


@pytest.mark.parametrize(
    ("date_from", "date_to", "expected"),
    [
        # The whole of the last day is included.
        ("", "2026-03-01", {"guide/leave.md", "guide/100x_sure.md"}),
        ("2026-03-01", "2026-03-01", {"guide/leave.md", "guide/100x_sure.md"}),
        ("2026-03-02", "", {"guide/100%_sure.md"}),
        ("2026-03-03", "", set()),
        ("", "2026-02-28", set()),
        (
            "2026-03-01T09:30:00Z",
            "",
            {"guide/leave.md", "guide/100%_sure.md", "guide/100x_sure.md"},
        ),
        ("2026-03-01T09:30:01Z", "", {"guide/100%_sure.md", "guide/100x_sure.md"}),
        ("", "2026-03-01T09:30:00Z", {"guide/leave.md"}),
        ("", "2026-03-01T09:29:59Z", set()),
        # Without a date a document is outside every such filter, however wide.
        (
            "0001-01-01",
            "9999-12-31",
            {"guide/leave.md", "guide/100%_sure.md", "guide/100x_sure.md"},
        ),
    ],
)
def test_dates_are_inclusive(
    catalog: Catalog, date_from: str, date_to: str, expected: set[str]
) -> None:
    filters = Filters(date_from=date_from, date_to=date_to)
    assert paths(catalog, Scope.of([]), filters) == expected


@given(st.datetimes(MOMENTS[0], MOMENTS[-1]), st.datetimes(MOMENTS[0], MOMENTS[-1]))
def test_a_day_holds_its_moments(dated: Catalog, first: datetime, last: datetime) -> None:
    filters = Filters(date_from=first.date().isoformat(), date_to=last.date().isoformat())
    inside = sum(first.date() <= moment.date() <= last.date() for moment in MOMENTS)
    assert dated.count(Scope.of([]), filters) == inside


def test_a_listing_is_in_order_of_source_and_path_and_comes_in_pages(catalog: Catalog) -> None:
    scope = Scope.of(["hr"])
    whole = catalog.documents(scope, ALL, 0, 100)
    keys = [(info.source, info.path) for info in whole]
    assert keys == sorted(keys)
    pages = [catalog.documents(scope, ALL, offset, 3) for offset in range(0, 9, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [info for page in pages for info in page] == whole


# What a document may hold: any characters but controls, plus line feeds and tabs.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(
    list("\n\t🙂𠀀'\"%\\\u0323\ufeff\u202e")
)
PIECES = CHARACTERS | st.sampled_from(["👩🏽‍🚀", "e\u0301", "ngh\u1ec9"])
TEXTS = st.lists(PIECES, max_size=40).map("".join)
NAMES = st.text(CHARACTERS, min_size=1, max_size=12)
COORDINATES = st.floats(0, 2000)


@st.composite
def placements(draw: st.DrawFn, length: int) -> tuple[Placement, ...]:
    boundaries = sorted(draw(st.lists(st.integers(0, length), max_size=6)))
    placed = []
    for start, end in zip(boundaries[::2], boundaries[1::2], strict=False):
        page = draw(st.integers(1, 900))
        sides = draw(st.none() | st.tuples(*[COORDINATES] * 4))
        placed.append(Placement(start, end, page, Box(page, *sides) if sides else None))
    return tuple(placed)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    made = []
    for path in draw(st.lists(NAMES, unique=True, max_size=4)):
        text = draw(TEXTS)
        document = make_document(
            path,
            text,
            draw(placements(len(text))),
            title=draw(NAMES),
            uri=draw(NAMES),
            language=draw(st.sampled_from(["en", "vi", "zh", "und"])),
            updated_at=draw(st.none() | st.just("2026-03-01T09:30:00Z")),
            groups=draw(st.frozensets(NAMES, max_size=3)),
            tags=tuple(draw(st.lists(NAMES, max_size=3))),
        )
        made.append((document, draw(chunks(document))))
    return made


@st.composite
def chunks(draw: st.DrawFn, document: Document) -> list[Chunk]:
    """Any spans, also overlapping and empty ones."""
    offset = st.integers(0, len(document.text))
    spans = [sorted(span) for span in draw(st.lists(st.tuples(offset, offset), max_size=4))]
    return [
        Chunk(
            chunk_id(document.info.id, ordinal),
            document.info.id,
            ordinal,
            document.text[start:end],
            start,
            end,
            draw(st.none() | st.integers(1, 900)),
            tuple(draw(st.lists(NAMES, max_size=2))),
        )
        for ordinal, (start, end) in enumerate(spans)
    ]


@given(entries())
@settings(max_examples=40)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, written: list[Entry]
) -> None:
    catalog = build(written, tmp_path_factory.mktemp("any") / "catalog.sqlite")
    assert list(catalog.everything()) == written
    in_order = [(chunk, document.info) for document, chunks in written for chunk in chunks]
    assert catalog.chunks(range(len(in_order))) == in_order
    for document, _ in written:
        for group in document.info.groups:
            assert catalog.document(document.info.id, Scope(frozenset({group}))) == document
    for chunk, info in in_order:
        (text,) = [document.text for document, _ in written if document.info.id == info.id]
        assert text[chunk.start : chunk.end] == chunk.text


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "ngh\u1ec9 nghi\u0309",
        "a🙂𠀀b",
        "👩🏽‍🚀e\u0301",
        "\ufeffa\u202eb",
        "年假\n十天",
        "%\\'\"",
    ],
)
def test_any_span_is_a_span_of_the_documents_text(tmp_path: Path, text: str) -> None:
    document = make_document("a.md", text)
    offsets = range(len(text) + 1)
    spans = [
        Chunk("", "", 0, text[start:end], start, end, None, ())
        for start in offsets
        for end in offsets[start:]
    ]
    numbered = [
        replace(span, id=chunk_id(document.info.id, i), document_id=document.info.id, ordinal=i)
        for i, span in enumerate(spans)
    ]
    catalog = build([(document, numbered)], tmp_path / "catalog.sqlite")
    stored = catalog.document(document.info.id, Scope.of([])).text
    assert stored == text
    for chunk, _ in catalog.chunks(range(len(numbered))):
        assert chunk.text == stored[chunk.start : chunk.end]


def test_chunks_come_in_the_order_asked(catalog: Catalog) -> None:
    rows = [5, 0, 3, 0]
    everything = [chunk for _, chunks in ENTRIES for chunk in chunks]
    assert [chunk for chunk, _ in catalog.chunks(rows)] == [everything[row] for row in rows]
    assert catalog.chunks([]) == []
    assert catalog.chunks(np.array(rows)) == catalog.chunks(rows)  # type: ignore[arg-type]


def test_chunks_know_their_document_and_whether_it_has_near_duplicates(tmp_path: Path) -> None:
    alone, copied = entry("alone.md", "One.\n\nTwo."), entry("copied.md", family="f" * 32)
    catalog = build([alone, copied], tmp_path / "catalog.sqlite")
    rows = np.arange(sum(len(chunks) for _, chunks in (alone, copied)))
    owners = [document.path for _, document in catalog.chunks(rows.tolist())]
    assert set(owners) == {"alone.md", "copied.md"}
    assert catalog.owners(rows).tolist() == [int(path == "copied.md") for path in owners]
    assert catalog.in_family(rows[::-1]).tolist() == [path == "copied.md" for path in owners[::-1]]


def test_a_catalog_without_documents(tmp_path: Path) -> None:
    catalog = build([], tmp_path / "catalog.sqlite")
    assert catalog.count(Scope.of([]), ALL) == 0
    assert catalog.allowed(Scope.of([]), ALL).mask.tolist() == []
    assert list(catalog.everything()) == []


def test_a_document_without_chunks_is_listed_and_never_found(tmp_path: Path) -> None:
    document = make_document("empty.md", "")
    catalog = build([(document, []), ENTRIES[0]], tmp_path / "catalog.sqlite")
    assert catalog.count(Scope.of([]), ALL) == 2
    assert catalog.allowed(Scope.of([]), ALL).mask.tolist() == [True, True]


def test_a_mask_asked_for_again_is_the_same(catalog: Catalog) -> None:
    scope = Scope.of(["hr"])
    first = catalog.allowed(scope, ALL).mask.copy()
    for group in range(100):
        catalog.allowed(Scope.of([f"group-{group}"]), ALL)
    np.testing.assert_array_equal(catalog.allowed(scope, ALL).mask, first)


def test_threads_share_a_catalog(catalog: Catalog) -> None:
    scopes = [Scope.of(groups) for groups in ([], ["hr"], ["it"], ["board"])] * 8

    def ask(scope: Scope) -> tuple[set[str], int, int]:
        listed = {info.path for info in catalog.documents(scope, ALL, 0, 100)}
        return listed, catalog.count(scope, ALL), catalog.allowed(scope, ALL).count

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, scopes)) == [ask(scope) for scope in scopes]


def test_two_documents_of_one_id_are_refused(tmp_path: Path) -> None:
    first, _ = ENTRIES[0]
    second = Document(replace(first.info, path="other.md"), "Other.")
    with pytest.raises(RunRefused, match=r"UNIQUE constraint failed: documents\.id"):
        build([(first, []), (second, [])], tmp_path / "catalog.sqlite")


def test_a_catalog_cannot_be_written_by_its_readers(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    catalog = build(ENTRIES, path)
    before = path.read_bytes()
    list(catalog.everything())
    catalog.count(Scope.of([HOSTILE]), Filters(path_prefix="'; DELETE FROM documents; --"))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.sqlite"]


@pytest.mark.parametrize("content", [None, b"", b"junk" * 300])
def test_a_file_that_is_no_catalog_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "catalog.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SnapshotCorrupt, match=r"catalog\.sqlite is not a readable catalog"):
        Catalog(path)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1 tài liệu"
    folder.mkdir()
    assert build(ENTRIES, folder / "catalog.sqlite").count(Scope.of([]), ALL) == len(PUBLIC)
