"""MaxSim against its definition, and which tokens of a passage count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.embedder import Embedder, TokenVectors
from service.answering.similarity import Matches
from service.answering.statements import Span

Vector = NDArray[np.float32]


def tokens(seed: int, count: int) -> TokenVectors:
    """``count`` random unit vectors of tokens three characters long, one space between them."""
    values = np.random.default_rng(seed).standard_normal((count, 6)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return TokenVectors(values, tuple((4 * i, 4 * i + 3) for i in range(count)))


def naive(
    question: TokenVectors, passage: TokenVectors, weights: Vector, spans: list[Span] | None
) -> float:
    """The formula, one token at a time."""
    total, weight_sum = 0.0, 0.0
    for vector, weight in zip(question.values, weights, strict=True):
        best = None
        for other, (start, end) in zip(passage.values, passage.spans, strict=True):
            inside = spans is None or any(a <= start and end <= b for a, b in spans)
            if inside:
                cosine = sum(float(x) * float(y) for x, y in zip(vector, other, strict=True))
                best = cosine if best is None else max(best, cosine)
        if best is None:
            return 0.0
        total += float(weight) * best
        weight_sum += float(weight)
    return total / weight_sum if weight_sum else 0.0


SPANS = st.none() | st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3)


@given(
    st.integers(0, 1000),
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=5),
    st.integers(0, 8),
    SPANS,
)
def test_maxsim_is_its_definition(
    seed: int, weights: list[float], passage_tokens: int, spans: list[Span] | None
) -> None:
    question, passage = tokens(seed, len(weights)), tokens(seed + 1, passage_tokens)
    counted = np.array(weights, np.float32)
    matches = Matches.of(question, passage)
    assert matches.cosines.shape == (len(weights), passage_tokens)
    assert matches.maxsim(counted, spans) == pytest.approx(
        naive(question, passage, counted, spans), abs=1e-5
    )


def test_a_token_counts_only_where_it_is_whole_inside_a_span() -> None:
    axes = TokenVectors(np.eye(3, dtype=np.float32), ((0, 3), (4, 7), (8, 11)))
    first = TokenVectors(np.eye(3, dtype=np.float32)[:1], ((0, 3),))
    matches = Matches.of(first, axes)
    weights = np.ones(1, np.float32)
    assert matches.maxsim(weights) == 1.0
    assert matches.maxsim(weights, [(0, 3)]) == 1.0
    assert matches.maxsim(weights, [(0, 2), (4, 7)]) == 0.0
    assert matches.maxsim(weights, [(1, 11)]) == 0.0
    assert matches.maxsim(weights, []) == 0.0


def test_the_mean_is_weighted() -> None:
    question = TokenVectors(np.eye(2, dtype=np.float32), ((0, 1), (2, 3)))
    passage = TokenVectors(np.array([[0.6, 0.8]], np.float32), ((0, 1),))
    matches = Matches.of(question, passage)
    assert matches.maxsim(np.array([1, 1], np.float32)) == pytest.approx(0.7)
    assert matches.maxsim(np.array([3, 1], np.float32)) == pytest.approx((3 * 0.6 + 0.8) / 4)
    assert matches.maxsim(np.array([0, 1], np.float32)) == pytest.approx(0.8)
    assert matches.maxsim(np.zeros(2, np.float32)) == 0.0


def test_of_two_sentences_the_one_that_answers_is_nearer(embedder: Embedder) -> None:
    text = "The canteen closes at three. Parents stay at home for twenty weeks."
    cut = text.index("Parents")
    question, passage = embedder.embed_tokens(["How long is maternity leave?", text])
    matches = Matches.of(question, passage)
    weights = np.ones(len(question.spans), np.float32)
    canteen = matches.maxsim(weights, [(0, cut - 1)])
    parents = matches.maxsim(weights, [(cut, len(text))])
    assert canteen < parents <= matches.maxsim(weights) + 1e-6
