"""Learns weights from judged questions, through SciPy. Nobody else imports it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from evals.tuning.judged import Judged
from indexes.ranker import Feature, Weights

# How much the squared weights count beside the loss, chosen by leaving one set out.
_PENALTY = 0.02
# What a lower grade than a question's best is worth as a target, on the scale of its logarithm.
_LESSER = -1.5

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The candidates of all questions one after the other.

    ``values`` has a column a feature; ``question`` numbers each candidate's; ``starts`` has the
    first candidate of each; ``targets`` is 0 for a relevant candidate, below 0 for one of a lesser
    grade, minus infinity for others; ``shares`` what each question counts.
    """

    values: Matrix
    question: NDArray[np.intp]
    starts: NDArray[np.intp]
    targets: Matrix
    shares: Matrix

    def loss(self, weighted: Matrix) -> tuple[float, Matrix]:
        """The negative logarithm of the probability of the relevant, and its gradient.

        A softmax over all candidates of a question, summed over those of relevant documents: which
        passage of a document helps is not known (a listwise loss over bags; Cao et al. 2007).
        """
        scores = self.values @ weighted
        whole, everyone = self._softmax(scores)
        part, relevant = self._softmax(scores + self.targets)
        loss = float(self.shares @ (whole - part)) + _PENALTY * float(weighted @ weighted)
        pull = (everyone - relevant) * self.shares[self.question]
        return loss, self.values.T @ pull + 2 * _PENALTY * weighted

    def _softmax(self, scores: Matrix) -> tuple[Matrix, Matrix]:
        """The logarithm of the sum of the exponentials by question, and each one's part of it."""
        highest = np.maximum.reduceat(scores, self.starts)
        exponentials = np.exp(scores - highest[self.question])
        sums = np.add.reduceat(exponentials, self.starts)
        return highest + np.log(sums), exponentials / sums[self.question]


def learn(sets: Sequence[Sequence[Judged]], features: Sequence[Feature]) -> Weights:
    """Weights from 0 that add up to 1, every set counting the same.

    Questions without a relevant candidate teach nothing.
    """
    candidates = _candidates(sets, features)
    deviation = candidates.values.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1)
    scaled = _Candidates(
        candidates.values / scale,
        candidates.question,
        candidates.starts,
        candidates.targets,
        candidates.shares,
    )
    found = minimize(
        scaled.loss,
        np.zeros(len(features)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(features),
    )
    weighted = found.x / scale
    total = weighted.sum() or 1.0
    return {name: float(weight / total) for name, weight in zip(features, weighted, strict=True)}


def _candidates(sets: Sequence[Sequence[Judged]], features: Sequence[Feature]) -> _Candidates:
    taught = [[each for each in judged if each.grades.any()] for judged in sets]
    questions = [each for judged in taught for each in judged]
    counts = np.array([len(each.grades) for each in questions])
    columns = [np.stack([each.features[name] for name in features], axis=1) for each in questions]
    return _Candidates(
        values=np.concatenate(columns).astype(np.float64),
        question=np.repeat(np.arange(len(questions)), counts),
        starts=np.cumsum(counts) - counts,
        targets=np.concatenate([_targets(each.grades) for each in questions]),
        shares=np.concatenate(
            [np.full(len(judged), 1 / len(judged)) for judged in taught if judged]
        ),
    )


def _targets(grades: Matrix) -> Matrix:
    lesser = np.where(grades < grades.max(), _LESSER, 0.0)
    return np.where(grades > 0, lesser, -np.inf)
