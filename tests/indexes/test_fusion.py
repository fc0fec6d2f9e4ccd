"""Two rankings made one, by hand and in general."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.fusion import (
    READABLE_WEIGHT,
    UNREADABLE_WEIGHT,
    Fusion,
    blend,
    by_maximum,
    dense_weight,
    fuse,
    reciprocal_ranks,
)

COSINES = st.floats(-1, 1, width=32)
BM25_SCORES = st.floats(0, 50, width=32)
WEIGHTS = st.floats(0, 1)
PAIRS = st.lists(st.tuples(COSINES, BM25_SCORES), min_size=1, max_size=20)


def array(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("dense", "lexical", "weight", "expected"),
    [
        # min-max(dense) = 1, 0, .5; lexical / max = 0, 1, .5
        (array(0.8, 0.2, 0.5), array(0, 4, 2), 0.5, [0.5, 0.5, 0.5]),
        (array(0.8, 0.2, 0.5), array(0, 4, 2), 0.3, [0.3, 0.7, 0.5]),
        (array(0.8, 0.2, 0.5), array(0, 4, 2), 1, [1, 0, 0.5]),
        (array(0.8, 0.2, 0.5), array(0, 4, 2), 0, [0, 1, 0.5]),
        # A cosine below 0 is a cosine like another; BM25's smallest score is not its zero.
        (array(-0.5, 0.5, 0), array(8, 10, 9), 0.5, [0.4, 1, 0.7]),
        # Equal cosines tell nothing apart, and are the best there is.
        (array(0.3, 0.3), array(1, 2), 0.5, [0.75, 1]),
        # Nothing found by words.
        (array(0.1, 0.9), array(0, 0), 0.5, [0, 0.5]),
        (array(0.7), array(3), 0.5, [1]),
        (array(), array(), 0.5, []),
    ],
)
def test_blends_by_hand(
    dense: NDArray[np.float32], lexical: NDArray[np.float32], weight: float, expected: list[float]
) -> None:
    blended = blend(dense, lexical, weight)
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended, expected, atol=1e-6)


@given(PAIRS, WEIGHTS)
def test_a_blend_lies_between_0_and_1(pairs: list[tuple[float, float]], weight: float) -> None:
    dense, lexical = (array(*leg) for leg in zip(*pairs, strict=True))
    blended = blend(dense, lexical, weight)
    assert (blended >= 0).all()
    assert (blended <= 1 + 1e-6).all()


@given(PAIRS, WEIGHTS)
def test_who_is_better_on_both_legs_is_not_worse_in_the_blend(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    dense, lexical = (array(*leg) for leg in zip(*pairs, strict=True))
    blended = blend(dense, lexical, weight)
    for i in range(len(pairs)):
        dominated = (dense <= dense[i]) & (lexical <= lexical[i])
        assert (blended[dominated] <= blended[i] + 1e-6).all()


@given(PAIRS)
def test_all_the_weight_on_a_leg_keeps_its_order(pairs: list[tuple[float, float]]) -> None:
    dense, lexical = (array(*leg) for leg in zip(*pairs, strict=True))
    for leg, weight in ((dense, 1), (lexical, 0)):
        in_order = blend(dense, lexical, weight)[np.argsort(leg)]
        assert (np.diff(in_order) >= 0).all()


@given(st.integers(1, 10), COSINES, BM25_SCORES, WEIGHTS)
def test_equal_candidates_stay_equal(size: int, cosine: float, score: float, weight: float) -> None:
    blended = blend(array(*[cosine] * size), array(*[score] * size), weight)
    assert len(set(blended.tolist())) == 1


@pytest.mark.parametrize(
    ("reads", "found", "weight"),
    [
        (True, True, READABLE_WEIGHT),
        (False, True, UNREADABLE_WEIGHT),
        (True, False, 1.0),
        (False, False, 1.0),
    ],
)
def test_the_weight_follows_what_each_leg_can_say(reads: bool, found: bool, weight: float) -> None:  # noqa: FBT001 (a table of cases)
    assert dense_weight(embedder_reads_query=reads, lexical_found=found) == weight


def test_an_embedder_is_heard_less_where_it_cannot_read_the_question() -> None:
    assert 0 <= UNREADABLE_WEIGHT < READABLE_WEIGHT < 1


@pytest.mark.parametrize(
    ("dense", "lexical", "weight", "expected"),
    [
        # 61 / (60 + rank), ranks from 1 (Cormack et al. 2009): here 1, 3, 2 and 3, 1, 2.
        (
            array(0.8, 0.2, 0.5),
            array(1, 4, 2),
            0.5,
            [(1 + 61 / 63) / 2, (61 / 63 + 1) / 2, 61 / 62],
        ),
        (array(0.8, 0.2), array(1, 4), 0.25, [0.25 + 0.75 * 61 / 62, 0.25 * 61 / 62 + 0.75]),
        # What no word found has no rank among words; equal scores share one.
        (array(0.5, 0.5, 0.1), array(0, 3, 0), 0.5, [0.5, 1, 0.5 * 61 / 63]),
        (array(), array(), 0.5, []),
    ],
)
def test_reciprocal_ranks_by_hand(
    dense: NDArray[np.float32], lexical: NDArray[np.float32], weight: float, expected: list[float]
) -> None:
    np.testing.assert_allclose(reciprocal_ranks(dense, lexical, weight), expected, atol=1e-6)


@given(PAIRS, WEIGHTS)
def test_reciprocal_ranks_lie_between_0_and_1(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    dense, lexical = (array(*leg) for leg in zip(*pairs, strict=True))
    fused = reciprocal_ranks(dense, lexical, weight)
    assert (fused >= 0).all()
    assert (fused <= 1 + 1e-6).all()


def test_the_setting_chooses() -> None:
    dense, lexical = array(0.8, 0.2, 0.5), array(1, 4, 2)
    by_score, by_rank = (fuse(how, dense, lexical, 0.5) for how in Fusion)
    np.testing.assert_array_equal(by_score, blend(dense, lexical, 0.5))
    np.testing.assert_array_equal(by_rank, reciprocal_ranks(dense, lexical, 0.5))


def test_words_that_reach_too_little_count_less() -> None:
    dense, lexical = array(0.8, 0.2, 0.5), array(1, 4, 2)
    np.testing.assert_allclose(by_maximum(lexical, 8), [1 / 8, 1 / 2, 1 / 4])
    np.testing.assert_allclose(by_maximum(lexical, 2), [1 / 4, 1, 1 / 2])
    assert by_maximum(array(0, 0), 8).tolist() == [0, 0]
    # min-max(dense) = 1, 0, .5
    expected = [0.5 + 1 / 16, 0.25, 0.25 + 1 / 8]
    np.testing.assert_allclose(fuse(Fusion.CONVEX, dense, lexical, 0.5, 8), expected, atol=1e-6)
