"""Versions of a passage in a search: the newest speaks for the others, where it says as much."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import search
from indexes.ages import ages
from indexes.catalog import Catalog
from indexes.copies import Candidate, Versions
from indexes.language import analyze, detect
from indexes.rerank import CandidateBM25
from indexes.search import LocalIndex
from indexes.types import Document, Filters, Hit, Mode, Scope
from tests.indexes.documents import LIBRARY, Entry, make_document, make_entry
from tests.indexes.embedded import write
from tests.indexes.once import OnceEach
from tests.indexes.versions import newest, words

ALL = Filters()
EVERYONE = frozenset({"*"})
EVERY_CHUNK = 100
MODES = st.sampled_from(list(Mode))
GROUPS = st.frozensets(st.sampled_from(["*", "hr", "board"]))
QUERIES = st.sampled_from(
    [
        "How many days of notice are due?",
        "notice period",
        "What is the bicycle fee?",
        "What was the bicycle fee in 2024?",
        "the fee of 2025",
        "Who parks behind the gate?",
        "xyzzy",
        "",
    ]
)
NOTICE = "Notice is given thirty days ahead, in writing."
FEE = "The bicycle fee is {} euros in {}, due in March at the front desk."
PARKING = "Guests park behind the northern gate."


def page(path: str, *paragraphs: str, **fields: Any) -> Document:
    return make_document(path, "\n\n".join(paragraphs), **fields)


# Two families and, beside them, a page that says the same and belongs to neither.
PAGES = [
    page(
        "a/rules.md",
        NOTICE,
        FEE.format(12, 2024),
        PARKING,
        family="f",
        written_at="2024-02-01T00:00:00Z",
    ),
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
        FEE.format(18, 2026),
        family="f",
        written_at="2026-02-01T00:00:00Z",
        groups=frozenset({"hr"}),
    ),
    page("d/undated.md", NOTICE, "Undated and alone.", family="f"),
    page("e/twin.md", "The board meets in May.", family="g", groups=frozenset({"board"})),
    page("f/twin.md", "The board meets in May.", family="g", updated_at="2026-01-01T00:00:00Z"),
    page("z/alone.md", NOTICE, FEE.format(9, 2023), updated_at="2027-01-01T00:00:00Z"),
]


# ---- the rule, told over again -----------------------------------------------------------------


TITLES = ["Fee", "Fee of 2024", "Fee of 2025", "Fee, version 12", "Fee v15, 2024", "Room 7"]
VOCABULARY = ["bicycle", "fee", "desk", "march", "12", "15", "2024", "2025"]


@st.composite
def paragraphs(draw: st.DrawFn) -> str:
    """A few words: often those of another paragraph, or nearly, or in another typography."""
    told = draw(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6))
    return draw(st.sampled_from([" ", "\n"])).join(told if draw(st.booleans()) else sorted(told))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Some of the passages of a few documents, in any order."""
    found: list[Candidate] = []
    for number in range(draw(st.integers(1, 5))):
        document = page(
            draw(st.sampled_from(["{}.md", "fees/{}.md", "{} (old).md"])).format("abcde"[number]),
            *draw(st.lists(paragraphs(), min_size=1, max_size=4)),
            title=draw(st.sampled_from(TITLES)),
            family=draw(st.sampled_from(["f", "f", "f", "g", ""])),
            written_at=draw(st.sampled_from([None, "2024-01-01", "2025-01-01", "2026-01-01"])),
        )
        found += [(chunk, document.info) for chunk in make_entry(document)[1]]
    return draw(st.permutations(found))[: draw(st.integers(1, 12))]


@given(candidates(), st.sets(st.sampled_from([*VOCABULARY, "bus"])))
def test_the_newest_version_is_the_one_that_the_rule_names(
    found: list[Candidate], asked: set[str]
) -> None:
    analysed: Counter[int] = Counter()

    def terms(places: list[int]) -> list[list[str]]:
        analysed.update(places)
        return [sorted(words(found[place])) for place in places]

    question = set(analyze(" ".join(asked), "en"))
    versions = Versions(found, terms, question)
    for place, one in enumerate(found):
        speaker = found[versions.newest(place)]
        assert speaker == newest(one, found, question)
        assert speaker[1].family == one[1].family
        told = ages(document for _, document in found if document.family == one[1].family)
        assert told[speaker[1].id].order >= told[one[1].id].order
        assert question & words(one) <= words(speaker)
    assert all(times == 1 and found[place][1].family for place, times in analysed.items())


