"""Fits the calibration of answerability: a ridge regression of log odds on signals and products."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from evals.tuning.logistic import Matrix, coefficients
from service.answering.reading.answerability import Calibration

# What the squared weights of standardised columns count beside the loss, and how much more those of
# products. Chosen over the even halves by cross-validation grouped by document and by leaving a
# whole set out: with lighter ones products learn the sets by heart and fail on the next.
PENALTY = 100.0
_OF_PRODUCTS = 3.0
_FOLDS = 5

Places = NDArray[np.intp]


def fit(
    values: Matrix,
    labels: NDArray[np.bool_],
    counts: Matrix,
    *,
    penalty: float = PENALTY,
) -> Calibration:
    """Logistic regression by Newton's method (Hastie et al. 2009, 4.4.1).

    ``values`` has a row of signals an example, ``counts`` what each counts. The weights of
    products are penalised three times as much as those of signals. A signal that is the same in
    all examples gets no weight.
    """
    size = values.shape[1]
    deviation = values.std(axis=0)
    varies = deviation > 0
    bare = Calibration(
        mean=values.mean(axis=0),
        deviation=np.where(varies, deviation, 1.0),
        weights=np.zeros(size),
        products=np.zeros((size, size)),
        intercept=0.0,
        threshold=0.5,
        hopeless=0.0,
    )
    signals = bare.standardised(values)
    first, second = np.triu_indices(size)
    both = varies[first] & varies[second]
    first, second = first[both], second[both]
    columns = np.column_stack([signals[:, varies], signals[:, first] * signals[:, second]])
    mean, scale = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    # A column divided by k needs k times the weight for the same effect, whose square is penalised.
    scale[varies.sum() :] *= _OF_PRODUCTS**0.5
    found = coefficients((columns - mean) / scale, labels.astype(np.float64), counts, penalty)
    weighted = found[:-1] / scale
    weights, products = np.zeros(size), np.zeros((size, size))
    weights[varies] = weighted[: varies.sum()]
    products[first, second] = weighted[varies.sum() :]
    intercept = float(found[-1] - weighted @ mean)
    return replace(bare, weights=weights, products=products, intercept=intercept)


def grouped(groups: Sequence[str]) -> Iterator[tuple[Places, Places]]:
    """Five folds of places, the others and its own; a group is whole in one of them."""
    fold = np.array([int(sha256(group.encode()).hexdigest(), 16) % _FOLDS for group in groups])
    for number in range(_FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)
