"""One search over both legs: nothing hidden shows, and the ranking is what the legs add up to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.embedder import Embedder
from indexes.fusion import Fusion, blend
from indexes.language import analyze, detect
from indexes.passage import passage
from indexes.ranker import Feature, rank, weights
from indexes.rerank import CandidateBM25, ReadText
from indexes.search import LocalIndex
from indexes.types import Document, Filters, Hit, Mode, Scope
from tests.indexes.documents import LIBRARY
from tests.indexes.embedded import write
from tests.indexes.once import OnceEach

ALL = Filters()
EVERY_CHUNK = 100
INFOS = {document.info.id: document.info for document, _ in LIBRARY}
# Sees all but the page that is for nobody.
EVERYTHING = Scope.of(["hr", "it", "board"])
GROUPS = st.frozensets(st.sampled_from(["*", "hr", "it", "board", "HR", "' OR '1'='1"]))
# Of which the first stand in hidden pages only, word for word.
QUERIES = [
    "The salary band of a zoologist is ninety thousand quatloos.",
    "Lương của trưởng nhóm là bao nhiêu?",
    "主管的工资是多少？",
    "thirty weeks",
    "VPN server restarts",
    "How many weeks of paid parental leave does a parent get?",
    "error VPN-4021",
    "vacation entitlement of mothers",
    "Nhân viên được nghỉ phép bao nhiêu ngày?",
    "员工有多少天年假？",
    "xyzzy",
    "???",
    "",
]
ASKED = st.sampled_from(QUERIES)
MODES = st.sampled_from(list(Mode))


@pytest.fixture(scope="module")
def index(folder: Path, reader: OnceEach) -> LocalIndex:
    return LocalIndex.open(folder, reader)


@pytest.fixture(scope="module")
def reranked(folder: Path, reader: OnceEach) -> LocalIndex:
    return LocalIndex.open(folder, reader, CandidateBM25())


@pytest.fixture(scope="module")
def all_hidden(tmp_path_factory: pytest.TempPathFactory, reader: OnceEach) -> LocalIndex:
    """The same library, but what is not public is for nobody."""
    entries = [
        (document if "*" in document.info.groups else hide(document), chunks)
        for document, chunks in LIBRARY
    ]
    folder, _ = write(tmp_path_factory.mktemp("all-hidden"), entries, reader)
    return LocalIndex.open(folder, reader)


def hide(document: Document) -> Document:
    return replace(document, info=replace(document.info, groups=frozenset()))


def hits(
    index: LocalIndex,
    query: str,
    scope: Scope,
    mode: Mode = Mode.HYBRID,
    filters: Filters = ALL,
    k: int = EVERY_CHUNK,
) -> tuple[Hit, ...]:
    return index.search(query, scope, filters, k, mode).hits


def seen(found: tuple[Hit, ...]) -> list[tuple[str, float, Mapping[str, float]]]:
    """What a caller learns from a result, but for the texts."""
    return [(hit.chunk.id, hit.score, hit.legs) for hit in found]


def scores(found: tuple[Hit, ...]) -> dict[str, float]:
    return {hit.chunk.id: hit.score for hit in found}


@given(GROUPS, ASKED, MODES)
@example(frozenset(), QUERIES[0], Mode.HYBRID)
@example(frozenset({"*"}), QUERIES[0], Mode.LEXICAL)
def test_nothing_hidden_is_found(
    index: LocalIndex, groups: frozenset[str], query: str, mode: Mode
) -> None:
    scope = Scope(groups)
    for hit in hits(index, query, scope, mode):
        assert scope.permits(hit.document.groups)
        assert hit.document == INFOS[hit.document.id]
        assert hit.chunk.document_id == hit.document.id


@given(GROUPS, ASKED, st.sampled_from([Mode.DENSE, Mode.LEXICAL]))
def test_a_leg_finds_in_a_scope_what_it_finds_in_all_but_the_hidden(
    index: LocalIndex, groups: frozenset[str], query: str, mode: Mode
) -> None:
    visible = Scope(groups - {"HR"})
    found = hits(index, query, visible, mode)
    whole = hits(index, query, EVERYTHING, mode)
    permitted = [hit for hit in whole if visible.permits(hit.document.groups)]
    assert [hit.chunk for hit in found] == [hit.chunk for hit in permitted]
    np.testing.assert_allclose(
        [hit.score for hit in found], [hit.score for hit in permitted], atol=1e-6
    )


@given(GROUPS, ASKED)
def test_the_hybrid_legs_are_those_of_what_the_caller_may_see(
    index: LocalIndex, groups: frozenset[str], query: str
) -> None:
    scope = Scope(groups)
    found = hits(index, query, scope)
    dense = scores(hits(index, query, scope, Mode.DENSE))
    lexical = scores(hits(index, query, scope, Mode.LEXICAL))
    assert {hit.chunk.id for hit in found} == set(dense)
    for hit in found:
        assert hit.legs["dense"] == pytest.approx(dense[hit.chunk.id], abs=1e-6)
        assert hit.legs["lexical"] == pytest.approx(lexical.get(hit.chunk.id, 0), abs=1e-6)
        assert 0 <= hit.score <= 1 + 1e-6


@given(GROUPS, ASKED)
def test_the_hybrid_score_is_the_learned_one_of_what_the_caller_may_see(
    index: LocalIndex, groups: frozenset[str], query: str
) -> None:
    scope = Scope(groups)
    known = index.candidates(query, scope, ALL)
    weighted = weights(readable=known.readable, tokens=Feature.LATE in known.features)
    expected = np.sort(rank(known.features, weighted))
    found = np.sort([hit.score for hit in hits(index, query, scope)])
    assert known.readable == index.embedder.reads(detect(query))
    assert (Feature.LATE in known.features) == known.readable
    assert len(expected) == len(found)
    # A document's passages past the third are put further back.
    assert (found <= expected + 1e-6).all()
    if max(Counter(document.id for document in known.documents).values(), default=0) <= 3:
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_stands_around_a_passage_is_of_its_own_document(index: LocalIndex) -> None:
    known = index.candidates("the allowance in euros", EVERYTHING, ALL)
    around = zip(known.documents, known.features[Feature.AROUND].tolist(), strict=True)
    # The words stand in one of its two passages; the documents before and behind have others.
    found = [(document.path, value) for document, value in around if value]
    assert found == [("en/travel.md", 1.0), ("en/travel.md", 1.0)]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("query", QUERIES)
def test_for_whom_hidden_pages_are_changes_nothing_for_others(
    index: LocalIndex, all_hidden: LocalIndex, query: str, mode: Mode
) -> None:
    public = Scope.of([])
    assert seen(hits(index, query, public, mode)) == seen(hits(all_hidden, query, public, mode))
    assert seen(hits(all_hidden, query, EVERYTHING, mode)) == seen(hits(index, query, public, mode))


@given(GROUPS, ASKED, MODES, st.integers(1, 30))
def test_hits_are_ranked(
    index: LocalIndex, groups: frozenset[str], query: str, mode: Mode, k: int
) -> None:
    found = hits(index, query, Scope(groups), mode, k=k)
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert len({hit.chunk.id for hit in found}) == len(found) <= k
    assert seen(found) == seen(hits(index, query, Scope(groups), mode)[:k])


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(path_prefix="vi/"), {"vi/nghi-phep.md", "vi/cong-tac.md"}),
        (Filters(languages=frozenset({"zh"})), {"zh/nianjia.md", "zh/vpn.md"}),
        (Filters(types=frozenset({"pdf"})), set()),
        (Filters(path_prefix="hr/"), set()),
        (Filters(date_from="2026-03-02"), set()),
        (Filters(path_prefix="en/v", date_to="2026-03-01"), {"en/vpn.md"}),
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_filters_hold_inside_the_search(
    index: LocalIndex, filters: Filters, kept: set[str], mode: Mode
) -> None:
    found = hits(index, "VPN 年假 nghỉ phép vé tàu", Scope.of([]), mode, filters)
    assert {hit.document.path for hit in found} == kept
    assert len(hits(index, "VPN 年假 nghỉ phép", Scope.of([]), mode, filters, k=1)) == bool(kept)


@pytest.mark.parametrize(
    ("query", "path", "language"),
    [
        ("How many weeks of paid parental leave does a parent get?", "en/leave.md", "en"),
        ("error VPN-4021", "en/vpn.md", "en"),
        ("Nhân viên được nghỉ phép bao nhiêu ngày?", "vi/nghi-phep.md", "vi"),
        ("đặt vé tàu", "vi/cong-tac.md", "vi"),
        ("员工有多少天年假？", "zh/nianjia.md", "zh"),
        ("VPN为什么断开？", "zh/vpn.md", "zh"),
    ],
)
def test_the_right_page_comes_first_in_its_language(
    index: LocalIndex, query: str, path: str, language: str
) -> None:
    result = index.search(query, Scope.of([]), ALL, 5, Mode.HYBRID)
    assert result.hits[0].document.path == path
    assert result.language == language


@pytest.mark.parametrize(
    ("mode", "legs"),
    [
        (Mode.HYBRID, {"dense", "lexical", "late"}),
        (Mode.DENSE, {"dense"}),
        (Mode.LEXICAL, {"lexical"}),
    ],
)
def test_a_hit_shows_the_legs_that_were_asked(
    index: LocalIndex, mode: Mode, legs: set[str]
) -> None:
    result = index.search("paid parental leave", Scope.of([]), ALL, 5, mode)
    assert result.hits
    assert all(set(hit.legs) == legs for hit in result.hits)
    assert {"analyze", "scope", "load"} <= set(result.timings_ms)
    assert ("embed" in result.timings_ms) == (mode is not Mode.LEXICAL)


def test_words_count_more_where_the_embedder_cannot_read(index: LocalIndex) -> None:
    query = "phòng hành chính đặt vé tàu"
    assert not index.embedder.reads(detect(query))
    found = hits(index, query, Scope.of([]))
    lexical = hits(index, query, Scope.of([]), Mode.LEXICAL)
    assert found[0].chunk == lexical[0].chunk
    assert not any("late" in hit.legs for hit in found)


def test_where_no_word_is_found_meaning_decides(index: LocalIndex) -> None:
    query = "vacation entitlement of mothers"
    assert hits(index, query, EVERYTHING, Mode.LEXICAL) == ()
    found = hits(index, query, Scope.of([]))
    assert found[0].document.path == "en/leave.md"
    assert {hit.legs["lexical"] for hit in found} == {0}


def test_words_of_hidden_pages_alone_count_as_not_found(index: LocalIndex) -> None:
    query = "zoologist quatloos"
    assert hits(index, query, Scope.of([]), Mode.LEXICAL) == ()
    assert {hit.legs["lexical"] for hit in hits(index, query, Scope.of([]))} == {0}
    assert hits(index, query, Scope.of(["hr"]))[0].document.path == "hr/salaries.md"


def test_an_empty_scope_finds_nothing(index: LocalIndex) -> None:
    for mode in Mode:
        assert hits(index, "parental leave", Scope(frozenset()), mode) == ()


def test_rarity_is_that_of_the_collection(index: LocalIndex) -> None:
    common, rare, unknown = analyze("leave zoologist xyzzy", "en")
    assert 0 < index.rarity(common) < index.rarity(rare) < index.rarity(unknown) == 1


@given(GROUPS, ASKED)
def test_a_reranker_scores_what_the_caller_may_see(
    index: LocalIndex, reranked: LocalIndex, groups: frozenset[str], query: str
) -> None:
    scope = Scope(groups)
    plain = hits(index, query, scope)
    texts = [passage(hit.document, hit.chunk.section, hit.chunk.text) for hit in plain]
    anew = CandidateBM25().scores(
        ReadText(query, detect(query)),
        [ReadText(text, hit.document.language) for text, hit in zip(texts, plain, strict=True)],
    )
    before = np.array([hit.score for hit in plain], np.float32)
    expected = blend(before, anew, 1 - CandidateBM25.share)
    found = hits(reranked, query, scope)
    assert scores(found) == pytest.approx(
        {hit.chunk.id: score for hit, score in zip(plain, expected.tolist(), strict=True)}, abs=1e-5
    )
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert {hit.chunk.id: hit.legs for hit in found} == {hit.chunk.id: hit.legs for hit in plain}


class OnlyTheFirst:
    """A reranker that runs out of time after the first two, and turns them around."""

    share = 1.0

    def scores(self, _: ReadText, passages: Sequence[ReadText]) -> NDArray[np.float32]:
        return np.arange(min(2, len(passages)), dtype=np.float32)


def test_what_a_reranker_did_not_reach_stays_behind_in_its_order(
    index: LocalIndex, folder: Path, reader: OnceEach
) -> None:
    query = "How many weeks of paid parental leave does a parent get?"
    plain = hits(index, query, EVERYTHING)
    found = hits(LocalIndex.open(folder, reader, OnlyTheFirst()), query, EVERYTHING)
    assert len(plain) > 4
    assert {hit.chunk.id for hit in found[:2]} == {hit.chunk.id for hit in plain[:2]}
    assert [hit.chunk for hit in found[2:]] == [hit.chunk for hit in plain[2:]]
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


@pytest.mark.parametrize("query", QUERIES)
def test_the_fusion_of_ranks_finds_the_same_passages(
    index: LocalIndex, folder: Path, reader: OnceEach, query: str
) -> None:
    by_rank = LocalIndex.open(folder, reader, fusion=Fusion.RECIPROCAL_RANK)
    assert set(scores(hits(by_rank, query, EVERYTHING))) == set(
        scores(hits(index, query, EVERYTHING))
    )


@pytest.mark.parametrize("mode", [Mode.DENSE, Mode.LEXICAL])
@pytest.mark.parametrize("query", QUERIES)
def test_a_single_leg_is_not_reranked(
    index: LocalIndex, reranked: LocalIndex, query: str, mode: Mode
) -> None:
    assert seen(hits(reranked, query, EVERYTHING, mode)) == seen(
        hits(index, query, EVERYTHING, mode)
    )


def test_threads_share_an_index(folder: Path, embedder: Embedder) -> None:
    index = LocalIndex.open(folder, embedder)
    asked = [
        (query, Scope.of(groups), mode)
        for query in QUERIES[:2]
        for groups in ([], ["hr"])
        for mode in Mode
    ]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda one: seen(hits(index, *one)), asked))
    assert together == [seen(hits(index, *one)) for one in asked]


def test_two_builds_are_the_same(index: LocalIndex, reader: OnceEach, tmp_path: Path) -> None:
    folder, manifest = write(tmp_path, LIBRARY, reader)
    assert manifest.files == index.manifest.files
    again = LocalIndex.open(folder, reader)
    assert again.snapshot_id == manifest.id != index.snapshot_id
    for query in QUERIES:
        assert seen(hits(again, query, EVERYTHING)) == seen(hits(index, query, EVERYTHING))


def test_an_empty_collection_answers_with_nothing(embedder: Embedder, tmp_path: Path) -> None:
    folder, manifest = write(tmp_path, [], embedder)
    index = LocalIndex.open(folder, embedder, CandidateBM25())
    assert (manifest.documents, manifest.chunks) == (0, 0)
    for mode in Mode:
        assert hits(index, "parental leave", EVERYTHING, mode) == ()