@pytest.mark.parametrize(
    ("older", "newer", "alike"),
    [
        ("bicycle fee desk", "fee desk march", True),  # 2 of 4 terms
        ("bicycle fee desk 12 15", "desk 12 15 march 2025", False),  # 3 of 7
        ("bicycle fee", "fee desk", False),  # 1 of 3
        ("12", "?", False),
        ("?", "!", False),
        ("?", "?", True),
    ],
)
def test_passages_are_versions_from_half_their_terms(
    older: str, newer: str, *, alike: bool
) -> None:
    pages = [
        page(f"{year}.md", text, family="f", written_at=f"{year}-01-01")
        for year, text in ((2024, older), (2025, newer))
    ]
    found = [(make_entry(page)[1][0], page.info) for page in pages]
    versions = Versions(found, lambda places: [sorted(words(found[at])) for at in places], [])
    assert [versions.newest(0), versions.newest(1)] == [1 if alike else 0, 1]


# ---- in a search -------------------------------------------------------------------------------


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
    groups: frozenset[str] = EVERYONE,
    mode: Mode = Mode.HYBRID,
    k: int = EVERY_CHUNK,
) -> tuple[Hit, ...]:
    return index.search(query, Scope(groups), ALL, k, mode).hits


@given(GROUPS, QUERIES, MODES, st.integers(1, 12))
def test_the_newest_version_that_a_caller_sees_stands_where_the_best_of_them_stood(
    index: LocalIndex,
    strangers: LocalIndex,
    groups: frozenset[str],
    query: str,
    mode: Mode,
    k: int,
) -> None:
    families = {page.info.id: page.info for page in PAGES}
    alone = found(strangers, query, groups, mode)
    passages = [(hit.chunk, families[hit.document.id]) for hit in alone]
    by_id = {hit.chunk.id: hit for hit in alone}
    asked = set(analyze(query, detect(query)))
    scores: dict[str, float] = {}
    for hit, one in zip(alone, passages, strict=True):
        scores.setdefault(newest(one, passages, asked)[0].id, hit.score)
    expected = list(scores.items())[:k]
    hits = found(index, query, groups, mode, k)
    assert [hit.chunk.id for hit in hits] == [chunk_id for chunk_id, _ in expected]
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected])
    assert [hit.legs for hit in hits] == [by_id[chunk_id].legs for chunk_id, _ in expected]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(Scope(groups).permits(hit.document.groups) for hit in hits)


@pytest.mark.parametrize(("group", "newest"), [("*", "b/rules.md"), ("hr", "c/rules.md")])
def test_a_copy_that_the_caller_may_not_see_replaces_nothing(
    index: LocalIndex, group: str, newest: str
) -> None:
    hits = found(index, NOTICE, frozenset({"*", group}))
    notices = [hit.document.path for hit in hits if "thirty days" in hit.chunk.text]
    assert sorted(notices) == [newest, "z/alone.md"]


def fees(index: LocalIndex, query: str, groups: frozenset[str] = EVERYONE) -> set[str]:
    """The paths below the first family's folders whose fee is found."""
    hits = found(index, query, groups)
    return {hit.document.path for hit in hits if "fee" in hit.chunk.text} - {"z/alone.md"}


def test_what_changed_is_told_by_the_newest_that_the_caller_sees(index: LocalIndex) -> None:
    assert fees(index, "What is the bicycle fee?") == {"b/rules.md"}
    assert fees(index, "What is the bicycle fee?", frozenset({"*", "hr"})) == {"c/rules.md"}
    assert fees(index, "What is the bicycle fee?", frozenset({"hr"})) == {"c/rules.md"}


def test_what_a_question_names_of_an_older_version_keeps_it(index: LocalIndex) -> None:
    everyone, staff = EVERYONE, frozenset({"*", "hr"})
    assert fees(index, "bicycle fee in 2024", everyone) == {"a/rules.md", "b/rules.md"}
    assert fees(index, "bicycle fee in 2025", everyone) == {"b/rules.md"}
    assert fees(index, "bicycle fee in 2025", staff) == {"b/rules.md", "c/rules.md"}
    assert fees(index, "bicycle fee in 2024", staff) == {"a/rules.md", "c/rules.md"}


