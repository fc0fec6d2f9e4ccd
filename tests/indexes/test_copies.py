"""Near-duplicate documents in a search: the newest speaks for its copies, and only for them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.catalog import Catalog
from indexes.rerank import CandidateBM25
from indexes.search import LocalIndex
from indexes.types import Document, Filters, Hit, Mode, Scope
from tests.indexes.documents import LIBRARY, Entry, make_document, make_entry
from tests.indexes.embedded import write
from tests.indexes.once import OnceEach

ALL = Filters()
EVERY_CHUNK = 100
MODES = st.sampled_from(list(Mode))
GROUPS = st.frozensets(st.sampled_from(["*", "hr", "board"]))
QUERIES = st.sampled_from(
    ["How many days of notice are due?", "notice period", "the bicycle fee in 2025", "xyzzy", ""]
)
NOTICE = "Notice is given thirty days ahead, in writing."
FEE = "The bicycle fee is {} euros in {}."


def page(path: str, *paragraphs: str, **fields: Any) -> Document:
    return make_document(path, "\n\n".join(paragraphs), **fields)


# Two families and, beside them, a page that says the same and belongs to neither.
PAGES = [
    page("a/rules.md", NOTICE, FEE.format(12, 2024), family="f", written_at="2024-02-01T00:00:00Z"),
    page(
        "b/rules.md",
        "NOTICE is given thirty days\nahead,  in writing.",
        FEE.format(15, 2025),
        family="f",
        updated_at="2025-02-01T00:00:00Z",
    ),
    page(
        "c/rules.md",
        "Ｎｏｔｉｃｅ is given thirty days ahead, in writing.",
        FEE.format(12, 2024),
        family="f",
        written_at="2026-02-01T00:00:00Z",
        groups=frozenset({"hr"}),
    ),
    page("d/undated.md", NOTICE, "Undated and alone.", family="f"),
    page("e/twin.md", "The board meets in May.", family="g", groups=frozenset({"board"})),
    page("f/twin.md", "The board meets in May.", family="g", updated_at="2026-01-01T00:00:00Z"),
    page("z/alone.md", NOTICE, updated_at="2027-01-01T00:00:00Z"),
]


def opened(
    folder: Path, pages: list[Document], reader: OnceEach, *, reranked: bool = False
) -> LocalIndex:
    entries: list[Entry] = [make_entry(document) for document in pages]
    snapshot, _ = write(folder, entries, reader)
    return LocalIndex.open(snapshot, reader, CandidateBM25() if reranked else None)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, reader: OnceEach) -> LocalIndex:
    return opened(tmp_path_factory.mktemp("families"), PAGES, reader)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory, reader: OnceEach) -> LocalIndex:
    """The same pages, of which nobody knows that they are copies."""
    alone = [replace(page, info=replace(page.info, family="")) for page in PAGES]
    return opened(tmp_path_factory.mktemp("strangers"), alone, reader)


def found(
    index: LocalIndex,
    query: str,
    groups: frozenset[str] = frozenset({"*"}),
    mode: Mode = Mode.HYBRID,
    k: int = EVERY_CHUNK,
) -> tuple[Hit, ...]:
    return index.search(query, Scope(groups), ALL, k, mode).hits


def said(hit: Hit) -> tuple[str, str]:
    """The family of a hit's page and its words, told from the pages as they are written above."""
    family = next(page.info.family for page in PAGES if page.info.id == hit.document.id)
    words = hit.chunk.text.replace("Ｎｏｔｉｃｅ", "notice").lower().split()
    return (family, " ".join(words)) if family else (hit.chunk.id, "")


@given(GROUPS, QUERIES, MODES, st.integers(1, 12))
def test_the_newest_of_the_copies_that_a_caller_sees_stands_where_the_best_of_them_stood(
    index: LocalIndex,
    strangers: LocalIndex,
    groups: frozenset[str],
    query: str,
    mode: Mode,
    k: int,
) -> None:
    copies: dict[tuple[str, str], list[Hit]] = {}
    for hit in found(strangers, query, groups, mode):
        copies.setdefault(said(hit), []).append(hit)
    expected = [
        (max(same, key=lambda hit: hit.document.dated), same[0].score) for same in copies.values()
    ][:k]
    hits = found(index, query, groups, mode, k)
    assert [hit.chunk for hit in hits] == [newest.chunk for newest, _ in expected]
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected])
    assert [hit.legs for hit in hits] == [newest.legs for newest, _ in expected]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(Scope(groups).permits(hit.document.groups) for hit in hits)


@pytest.mark.parametrize(("group", "newest"), [("*", "b/rules.md"), ("hr", "c/rules.md")])
def test_a_copy_that_the_caller_may_not_see_replaces_nothing(
    index: LocalIndex, group: str, newest: str
) -> None:
    hits = found(index, NOTICE, frozenset({"*", group}))
    notices = [hit.document.path for hit in hits if "thirty days" in hit.chunk.text]
    assert sorted(notices) == [newest, "z/alone.md"]


def test_what_differs_between_copies_all_stays(index: LocalIndex) -> None:
    fees = {
        hit.document.path: hit.chunk.text
        for hit in found(index, "bicycle fee")
        if "fee" in hit.chunk.text
    }
    assert fees == {"a/rules.md": FEE.format(12, 2024), "b/rules.md": FEE.format(15, 2025)}
    for_hr = found(index, "bicycle fee", frozenset({"*", "hr"}))
    assert {hit.document.path for hit in for_hr if "fee" in hit.chunk.text} == {
        "b/rules.md",
        "c/rules.md",
    }


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("reranked", [False, True])
def test_a_crowd_of_copies_leaves_room(
    reader: OnceEach, tmp_path: Path, mode: Mode, *, reranked: bool
) -> None:
    crowd = [
        page(
            f"mail/{n:03}.md",
            NOTICE,
            family="f",
            updated_at=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z",
        )
        for n in range(150)
    ]
    others = [page(f"z/{n}.md", f"Notice board number {n} hangs in the hall.") for n in range(4)]
    index = opened(tmp_path, crowd + others, reader, reranked=reranked)
    hits = found(index, NOTICE, mode=mode, k=4)
    assert hits[0].document.path == "mail/149.md"
    assert len({hit.document.path for hit in hits} & {page.info.path for page in others}) == 3


def test_of_equally_old_copies_the_first_path_speaks(reader: OnceEach, tmp_path: Path) -> None:
    pages = [page(path, NOTICE, family="f") for path in ("b.md", "a.md", "c.md")]
    hits = found(opened(tmp_path, pages, reader), NOTICE)
    assert [hit.document.path for hit in hits] == ["a.md"]


def test_without_families_only_what_is_shown_is_read(
    reader: OnceEach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = write(tmp_path, LIBRARY, reader)
    read: list[int] = []
    chunks: Callable[..., object] = Catalog.chunks

    def counted(catalog: Catalog, rows: list[int]) -> object:
        read.extend(rows)
        return chunks(catalog, rows)

    monkeypatch.setattr(Catalog, "chunks", counted)
    hits = found(LocalIndex.open(folder, reader), "parental leave", k=3)
    assert len(read) == len(set(read)) == len(hits) == 3


def test_a_score_is_never_lower_than_the_next(index: LocalIndex) -> None:
    scores = [hit.score for hit in found(index, "notice", frozenset({"*", "hr", "board"}))]
    assert np.all(np.diff(scores) <= 0)
