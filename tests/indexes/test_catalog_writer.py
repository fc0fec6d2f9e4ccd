"""Catalogs gathered from others hold what those held, under today's names, in today's order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.catalog import Catalog
from indexes.catalog_writer import CatalogWriter, Entry
from indexes.errors import RunRefused
from indexes.types import Box, Chunk, Document, Filters, Placement, Scope, chunk_id
from tests.indexes.documents import LIBRARY, make_document, make_entry

ALL = Filters()
Written = tuple[Document, list[Chunk]]


def write(path: Path, documents: Sequence[Written]) -> list[Entry]:
    with CatalogWriter(path) as writer:
        return [
            writer.add(document, chunks, document.info.id.encode())
            for document, chunks in documents
        ]


def gather(path: Path, entries: Sequence[Entry]) -> Catalog:
    with CatalogWriter(path) as writer:
        writer.gather(entries)
    return Catalog(path)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(len(LIBRARY))), split=st.integers(0, len(LIBRARY)))
def test_what_is_gathered_from_two_catalogs_is_what_one_would_hold(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], split: int
) -> None:
    folder = tmp_path_factory.mktemp("gather")
    old = write(folder / "old.sqlite", LIBRARY[:split])
    new = write(folder / "new.sqlite", LIBRARY[split:])
    entries = [*old, *new]
    gathered = gather(folder / "all.sqlite", [entries[i] for i in order])
    write(folder / "expected.sqlite", [LIBRARY[i] for i in order])
    expected = Catalog(folder / "expected.sqlite")
    assert list(gathered.everything()) == [LIBRARY[i] for i in order]
    assert list(gathered.passages()) == list(expected.passages())
    assert gathered.chunk_rows() == expected.chunk_rows()
    assert list(gathered.signatures()) == list(expected.signatures())
    for groups in ((), ("hr",), ("hr", "it")):
        scope = Scope.of(groups)
        assert (gathered.allowed(scope, ALL).mask == expected.allowed(scope, ALL).mask).all()


def test_what_is_said_of_a_document_today_replaces_what_was_said(tmp_path: Path) -> None:
    (entry, *_) = write(tmp_path / "old.sqlite", LIBRARY[:2])
    info = replace(
        entry.info,
        id="f" * 32,
        path="moved.md",
        title="Moved",
        groups=frozenset({"hr"}),
        tags=("new",),
        authors=("Lan", "李"),
        written_at="2026-01-01T00:00:00Z",
        pages=3,
        parent="e" * 32,
        stale=True,
        family="d" * 32,
    )
    catalog = gather(tmp_path / "new.sqlite", [replace(entry, info=info)])
    ((document, chunks),) = catalog.everything()
    assert document.info == info
    assert document.text == LIBRARY[0][0].text
    assert [chunk.id for chunk in chunks] == [
        chunk_id("f" * 32, chunk.ordinal) for chunk in LIBRARY[0][1]
    ]
    assert catalog.count(Scope.of([]), ALL) == 0
    assert catalog.count(Scope.of(["hr"]), Filters(tags=frozenset({"new"}))) == 1


def test_the_same_text_may_be_gathered_twice(tmp_path: Path) -> None:
    (entry,) = write(tmp_path / "old.sqlite", LIBRARY[:1])
    copy = replace(entry, info=replace(entry.info, id="f" * 32, path="copy.md"))
    catalog = gather(tmp_path / "new.sqlite", [copy, entry])
    first, second = catalog.everything()
    assert first[0].text == second[0].text
    assert [chunk.document_id for chunk in first[1]] == ["f" * 32] * len(first[1])


def test_nothing_gathered_is_an_empty_catalog(tmp_path: Path) -> None:
    catalog = gather(tmp_path / "empty.sqlite", [])
    assert list(catalog.everything()) == []
    assert list(catalog.passages()) == []


def test_boxes_and_cells_come_back(tmp_path: Path) -> None:
    places = (
        Placement(0, 3, 2, Box(2, 1.5, 2.0, 30.25, 44.0)),
        Placement(3, 5, None, cells="Prices!A2:C2"),
        Placement(5, 7, 4),
    )
    entry = make_entry(make_document("a.xlsx", "One two", places))
    write(tmp_path / "catalog.sqlite", [entry])
    ((document, _),) = Catalog(tmp_path / "catalog.sqlite").everything()
    assert document.placements == places
    assert document.cells(0, 7) == ("Prices!A2:C2",)
    assert document.cells(0, 3) == ()


def test_a_family_is_listed_newest_first_within_the_scope(tmp_path: Path) -> None:
    def member(path: str, updated: str, written: str | None, *groups: str) -> Written:
        return make_entry(
            make_document(
                path,
                "Same.",
                family="f" * 32,
                updated_at=updated,
                written_at=written,
                groups=frozenset(groups or {"*"}),
            )
        )

    write(
        tmp_path / "catalog.sqlite",
        [
            member("a.md", "2026-01-01T00:00:00Z", None),
            member("b.md", "2025-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
            member("c.md", "2026-09-01T00:00:00Z", None, "hr"),
            make_entry(make_document("alone.md", "Alone.")),
        ],
    )
    catalog = Catalog(tmp_path / "catalog.sqlite")
    everyone, hr = Scope.of([]), Scope.of(["hr"])
    assert [info.path for info in catalog.family("f" * 32, everyone)] == ["b.md", "a.md"]
    assert [info.path for info in catalog.family("f" * 32, hr)] == ["c.md", "b.md", "a.md"]
    assert catalog.family("", hr) == []


def test_a_catalog_that_cannot_be_written_is_told_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match=r"cannot be written .*nothing was published"):
        CatalogWriter(tmp_path / "no folder" / "catalog.sqlite")
