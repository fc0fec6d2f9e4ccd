"""What the ridge regression of log odds finds, against what made its examples."""

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.tuning.logistic import Matrix
from evals.tuning.silence import fit, grouped
from service.answering.reading.answerability import SIGNAL_NAMES
from service.answering.reading.signals import Signals

SIZE = len(SIGNAL_NAMES)
ONES = np.ones(3000)


def made(seed: int = 1) -> Matrix:
    values = np.zeros((3000, SIZE))
    values[:, :3] = np.random.default_rng(seed).normal(size=(3000, 3))
    return values


def drawn(log_odds: Matrix, seed: int = 2) -> NDArray[np.bool_]:
    return np.asarray(
        np.random.default_rng(seed).random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))
    )


def test_it_finds_a_weight_and_a_product() -> None:
    values = made()
    labels = drawn(1.0 + 2.0 * values[:, 0] + 1.5 * values[:, 1] * values[:, 2])
    model = fit(values, labels, ONES, penalty=0.01)
    assert model.weights[0] == pytest.approx(2.0, abs=0.3)
    assert model.products[1, 2] == pytest.approx(1.5, abs=0.3)
    at_mean = model.probability(Signals(*model.mean))
    assert at_mean == pytest.approx(1 / (1 + np.exp(-1)), abs=0.05)


def test_the_gradient_is_nought_where_it_ends() -> None:
    """At the optimum of the ridge: the residuals along each column are its penalised weight."""
    values = made()
    labels = drawn(values[:, 0])
    model = fit(values, labels, ONES, penalty=5.0)
    expected = np.array([model.probability(Signals(*row)) for row in values])
    residual = labels - expected
    assert residual.sum() == pytest.approx(0, abs=1e-4)
    column = model.standardised(values)[:, 1]
    scale = column.std()
    found = (column - column.mean()) / scale @ residual
    assert found == pytest.approx(5.0 * model.weights[1] * scale, abs=1e-3)


def test_a_signal_that_never_varies_weighs_nothing() -> None:
    model = fit(made(), drawn(made()[:, 0]), ONES)
    assert not model.weights[3:].any()
    assert not model.products[3:].any()
    assert not model.products[:, 3:].any()


def test_a_heavier_penalty_makes_smaller_weights() -> None:
    values, labels = made(), drawn(3 * made()[:, 0])
    light, heavy = (fit(values, labels, ONES, penalty=p) for p in (1.0, 300.0))
    assert abs(heavy.weights[0]) < abs(light.weights[0])


def test_the_weight_of_a_product_is_penalised_three_times_as_much() -> None:
    """At the optimum: the residuals along its column are thrice its penalised weight."""
    values = made()
    labels = drawn(values[:, 0] * values[:, 1])
    model = fit(values, labels, ONES, penalty=5.0)
    expected = np.array([model.probability(Signals(*row)) for row in values])
    signals = model.standardised(values)
    column = signals[:, 0] * signals[:, 1]
    scale = column.std()
    found = (column - column.mean()) / scale @ (labels - expected)
    assert found == pytest.approx(3 * 5.0 * model.products[0, 1] * scale, abs=1e-3)


def test_an_example_that_counts_twice_is_two() -> None:
    values, labels = made()[:200], drawn(made()[:200, 0])
    doubled = fit(np.tile(values, (2, 1)), np.tile(labels, 2), np.ones(400))
    weighted = fit(values, labels, np.full(200, 2.0))
    assert doubled.weights == pytest.approx(weighted.weights)
    assert doubled.intercept == pytest.approx(weighted.intercept)


def test_folds_part_the_places_and_keep_groups_whole() -> None:
    groups = [f"set {number // 3}" for number in range(60)]
    places: list[int] = []
    for inside, outside in grouped(groups):
        assert not {groups[i] for i in inside} & {groups[i] for i in outside}
        assert sorted([*inside, *outside]) == list(range(60))
        places.extend(outside)
    assert sorted(places) == list(range(60))
