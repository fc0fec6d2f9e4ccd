"""Estimates over questions with a 95 % interval: how far another sample could have come out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 2002
RESAMPLES = 1000
_INTERVAL_PERCENT = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the ends of its 95 % interval, and the number of questions behind it."""

    value: float
    low: float
    high: float
    questions: int


def ratio(shares: Sequence[tuple[float, float]]) -> Estimate | None:
    """Sum of numerators over sum of denominators, one pair a question; None if those are all 0.

    With denominators of 1 this is the mean. The interval is the percentile bootstrap over
    questions (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13).
    """
    counted = np.array([share for share in shares if share[1] > 0], dtype=np.float64)
    if not len(counted):
        return None
    numerators, denominators = counted.T
    drawn = _resample(len(counted))
    resampled = numerators[drawn].sum(axis=1) / denominators[drawn].sum(axis=1)
    return _estimate(float(numerators.sum() / denominators.sum()), resampled, len(counted))


def median(values: Sequence[float]) -> Estimate | None:
    """The median with its percentile bootstrap interval; None of nothing."""
    if not values:
        return None
    sample = np.array(values, dtype=np.float64)
    resampled = np.median(sample[_resample(len(sample))], axis=1)
    return _estimate(float(np.median(sample)), resampled, len(sample))


def _resample(size: int) -> NDArray[np.int64]:
    """Indices of each resample, shape (RESAMPLES, size); the same at every call."""
    return np.random.default_rng(SEED).integers(size, size=(RESAMPLES, size))


def _estimate(value: float, resampled: NDArray[np.float64], questions: int) -> Estimate:
    low, high = np.percentile(resampled, _INTERVAL_PERCENT)
    return Estimate(value, float(low), float(high), questions)
