"""BM25 against its formula computed naively, and against other implementations of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from indexes import inversion
from indexes.allowed import Allowed
from indexes.dense import Scores
from indexes.errors import SnapshotCorrupt
from indexes.lexical import K1, B, LexicalIndex, LexicalWriter

PASSAGES = [
    "parental leave is twenty weeks of paid leave".split(),
    "sick leave needs a note after three days".split(),
    [],
    "trains are booked through the travel desk".split(),
    "nghỉ phép mười hai ngày".split(),
    "年假 十天".split(),
    "leave".split(),
    "the desk books trains and the desk books planes".split(),
]
WORDS = sorted({term for terms in PASSAGES for term in terms})
WEIGHTS = st.sampled_from([1.0, 2.0, 0.3])
QUESTIONS = st.dictionaries(st.sampled_from([*WORDS, "unknown"]), WEIGHTS, max_size=6)
MASKS = st.lists(st.booleans(), min_size=len(PASSAGES), max_size=len(PASSAGES))
CORPORA = st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), min_size=1, max_size=8)
LARGE = 3000


def write(passages: Sequence[Sequence[str]], folder: Path) -> None:
    writer = LexicalWriter(folder.parent)
    for terms in passages:
        writer.add(terms)
    writer.write(folder)


def build(passages: Sequence[Sequence[str]], folder: Path) -> LexicalIndex:
    write(passages, folder)
    return LexicalIndex(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lexical") / "index"
    write(PASSAGES, folder)
    return folder


@pytest.fixture(scope="module")
def index(folder: Path) -> LexicalIndex:
    return LexicalIndex(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """Terms from everywhere to rare: term i stands in about one passage of i + 1."""
    random = np.random.default_rng(7)
    share = 1 / np.arange(1, 60)
    chosen = random.random((LARGE, len(share))) < share
    passages = [
        [f"t{term}" for term in np.flatnonzero(row) for _ in range(1 + term % 3)] for row in chosen
    ]
    return build(passages, tmp_path_factory.mktemp("large") / "index")


def everywhere(index: LexicalIndex, question: Mapping[str, float]) -> Scores:
    return index.scores(question, np.arange(len(index)))


def bm25(passages: Sequence[Sequence[str]], question: Mapping[str, float]) -> list[float]:
    """Lucene's BM25 as LexicalIndex states it, term by term."""
    mean_length = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        counts, score = Counter(passage), 0.0
        for term, weight in question.items():
            containing = sum(term in other for other in passages)
            idf = log(1 + (len(passages) - containing + 0.5) / (containing + 0.5))
            length = 1 - B + B * len(passage) / mean_length if mean_length else 1
            score += weight * idf * counts[term] / (counts[term] + K1 * length)
        scores.append(score)
    return scores


@given(QUESTIONS)
@example({"leave": 2.0, "unknown": 1.0})
def test_scores_are_those_of_the_formula(index: LexicalIndex, question: dict[str, float]) -> None:
    np.testing.assert_allclose(everywhere(index, question), bm25(PASSAGES, question), rtol=1e-5)


def test_a_score_by_hand(tmp_path: Path) -> None:
    index = build([["a", "b", "a"], ["b"], [], ["c", "b", "b", "d"], ["a"]], tmp_path / "index")
    # idf = ln(1 + 3.5 / 2.5); lengths 3 and 1 against 9 / 5; k1 = 0.9, b = 0.4
    idf = 0.875469
    expected = [idf * 2 / (2 + 1.14), 0, 0, 0, idf * 1 / (1 + 0.74)]
    np.testing.assert_allclose(everywhere(index, {"a": 1}), expected, atol=1e-5)
    halved = [score / 2 for score in expected]
    np.testing.assert_allclose(everywhere(index, {"a": 0.5}), halved, atol=1e-5)


@given(CORPORA, st.dictionaries(st.sampled_from("abcxy"), WEIGHTS, max_size=4))
def test_the_formula_holds_for_any_corpus(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[list[str]],
    question: dict[str, float],
) -> None:
    index = build(passages, tmp_path_factory.mktemp("corpus") / "index")
    scores = everywhere(index, question)
    np.testing.assert_allclose(scores, bm25(passages, question), rtol=1e-5)
    assert ((scores > 0) == [bool({*question} & {*one}) for one in passages]).all()


def test_scores_are_those_of_bm25s(index: LexicalIndex) -> None:
    other = bm25s.BM25(k1=K1, b=B, method="lucene")
    other.index(PASSAGES, show_progress=False)
    for question in (["leave"], ["sick", "leave"], ["desk", "trains", "十天"], WORDS):
        expected = other.get_scores(question)
        assert (expected > 0).any()
        np.testing.assert_allclose(everywhere(index, Counter(question)), expected, rtol=1e-5)


