"""MaxSim against its definition, and which tokens of a passage count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.matches import Matches
from service.answering.reading.similarity import NOWHERE, anywhere, closest, maxsim
from service.answering.reading.statements import Span

Matrix = NDArray[np.float32]


def matches(cosines: Matrix, first: int = 0) -> Matches:
    """Tokens three characters long, one space between them, from the place ``first`` on."""
    starts = first + 4 * np.arange(cosines.shape[1], dtype=np.int32)
    return Matches(cosines, starts, starts + np.int32(3))


def naive(cosines: Matrix, weights: list[float], first: int, span: Span) -> float:
    """The formula, one token at a time."""
    total = 0.0
    for row, weight in zip(cosines.tolist(), weights, strict=True):
        inside = [
            cosine
            for i, cosine in enumerate(row)
            if span[0] <= first + 4 * i and first + 4 * i + 3 <= span[1]
        ]
        if not inside:
            return 0.0
        total += weight * max(inside)
    return total / sum(weights) if sum(weights) else 0.0


@given(
    st.integers(0, 1000),
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=5),
    st.integers(1, 8),
    st.integers(-20, 4),
    st.tuples(st.integers(-30, 40), st.integers(-30, 40)),
)
def test_maxsim_is_its_definition(
    seed: int, weights: list[float], tokens: int, first: int, span: Span
) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (len(weights), tokens)).astype(np.float32)
    found = matches(cosines, first)
    counted = np.array(weights, np.float32)
    assert maxsim(closest(found, span), counted) == pytest.approx(
        naive(cosines, weights, first, span), abs=1e-5
    )
    assert maxsim(anywhere(found), counted) == pytest.approx(
        naive(cosines, weights, first, (-100, 100)), abs=1e-5
    )


def test_a_token_counts_only_where_it_stands_whole_inside() -> None:
    found = matches(np.array([[0.1, 0.9, 0.5]], np.float32), -4)  # at -4, 0 and 4
    assert closest(found, (-4, 0)).tolist() == pytest.approx([0.1])
    assert closest(found, (0, 7)).tolist() == pytest.approx([0.9])
    assert closest(found, (1, 7)).tolist() == pytest.approx([0.5])
    assert closest(found, (-4, 2)).tolist() == pytest.approx([0.1])
    for nowhere in ((1, 6), (8, 20), (0, 0)):
        assert closest(found, nowhere) is NOWHERE


def test_the_mean_is_weighted() -> None:
    best = np.array([0.6, 0.8], np.float32)
    assert maxsim(best, np.array([1, 1], np.float32)) == pytest.approx(0.7)
    assert maxsim(best, np.array([3, 1], np.float32)) == pytest.approx((3 * 0.6 + 0.8) / 4)
    assert maxsim(best, np.array([0, 1], np.float32)) == pytest.approx(0.8)


def test_nothing_is_like_nothing() -> None:
    assert maxsim(np.array([0.6], np.float32), np.zeros(1, np.float32)) == 0.0
    assert maxsim(NOWHERE, np.ones(3, np.float32)) == 0.0
    assert maxsim(np.empty(0, np.float32), np.empty(0, np.float32)) == 0.0
