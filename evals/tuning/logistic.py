"""Logistic regression with a ridge penalty, by Newton's method."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_STEPS = 50
_CLOSE = 1e-8


def coefficients(columns: Matrix, labels: Matrix, counts: Matrix, penalty: float) -> Matrix:
    """The weight of each of ``columns``, shape (examples, columns), and the intercept last.

    They minimise -sum(counts * log likelihood) + penalty / 2 * |weights|^2; the intercept is free
    (iteratively reweighted least squares: McCullagh and Nelder, Generalized Linear Models, 1989).
    ``labels`` are 0 or 1; an example counts ``counts`` times.
    """
    columns = np.column_stack([columns, np.ones(len(columns))])
    ridge = np.append(np.full(columns.shape[1] - 1, penalty), 0.0)
    found = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(-(columns @ found)))
        gradient = columns.T @ (counts * (labels - expected)) - ridge * found
        curvature = (columns.T * (counts * expected * (1 - expected))) @ columns
        step = np.linalg.solve(curvature + np.diag(ridge), gradient)
        found = found + step
        if np.abs(step).max() < _CLOSE:
            break
    return found
