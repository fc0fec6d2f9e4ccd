"""Whether the evidence answers: a logistic regression over what was measured of it."""

from dataclasses import astuple, dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured of a question and its evidence; each about 0 to 1.

    Of the best sentence: the share of the question's rarity, word forms included, in it, its title
    and the sentence before; the same squared, of its whole passage; the share of the question's
    neighbouring terms; whether it lacks the kind of thing asked for. Of the question: whether it
    asks for a person; how rare its terms are on the mean and at most. Of the hits: how far BM25's
    best stands above the mean of the others. By MaxSim: the best sentence with the one before it;
    the best passage, tokens weighted by rarity; how far the best passage stands above the mean of
    the others and the best sentence above the second.
    """

    soft_coverage: float
    rare_coverage: float
    bigrams: float
    mismatch: float
    asks_for_person: float
    mean_rarity: float
    top_rarity: float
    lexical_lead: float
    context_similarity: float
    rare_similarity: float
    passage_lead: float
    sentence_lead: float


@dataclass(frozen=True, slots=True)
class _Calibration:
    """Weights and intercept of the log odds, and the probability below which one stays silent."""

    weights: Signals
    intercept: float
    threshold: float

    def probability(self, signals: Signals) -> float:
        pairs = zip(astuple(self.weights), astuple(signals), strict=True)
        return 1 / (1 + exp(-self.intercept - sum(weight * value for weight, value in pairs)))


_READABLE = _Calibration(Signals(*[0.0] * 12), 0.0, 0.5)
_UNREADABLE = _Calibration(Signals(*[0.0] * 12), 0.0, 0.5)


def answers(signals: Signals, *, readable: bool) -> bool:
    """Whether the sentences that were read probably answer the question.

    ``readable`` says whether the embedder reads the question's language: without it every
    similarity is 0 and another calibration holds.
    """
    calibration = _READABLE if readable else _UNREADABLE
    return calibration.probability(signals) >= calibration.threshold
