"""The learned ranking: a mean that never punishes a candidate for being better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.ranker import (
    READABLE,
    READABLE_WITHOUT_TOKENS,
    UNREADABLE,
    Feature,
    Features,
    Weights,
    rank,
    weights,
)

SITUATIONS = [READABLE, READABLE_WITHOUT_TOKENS, UNREADABLE]
VALUES = st.lists(st.tuples(*[st.floats(0, 1, width=32)] * len(Feature)), min_size=1, max_size=10)


def features(rows: list[tuple[float, ...]]) -> Features:
    columns = np.array(rows, np.float32).T
    return dict(zip(Feature, columns, strict=True))


def test_a_score_by_hand() -> None:
    known = {
        Feature.DENSE: np.array([1, 0], np.float32),
        Feature.LEXICAL: np.array([0.5, 1], np.float32),
        Feature.TITLE: np.array([1, 1], np.float32),
    }
    weighted = {Feature.DENSE: 0.2, Feature.LEXICAL: 0.6, Feature.LATE: 9.0}
    # What has no weight and what is not known are both left out of the mean.
    np.testing.assert_allclose(rank(known, weighted), [0.5 / 0.8, 0.6 / 0.8], atol=1e-6)


@pytest.mark.parametrize("weighted", SITUATIONS)
def test_weights_are_shares(weighted: Weights) -> None:
    assert sum(weighted.values()) == pytest.approx(1)
    assert min(weighted.values()) > 0


@given(VALUES, st.sampled_from(SITUATIONS))
def test_who_is_better_in_everything_is_not_worse(
    rows: list[tuple[float, ...]], weighted: Weights
) -> None:
    known = features(rows)
    scores = rank(known, weighted)
    assert (scores >= 0).all()
    assert (scores <= 1 + 1e-6).all()
    for i, row in enumerate(rows):
        dominated = (np.array(rows) <= row).all(axis=1)
        assert (scores[dominated] <= scores[i] + 1e-6).all()


def test_the_weights_follow_what_the_embedder_can_say() -> None:
    assert weights(readable=True, tokens=True) is READABLE
    assert weights(readable=True, tokens=False) is READABLE_WITHOUT_TOKENS
    assert weights(readable=False, tokens=False) is UNREADABLE
    assert weights(readable=False, tokens=True) is UNREADABLE
    assert UNREADABLE[Feature.DENSE] < READABLE_WITHOUT_TOKENS[Feature.DENSE]