def test_what_names_an_older_version_keeps_it_though_the_newer_names_it_too(
    reader: OnceEach, tmp_path: Path
) -> None:
    told = "Boxes are precooled for {} minutes; the {} of 2023 said otherwise."
    pages = [
        page(
            f"chain-{year}.md",
            told.format(minutes, "version"),
            title=f"Cold chain (version {number})",
            family="f",
            updated_at=f"{copied}-01-01T00:00:00Z",
        )
        # The older one was copied later.
        for year, number, minutes, copied in ((2023, 2, 30, 2026), (2025, 3, 45, 2025))
    ]
    index = opened(tmp_path, pages, reader)
    paths = {
        query: sorted(hit.document.path for hit in found(index, query))
        for query in ("How long are boxes precooled?", "precooled in 2023", "version 2: precooled?")
    }
    both = ["chain-2023.md", "chain-2025.md"]
    assert list(paths.values()) == [["chain-2025.md"], both, both]


def test_what_the_newer_version_dropped_is_found_in_the_older(index: LocalIndex) -> None:
    for query in (PARKING, "Where do visitors leave their cars?"):
        assert PARKING in {hit.chunk.text for hit in found(index, query, frozenset({"*", "hr"}))}


def test_an_entry_of_a_list_is_not_superseded_by_its_neighbour(
    reader: OnceEach, tmp_path: Path
) -> None:
    office = "The office in {} opens at nine, parking is free, ring the bell at the side door."
    berlin, hamburg = office.format("Berlin"), office.format("Hamburg")
    pages = [
        page("2024/offices.md", berlin, hamburg, family="f", written_at="2024-01-01"),
        page("2025/offices.md", berlin, family="f", written_at="2025-01-01"),
    ]
    hits = found(opened(tmp_path, pages, reader), "When do the offices open?")
    assert {(hit.document.path, hit.chunk.text) for hit in hits} == {
        ("2025/offices.md", berlin),
        ("2024/offices.md", hamburg),
    }


def test_the_same_words_under_another_title_are_found_by_it(
    reader: OnceEach, tmp_path: Path
) -> None:
    pages = [
        page(f"{year}.md", NOTICE, title=title, family="f", written_at=f"{year}-01-01")
        for year, title in (
            (2024, "What masters, pilots and crews keep to in the harbour of Rotterdam"),
            (2025, "Wages, hours, holidays and sick pay of the Antwerp quays"),
        )
    ]
    index = opened(tmp_path, pages, reader)
    paths = {
        query: sorted(hit.document.path for hit in found(index, query))
        for query in ("notice", "notice in Antwerp", "notice in Rotterdam")
    }
    assert paths == {
        "notice": ["2025.md"],
        "notice in Antwerp": ["2025.md"],
        "notice in Rotterdam": ["2024.md", "2025.md"],
    }


@pytest.mark.parametrize("date", [None, "2025-01-01T00:00:00Z"])
def test_where_dates_do_not_tell_what_differs_all_stays(
    reader: OnceEach, tmp_path: Path, date: str | None
) -> None:
    pages = [
        page("a.md", NOTICE, FEE.format(12, 2024), family="f", updated_at=date),
        page("b.md", NOTICE, FEE.format(15, 2025), family="f", updated_at="2025-01-01T00:00:00Z"),
    ]
    index = opened(tmp_path, pages, reader)
    assert fees(index, "What is the bicycle fee?") == {"a.md", "b.md"}
    notices = [hit.document.path for hit in found(index, NOTICE) if hit.chunk.text == NOTICE]
    assert notices == ["a.md" if date else "b.md"]


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


@pytest.mark.parametrize("reranked", [False, True])
def test_a_passage_is_analysed_once(
    reader: OnceEach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, reranked: bool
) -> None:
    index = opened(tmp_path, PAGES, reader, reranked=reranked)
    analysed: list[str] = []

    def counted(text: str, language: str) -> list[str]:
        analysed.append(text)
        return analyze(text, language)

    monkeypatch.setattr(search, "analyze", counted)
    query = "What is the bicycle fee?"
    found(index, query)
    seen = [page for page in PAGES if "*" in page.info.groups]
    read = [page for page in seen if page.info.family == "f"]
    assert Counter(analysed) == Counter([query, *(t for p in read for t in p.text.split("\n\n"))])
    analysed.clear()
    index.search("coffee", Scope(EVERYONE), Filters(path_prefix="z/"), 5, Mode.HYBRID)
    assert analysed == ["coffee"]
