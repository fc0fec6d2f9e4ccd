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


# Fitted on the even half of squad2-en (1,479 questions, each with and without its gold document),
# and of xquad-vi and cmrc2018-zh (1,193). The thresholds are where no more than one in ten
# answerable questions of any language of those halves falls; docs/measurements.md reports the odd
# halves.
_READABLE = _Calibration(
    Signals(
        soft_coverage=1.60,
        rare_coverage=0.26,
        bigrams=1.02,
        mismatch=-0.78,
        asks_for_person=-0.40,
        mean_rarity=-3.17,
        top_rarity=3.35,
        lexical_lead=1.45,
        context_similarity=7.63,
        rare_similarity=1.00,
        passage_lead=5.83,
        sentence_lead=3.71,
    ),
    intercept=-9.34,
    threshold=0.303,
)
_UNREADABLE = _Calibration(
    Signals(
        soft_coverage=1.86,
        rare_coverage=6.82,
        bigrams=1.80,
        mismatch=-1.18,
        asks_for_person=-0.37,
        mean_rarity=-2.41,
        top_rarity=7.93,
        lexical_lead=3.11,
        context_similarity=0.0,
        rare_similarity=0.0,
        passage_lead=0.0,
        sentence_lead=0.0,
    ),
    intercept=-11.6,
    threshold=0.32,
)


def answers(signals: Signals, *, readable: bool) -> bool:
    """Whether the sentences that were read probably answer the question.

    ``readable`` says whether the embedder reads the question's language: without it every
    similarity is 0 and another calibration holds.
    """
    calibration = _READABLE if readable else _UNREADABLE
    return calibration.probability(signals) >= calibration.threshold
