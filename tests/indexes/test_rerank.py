"""BM25 over the candidates alone."""

from collections.abc import Sequence
from math import log
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.lexical import K1, B
from indexes.rerank import CandidateBM25, ReadText

CANDIDATES = [["leave", "leave", "paid"], ["leave"], ["paid", "train"], ["train", "desk", "desk"]]
PASSAGES = st.lists(st.lists(st.sampled_from("abcd"), max_size=5), max_size=8)
QUESTIONS = st.lists(st.sampled_from("abcxy"), max_size=4)


def scored(question: list[str], candidates: Sequence[list[str]]) -> NDArray[np.float32]:
    return CandidateBM25().scores(read(question), [read(one) for one in candidates])


def read(words: list[str]) -> ReadText:
    return ReadText(" ".join(words), "und")


def bm25_plus(frequency: int, length: int, containing: int) -> float:
    """One term of BM25+ without its lower bound, over CANDIDATES; Lv and Zhai (2011)."""
    mean_length = 9 / 4
    saturation = K1 * (1 - B + B * length / mean_length)
    return log(5 / containing) * (K1 + 1) * frequency / (frequency + saturation)


def test_scores_by_hand() -> None:
    scores = scored(["leave", "desk", "unknown"], CANDIDATES)
    expected = [bm25_plus(2, 3, 2), bm25_plus(1, 1, 2), 0, bm25_plus(2, 3, 1)]
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    np.testing.assert_allclose(scores, [1.152949, 1.024090, 0, 2.025121], atol=1e-5)


def test_a_term_of_all_candidates_still_tells_more_from_fewer() -> None:
    scores = scored(["leave"], [["leave", "now"], ["leave", "leave"]])
    assert 0 < scores[0] < scores[1]


@pytest.mark.parametrize("question", [[], ["leave"]])
@pytest.mark.parametrize("candidates", [[], [[]], [[], [], []]])
def test_where_there_are_no_words_all_scores_are_0(
    question: list[str], candidates: list[list[str]]
) -> None:
    scores = scored(question, candidates)
    assert scores.dtype == np.float32
    assert scores.tolist() == [0] * len(candidates)


@given(QUESTIONS, PASSAGES)
def test_a_candidate_scores_above_0_exactly_if_it_holds_a_term(
    question: list[str], candidates: list[list[str]]
) -> None:
    scores = scored(question, candidates)
    assert [score > 0 for score in scores] == [bool({*question} & {*one}) for one in candidates]


@given(QUESTIONS, PASSAGES, st.randoms(use_true_random=False))
def test_a_score_stays_with_its_candidate_in_any_order(
    question: list[str], candidates: list[list[str]], random: Random
) -> None:
    order = list(range(len(candidates)))
    random.shuffle(order)
    scores = scored(question, candidates)
    shuffled = scored(question, [candidates[i] for i in order])
    np.testing.assert_allclose(shuffled, scores[order], rtol=1e-6)
