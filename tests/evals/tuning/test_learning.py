"""Weights are learned from what was made to decide, and judged by another half."""

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.cases import Half
from evals.tuning import learning
from evals.tuning.judged import Judged, mean_fused, mean_ndcg
from evals.tuning.learning import learn
from indexes.ranker import Feature

FEATURES = [Feature.DENSE, Feature.LEXICAL, Feature.TITLE]


def question(generator: np.random.Generator, half: Half, telling: NDArray[np.float64]) -> Judged:
    """Twelve candidates, of which the one is relevant that ``telling`` weights make the best."""
    values = generator.random((12, len(FEATURES))).astype(np.float32)
    documents = tuple(f"d{i}" for i in range(12))
    right = int((values @ telling).argmax())
    grades = np.zeros(12)
    grades[right] = 1
    columns = dict(zip(FEATURES, values.T, strict=True))
    return Judged(half, documents, columns, grades, {documents[right]: 1}, readable=True)


def questions(telling: list[float], seed: int = 0) -> list[Judged]:
    generator = np.random.default_rng(seed)
    return [question(generator, half, np.array(telling)) for half in (Half.EVEN, Half.ODD) * 60]


def test_what_decides_gets_the_weight() -> None:
    asked = questions([0.7, 0.3, 0.0])
    learned = learn([[each for each in asked if each.half is Half.EVEN]], FEATURES)
    assert sum(learned.values()) == pytest.approx(1)
    assert learned[Feature.DENSE] > learned[Feature.LEXICAL] > learned[Feature.TITLE] >= 0
    assert learned[Feature.DENSE] / learned[Feature.LEXICAL] == pytest.approx(7 / 3, rel=0.25)
    assert mean_ndcg(asked, Half.ODD, learned) > 0.97 > mean_fused(asked, Half.ODD)


def test_a_feature_that_misleads_gets_none() -> None:
    learned = learn([questions([1.0, -1.0, 0.0])], FEATURES)
    assert learned[Feature.LEXICAL] == 0


def test_every_set_counts_the_same() -> None:
    many, few = questions([1.0, 0.0, 0.0]) * 10, questions([0.0, 1.0, 0.0], seed=1)
    learned = learn([many, few], FEATURES)
    assert learned[Feature.DENSE] == pytest.approx(learned[Feature.LEXICAL], rel=0.2)


def test_the_gradient_is_that_of_the_loss() -> None:
    candidates = learning._candidates([questions([0.5, 0.5, 0.0])[:10]], FEATURES)
    weighted = np.array([0.3, 1.2, 0.1])
    _, gradient = candidates.loss(weighted)
    for i in range(len(weighted)):
        step = np.zeros(3)
        step[i] = 1e-5
        rise = candidates.loss(weighted + step)[0] - candidates.loss(weighted - step)[0]
        assert gradient[i] == pytest.approx(rise / 2e-5, abs=1e-6)


def test_the_loss_by_hand() -> None:
    """Two candidates, one relevant: -log(e^1 / (e^1 + e^0)), and the penalty."""
    columns = {Feature.DENSE: np.array([1, 0], np.float32)}
    asked = Judged(Half.EVEN, ("a", "b"), columns, np.array([1.0, 0]), {"a": 1}, readable=True)
    loss, _ = learning._candidates([[asked]], [Feature.DENSE]).loss(np.array([1.0]))
    assert loss == pytest.approx(np.log(1 + np.exp(-1)) + 0.02)


def test_a_lower_grade_is_a_weaker_target() -> None:
    targets = learning._targets(np.array([2.0, 1.0, 0.0]))
    assert targets.tolist() == [0, -1.5, -np.inf]


def test_questions_without_a_relevant_candidate_teach_nothing() -> None:
    asked = questions([1.0, 0.0, 0.0])
    blank = [
        Judged(each.half, each.documents, each.features, np.zeros(12), each.relevant, readable=True)
        for each in asked
    ]
    assert learn([asked + blank], FEATURES) == learn([asked], FEATURES)


def test_ndcg_folds_the_passages_of_a_document() -> None:
    columns = {
        Feature.DENSE: np.array([0.9, 0.8, 0.7], np.float32),
        Feature.LATE: np.array([0.0, 0.0, 1.0], np.float32),
    }
    asked = Judged(
        Half.ODD, ("a", "a", "b"), columns, np.array([0, 0, 1.0]), {"b": 1}, readable=True
    )
    assert asked.ndcg({Feature.DENSE: 1.0}) == pytest.approx(1 / np.log2(3))
    assert asked.ndcg({Feature.DENSE: 0.1, Feature.LATE: 0.9}) == 1
    assert asked.fused() == pytest.approx(1 / np.log2(3))
    assert set(asked.without(Feature.LATE).features) == {Feature.DENSE}
