"""Fits the checker's calibrations to judged claims."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace

import numpy as np

from evals.tuning.logistic import coefficients
from service.answering.checking.calibration import Calibration
from service.answering.checking.signals import Signals
from service.answering.checking.similarity import Similarity
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import closest, examined, probability

# On standardised signals; it keeps a weight finite where a signal decides alone.
_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """The signals of a claim and the span that comes nearest to it, and whether it is supported.

    ``weight`` is what it counts.
    """

    signals: Signals
    supported: bool
    weight: float = 1.0


def nearest(sentence: Statement, passage: Passage, similarity: Similarity | None) -> Signals | None:
    """What is measured of the nearest span by today's calibration; None where there is none.

    With ``similarity``, the token that is said worst is measured too.
    """
    pairs = examined(sentence, passage, closest(sentence, passage.candidates))
    if not pairs:
        return None
    found = [signals for _, signals in pairs]
    if similarity:
        spans = [passage.statement(candidate) for candidate, _ in pairs]
        worst = similarity.worst(sentence, spans)
        found = [replace(one, worst=cosine) for one, cosine in zip(found, worst, strict=True)]
    return max(found, key=lambda one: probability(one, meaning=similarity is not None))


def fit(examples: Sequence[Example]) -> Calibration:
    """Logistic regression with a ridge, by Newton's method (Hastie et al. 2009, 4.4.1).

    A signal that is the same in all examples gets no weight.
    """
    values = np.array([astuple(each.signals) for each in examples], np.float64)
    labels = np.array([each.supported for each in examples], np.float64)
    counts = np.array([each.weight for each in examples], np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    found = coefficients((values - mean) / scale, labels, counts, _PENALTY)
    weights = np.where(deviation > 0, found[:-1] / scale, 0.0)
    names = (each.name for each in fields(Signals))
    return Calibration(
        Signals(**{name: float(weight) for name, weight in zip(names, weights, strict=True)}),
        intercept=float(found[-1] - weights @ mean),
    )
