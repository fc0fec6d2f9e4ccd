"""The probability that the evidence answers: a logistic regression over what was measured."""

from dataclasses import astuple, dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured of a question and its evidence; each about 0 to 1.

    Of the best sentence: the idf-weighted share of the question's terms, word forms included, in
    it, its title and the sentence before; the share of the question's neighbouring terms; whether
    it lacks the kind of thing asked for. Of all sentences: the best MaxSim alone and with the
    sentence before. Of the hits: how far the best stands above the mean of the others, by passage
    MaxSim and by BM25 (relative); the best cosine. Of the question: its terms in twelfths.
    """

    soft_coverage: float
    bigrams: float
    mismatch: float
    similarity: float
    context_similarity: float
    passage_lead: float
    lexical_lead: float
    dense: float
    terms: float


@dataclass(frozen=True, slots=True)
class _Calibration:
    weights: Signals
    intercept: float


# Below this probability the service says that it does not know. It is where a tenth of the
# answerable questions of the calibrating halves fall.
THRESHOLD = 0.28

_READABLE = _Calibration(Signals(*[0.0] * 9), 0.0)
_UNREADABLE = _Calibration(Signals(*[0.0] * 9), 0.0)


def answerability(signals: Signals, *, readable: bool) -> float:
    """The probability, 0 to 1, that the sentences read answer the question.

    ``readable`` says whether the embedder reads the question's language: without it every
    similarity is 0 and another calibration holds.
    """
    calibration = _READABLE if readable else _UNREADABLE
    pairs = zip(astuple(calibration.weights), astuple(signals), strict=True)
    logit = calibration.intercept + sum(weight * value for weight, value in pairs)
    return 1 / (1 + exp(-logit))