@pytest.mark.parametrize("term", ["parental", "sick", "desk", "ngày", "十天", "trains"])
def test_a_rare_term_scores_as_in_rank_bm25_times_a_constant(
    index: LexicalIndex, term: str
) -> None:
    """Okapi's score of one term is idf' * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |d| / avg|d|)).

    Lucene's variant leaves out the factor k1 + 1, which orders nothing, and adds 1 inside the
    logarithm: idf' = ln((N - df + 0.5) / (df + 0.5)), idf = ln(1 + (N - df + 0.5) / (df + 0.5)).
    The rest is the same, so for a single term the scores differ by one constant. The term must
    be in less than half of the passages: from there on rank-bm25 replaces a negative idf'.
    """
    containing = sum(term in passage for passage in PASSAGES)
    odds = (len(PASSAGES) - containing + 0.5) / (containing + 0.5)
    constant = log(odds) * (K1 + 1) / log(1 + odds)
    okapi = BM25Okapi(PASSAGES, k1=K1, b=B).get_scores([term])
    np.testing.assert_allclose(okapi, everywhere(index, {term: 1}) * constant, rtol=1e-5)
    assert np.count_nonzero(okapi) == containing


def test_a_term_of_most_passages_still_counts(tmp_path: Path) -> None:
    passages = [["a"], ["a"], ["a", "b"], ["a"]]
    index = build(passages, tmp_path / "index")
    assert (everywhere(index, {"a": 1}) > 0).all()
    assert index.search({"a": 1, "b": 1}, 4, None)[0].tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize(
    ("term", "passages_with_it"), [("leave", 3), ("desk", 2), ("sick", 1), ("unknown", 0)]
)
def test_idf(index: LexicalIndex, term: str, passages_with_it: int) -> None:
    expected = log(1 + (8 - passages_with_it + 0.5) / (passages_with_it + 0.5))
    assert index.idf(term) == pytest.approx(expected, rel=1e-12)


def test_idf_of_the_rare_is_larger(index: LexicalIndex) -> None:
    assert index.idf("leave") == pytest.approx(0.944462, abs=1e-6)
    assert index.idf("leave") < index.idf("desk") < index.idf("sick") < index.idf("unknown")
    assert index.idf("never said") == index.idf("unknown")


def test_rarity_in_a_small_collection_is_that_among_300_passages(index: LexicalIndex) -> None:
    of_one = log(1 + (300 - 1 + 0.5) / 1.5) / log(1 + (300 + 0.5) / 0.5)
    assert index.rarity("sick") == pytest.approx(of_one, rel=1e-12)
    assert index.rarity("unknown") == 1


@pytest.mark.parametrize("passages", [[["a"], ["b"]], [["a"], []], [[]], []])
def test_no_word_is_an_unknown_term(tmp_path: Path, passages: list[list[str]]) -> None:
    index = build(passages, tmp_path / "index")
    assert (
        index.idf("") == index.idf("unknown") == pytest.approx(log(1 + (len(passages) + 0.5) / 0.5))
    )
    assert index.search({"": 1}, 3, None)[0].tolist() == []


def expected_search(scores: Scores, k: int, allowed: NDArray[np.bool_]) -> list[int]:
    found = [row for row in range(len(scores)) if allowed[row] and scores[row] > 0]
    return sorted(found, key=lambda row: (-scores[row], row))[:k]


@given(QUESTIONS, st.integers(0, 12), st.none() | MASKS)
def test_a_search_ranks_the_allowed_rows_that_match(
    index: LexicalIndex, question: dict[str, float], k: int, mask: list[bool] | None
) -> None:
    visible = np.array([True] * len(PASSAGES) if mask is None else mask)
    rows, scores = index.search(question, k, None if mask is None else Allowed(visible))
    everything = everywhere(index, question)
    assert rows.tolist() == expected_search(everything, k, visible)
    np.testing.assert_array_equal(scores, everything[rows])


@given(
    question=st.dictionaries(st.integers(0, 60).map("t{}".format), WEIGHTS, max_size=8),
    k=st.sampled_from([1, 10, 47, 400, LARGE]),
    share=st.sampled_from([0, 0.002, 0.03, 0.2, 0.3, 0.9, 1]),
    seed=st.integers(0, 5),
)
def test_a_search_is_exact_whatever_share_is_allowed(
    large: LexicalIndex, question: dict[str, float], k: int, share: float, seed: int
) -> None:
    mask = np.random.default_rng(seed).random(LARGE) < share
    rows, scores = large.search(question, k, Allowed(mask))
    everything = everywhere(large, question)
    assert rows.tolist() == expected_search(everything, k, mask)
    np.testing.assert_array_equal(scores, everything[rows])


@given(st.lists(st.integers(0, LARGE - 1), max_size=9))
def test_rows_are_scored_in_any_order(large: LexicalIndex, rows: list[int]) -> None:
    question = {"t0": 1.0, "t9": 0.3, "t59": 1.0}
    chosen = np.array(rows, np.int64)
    expected = everywhere(large, question)[chosen]
    np.testing.assert_array_equal(large.scores(question, chosen), expected)


