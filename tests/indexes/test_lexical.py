"""BM25 against its formula computed naively, and against another implementation of it."""

from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

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
QUESTIONS = st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=6)
MASKS = st.lists(st.booleans(), min_size=len(PASSAGES), max_size=len(PASSAGES))
CORPORA = st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), min_size=1, max_size=8)


def write(passages: Sequence[Sequence[str]], folder: Path) -> None:
    writer = LexicalWriter()
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


def bm25(passages: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """Lucene's BM25 as LexicalIndex states it, term by term."""
    mean_length = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        counts, score = Counter(passage), 0.0
        for term in question:
            containing = sum(term in other for other in passages)
            idf = log(1 + (len(passages) - containing + 0.5) / (containing + 0.5))
            length = 1 - B + B * len(passage) / mean_length if mean_length else 1
            score += idf * counts[term] / (counts[term] + K1 * length)
        scores.append(score)
    return scores


@given(QUESTIONS)
@example(["leave", "leave", "unknown"])
def test_scores_are_those_of_the_formula(index: LexicalIndex, question: list[str]) -> None:
    np.testing.assert_allclose(index.scores(question), bm25(PASSAGES, question), rtol=1e-5)


def test_a_score_by_hand(tmp_path: Path) -> None:
    index = build([["a", "b", "a"], ["b"], [], ["c", "b", "b", "d"], ["a"]], tmp_path / "index")
    # idf = ln(1 + 3.5 / 2.5); lengths 3 and 1 against 9 / 5; k1 = 0.9, b = 0.4
    idf = 0.875469
    expected = [idf * 2 / (2 + 1.14), 0, 0, 0, idf * 1 / (1 + 0.74)]
    np.testing.assert_allclose(index.scores(["a"]), expected, atol=1e-5)


@given(CORPORA, st.lists(st.sampled_from("abcxy"), max_size=4))
def test_the_formula_holds_for_any_corpus(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], question: list[str]
) -> None:
    index = build(passages, tmp_path_factory.mktemp("corpus") / "index")
    np.testing.assert_allclose(index.scores(question), bm25(passages, question), rtol=1e-5)
    assert ((index.scores(question) > 0) == [bool({*question} & {*one}) for one in passages]).all()


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
    np.testing.assert_allclose(okapi, index.scores([term]) * constant, rtol=1e-5)
    assert np.count_nonzero(okapi) == containing


def test_a_term_of_most_passages_still_counts(tmp_path: Path) -> None:
    passages = [["a"], ["a"], ["a", "b"], ["a"]]
    index = build(passages, tmp_path / "index")
    assert (index.scores(["a"]) > 0).all()
    assert index.search(["a", "b"], 4, None)[0].tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize(
    ("term", "passages_with_it"), [("leave", 3), ("desk", 2), ("sick", 1), ("unknown", 0)]
)
def test_idf(index: LexicalIndex, term: str, passages_with_it: int) -> None:
    expected = log(1 + (8 - passages_with_it + 0.5) / (passages_with_it + 0.5))
    assert index.idf(term) == pytest.approx(expected, rel=1e-12)


def test_idf_of_the_rare_is_larger(index: LexicalIndex) -> None:
    assert index.idf("leave") == pytest.approx(0.944462, abs=1e-6)
    assert index.idf("leave") < index.idf("desk") < index.idf("sick") < index.idf("unknown")
    assert index.largest_idf == index.idf("unknown")


def expected_search(scores: NDArray[np.float32], k: int, allowed: NDArray[np.bool_]) -> list[int]:
    found = [row for row in range(len(scores)) if allowed[row] and scores[row] > 0]
    return sorted(found, key=lambda row: (-scores[row], row))[:k]


@given(QUESTIONS, st.integers(1, 12), st.none() | MASKS)
def test_a_search_ranks_the_allowed_rows_that_match(
    index: LexicalIndex, question: list[str], k: int, mask: list[bool] | None
) -> None:
    allowed = None if mask is None else np.array(mask, np.bool_)
    rows, scores = index.search(question, k, allowed)
    everywhere = index.scores(question)
    visible = np.ones(len(PASSAGES), np.bool_) if allowed is None else allowed
    assert rows.tolist() == expected_search(everywhere, k, visible)
    np.testing.assert_array_equal(scores, everywhere[rows])


@given(st.integers(1, 9), st.lists(st.booleans(), min_size=9, max_size=9))
def test_ties_are_in_order_of_their_rows_at_any_cut(
    tmp_path_factory: pytest.TempPathFactory, k: int, mask: list[bool]
) -> None:
    index = build([["a", "b"], ["a", "c"], ["b", "d"]] * 3, tmp_path_factory.mktemp("t") / "index")
    allowed = np.array(mask, np.bool_)
    rows, _ = index.search(["a"], k, allowed)
    assert rows.tolist() == [row for row in (0, 1, 3, 4, 6, 7) if mask[row]][:k]


@pytest.mark.parametrize("passages", [[], [[], [], []]])
def test_a_corpus_without_words_finds_nothing(tmp_path: Path, passages: list[list[str]]) -> None:
    index = build(passages, tmp_path / "index")
    assert len(index) == len(passages)
    assert index.scores(["leave"]).tolist() == [0] * len(passages)
    rows, scores = index.search(["leave"], 5, np.ones(len(passages), np.bool_))
    assert rows.tolist() == scores.tolist() == []
    assert index.idf("leave") == pytest.approx(log(1 + (len(passages) + 0.5) / 0.5))


@pytest.mark.parametrize("question", [[], ["unknown"], ["unknown", "other"]])
def test_unknown_terms_find_nothing(index: LexicalIndex, question: list[str]) -> None:
    assert index.scores(question).tolist() == [0] * len(PASSAGES)
    assert index.search(question, 5, None)[0].tolist() == []


def test_an_unknown_term_changes_nothing(index: LexicalIndex) -> None:
    np.testing.assert_array_equal(index.scores(["leave", "unknown"]), index.scores(["leave"]))


def test_an_index_reopened_is_the_same(index: LexicalIndex, folder: Path) -> None:
    again = LexicalIndex(folder)
    assert len(again) == len(index) == len(PASSAGES)
    for word in WORDS:
        np.testing.assert_array_equal(again.scores([word]), index.scores([word]))
        assert again.idf(word) == index.idf(word)


def test_two_builds_are_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    write(PASSAGES, tmp_path / "again")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == files


@pytest.mark.parametrize("content", [None, b"", b"junk"])
@pytest.mark.parametrize("number", range(6))
def test_a_damaged_file_is_refused(tmp_path: Path, number: int, content: bytes | None) -> None:
    write(PASSAGES, tmp_path / "index")
    files = sorted((tmp_path / "index").iterdir())
    assert len(files) == 6
    files[number].unlink()
    if content is not None:
        files[number].write_bytes(content)
    with pytest.raises(SnapshotCorrupt, match="is not a readable BM25 index"):
        LexicalIndex(tmp_path / "index")


@pytest.mark.parametrize("size", ["[]", "{}", '{"passages": "many", "terms": 1}'])
def test_a_size_that_says_nothing_is_refused(tmp_path: Path, size: str) -> None:
    write(PASSAGES, tmp_path / "index")
    (tmp_path / "index" / "size.json").write_text(size)
    with pytest.raises(SnapshotCorrupt, match="is not a readable BM25 index"):
        LexicalIndex(tmp_path / "index")