def test_what_is_not_allowed_pushes_nothing_out(large: LexicalIndex) -> None:
    question = {"t40": 1.0, "t3": 1.0}
    best, _ = large.search(question, 500, None)
    mask = np.ones(LARGE, np.bool_)
    mask[best[:499]] = False
    rows, _ = large.search(question, 1, Allowed(mask))
    assert rows.tolist() == [best[499]]


@given(st.integers(0, 9), st.lists(st.booleans(), min_size=9, max_size=9))
def test_ties_are_in_order_of_their_rows_at_any_cut(
    tmp_path_factory: pytest.TempPathFactory, k: int, mask: list[bool]
) -> None:
    index = build([["a", "b"], ["a", "c"], ["b", "d"]] * 3, tmp_path_factory.mktemp("t") / "index")
    rows, _ = index.search({"a": 1}, k, Allowed(np.array(mask, np.bool_)))
    assert rows.tolist() == [row for row in (0, 1, 3, 4, 6, 7) if mask[row]][:k]


@pytest.mark.parametrize("k", [0, 1, 5, 63, 64, 65, 999, 1000, 1001])
def test_many_ties_are_in_order_of_their_rows(tmp_path: Path, k: int) -> None:
    index = build([["a"]] * 1000, tmp_path / "index")
    rows, scores = index.search({"a": 1}, k, None)
    assert rows.tolist() == list(range(min(k, 1000)))
    assert len({*scores.tolist()}) == min(k, 1)


@pytest.mark.parametrize("passages", [[], [[], [], []]])
def test_a_corpus_without_words_finds_nothing(tmp_path: Path, passages: list[list[str]]) -> None:
    index = build(passages, tmp_path / "index")
    assert len(index) == len(passages)
    assert everywhere(index, {"leave": 1}).tolist() == [0] * len(passages)
    for allowed in (None, Allowed(np.ones(len(passages), np.bool_))):
        rows, scores = index.search({"leave": 1}, 5, allowed)
        assert rows.tolist() == scores.tolist() == []
    assert index.idf("leave") == pytest.approx(log(1 + (len(passages) + 0.5) / 0.5))


@pytest.mark.parametrize("question", [{}, {"unknown": 1.0}, {"unknown": 1.0, "other": 2.0}])
def test_unknown_terms_find_nothing(index: LexicalIndex, question: dict[str, float]) -> None:
    assert everywhere(index, question).tolist() == [0] * len(PASSAGES)
    assert index.search(question, 5, None)[0].tolist() == []


def test_an_unknown_term_changes_nothing(index: LexicalIndex) -> None:
    np.testing.assert_array_equal(
        everywhere(index, {"leave": 1, "unknown": 1}), everywhere(index, {"leave": 1})
    )


def test_an_index_reopened_is_the_same(index: LexicalIndex, folder: Path) -> None:
    again = LexicalIndex(folder)
    assert len(again) == len(index) == len(PASSAGES)
    for word in WORDS:
        np.testing.assert_array_equal(everywhere(again, {word: 1}), everywhere(index, {word: 1}))
        assert again.idf(word) == index.idf(word)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_builds_are_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    write(PASSAGES, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)


@pytest.mark.parametrize(("run", "batch"), [(1, 1), (5, 3), (12, 1000), (1000, 1)])
def test_a_build_in_pieces_is_the_same_to_the_byte(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int, batch: int
) -> None:
    monkeypatch.setattr(inversion, "_RUN", run)
    monkeypatch.setattr(inversion, "_BATCH", batch)
    write(PASSAGES, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)


def test_what_waits_on_disk_is_gone_when_the_index_is_written(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    writer = LexicalWriter(scratch)
    writer.add(["a", "b"])
    writer.write(tmp_path / "index")
    assert list(scratch.iterdir()) == []
    assert LexicalIndex(tmp_path / "index").search({"a": 1}, 1, None)[0].tolist() == [0]


FILES = [
    "bounds.npy",
    "frequencies.npy",
    "rows.npy",
    "size.json",
    "starts.npy",
    "text.npy",
    "weights.npy",
]


@pytest.mark.parametrize("content", [None, b"", b"junk"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    write(PASSAGES, tmp_path / "index")
    assert sorted(path.name for path in (tmp_path / "index").iterdir()) == FILES
    (tmp_path / "index" / name).unlink()
    if content is not None:
        (tmp_path / "index" / name).write_bytes(content)
    with pytest.raises(SnapshotCorrupt, match="is not a readable BM25 index"):
        LexicalIndex(tmp_path / "index")


@pytest.mark.parametrize("size", ["[]", "{}", '{"passages": "many"}'])
def test_a_size_that_says_nothing_is_refused(tmp_path: Path, size: str) -> None:
    write(PASSAGES, tmp_path / "index")
    (tmp_path / "index" / "size.json").write_text(size)
    with pytest.raises(SnapshotCorrupt, match="is not a readable BM25 index"):
        LexicalIndex(tmp_path / "index")
