"""Whether the evidence answers: a logistic regression over signals and their products."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.types import Hit
from service.answering.reading.expectation import Expectation
from service.answering.reading.measured import Candidate, Passage
from service.answering.reading.question import Asked
from service.answering.reading.signals import Signals, measure, words_alone
from service.answering.reading.uncovered import asks_elsewhere, uncovered
from service.answering.types import Judgement, Silence


class Situation(StrEnum):
    """What there is to judge by, each with a calibration of its own.

    Matches of tokens; words alone; words alone where they are pairs of characters.
    """

    MATCHES = "matches"
    WORDS = "words"
    PAIRS = "pairs"

    @classmethod
    def of(cls, signals: Signals) -> "Situation":
        """The situation that ``signals`` were measured in."""
        if signals.passage_similarity > 0:
            return cls.MATCHES
        return cls.PAIRS if signals.ideographs >= _IN_PAIRS else cls.WORDS


# Written by `evals.tuning.answers`, never by hand; docs/measurements.md has its figures.
WEIGHTS_FILE = Path(__file__).with_name("answerability.json")
SIGNAL_NAMES = tuple(field.name for field in fields(Signals))
# A signal counts no further from its mean than this many deviations: where nothing was learned,
# its square would carry the rest away.
_FARTHEST = 4.0
# From this share of ideographs on, the terms of a question are mostly pairs of characters.
_IN_PAIRS = 0.3
# Statements among the best in which the kind of thing asked for is looked for.
_BEST = 5

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """log odds = intercept + w z + z P z, and the probability from which on one answers.

    Below ``hopeless`` not even a generator that judges for itself is asked to answer.

    z are the signals less ``mean`` over ``deviation``, held within 4; ``weights`` is w, shape
    (signals,), ``products`` P, upper triangular, shape (signals, signals).
    """

    mean: Vector
    deviation: Vector
    weights: Vector
    products: Vector
    intercept: float
    threshold: float
    hopeless: float

    def standardised(self, values: Vector) -> Vector:
        """Rows of signals as the weights know them."""
        return np.clip((values - self.mean) / self.deviation, -_FARTHEST, _FARTHEST)

    def probability(self, signals: Signals) -> float:
        """That the evidence answers, 0 to 1."""
        z = self.standardised(np.array(astuple(signals)))
        log_odds = self.intercept + float(self.weights @ z + z @ self.products @ z)
        return 1 / (1 + exp(-max(-700.0, min(700.0, log_odds))))

    def as_json(self) -> dict[str, Any]:
        """The figures that count, each to five digits; products by the names of both signals."""
        order = range(len(SIGNAL_NAMES))
        return {
            "signals": {
                name: [_short(x) for x in (mean, deviation, weight)]
                for name, mean, deviation, weight in zip(
                    SIGNAL_NAMES, self.mean, self.deviation, self.weights, strict=True
                )
            },
            "products": {
                f"{SIGNAL_NAMES[i]} {SIGNAL_NAMES[j]}": _short(self.products[i, j])
                for i in order
                for j in order
                if self.products[i, j]
            },
            "intercept": _short(self.intercept),
            "threshold": _short(self.threshold),
            "hopeless": _short(self.hopeless),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Calibration":
        """What ``as_json`` gave. KeyError where a signal of today is missing."""
        table = np.array([stored["signals"][name] for name in SIGNAL_NAMES], np.float64)
        place = {name: number for number, name in enumerate(SIGNAL_NAMES)}
        products = np.zeros((len(place), len(place)))
        for names, weight in stored["products"].items():
            one, other = names.split()
            products[place[one], place[other]] = weight
        return cls(
            mean=table[:, 0],
            deviation=table[:, 1],
            weights=table[:, 2],
            products=products,
            intercept=float(stored["intercept"]),
            threshold=float(stored["threshold"]),
            hopeless=float(stored["hopeless"]),
        )


def _short(value: float) -> float:
    return float(f"{value:.5g}")


@cache
def calibrations() -> Mapping[Situation, Calibration]:
    """Those of the package, by situation."""
    stored = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    return {each: Calibration.from_json(stored[each.value]) for each in Situation}


_NOTHING = Judgement(answers=False, probability=0.0, silence=Silence.NOTHING_FOUND, hopeless=True)
# "?", a thumb, "why?": no document can be held against it.
_NOTHING_ASKED = Judgement(answers=False, probability=0.0, silence=Silence.UNCERTAIN, hopeless=True)
# "What is IT?" asks for something, though its words are no terms.
_ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")


def judge(
    asked: Asked,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    *,
    readable: bool,
) -> Judgement:
    """Whether the statements that were read probably answer the question, and if not, why.

    ``readable`` says whether the embedder reads the question's language; where it does not, or
    where the snapshot has no vectors of tokens, words alone decide.
    """
    if not candidates:
        return _NOTHING
    if not asked.terms and not _ABBREVIATION.search(asked.text):
        return _NOTHING_ASKED
    signals = measure(asked, passages, candidates, hits)
    if not readable:
        signals = words_alone(signals)
    calibration = calibrations()[Situation.of(signals)]
    probability = calibration.probability(signals)
    answers = probability >= calibration.threshold
    open_words = uncovered(asked, passages, answered=answers)
    answers = answers and not asks_elsewhere(asked.text, open_words)
    silence = None if answers else _silence(asked, candidates, open_words)
    hopeless = probability < calibration.hopeless
    return Judgement(answers, probability, silence, open_words, hopeless)


def _silence(asked: Asked, candidates: Sequence[Candidate], open_words: Sequence[str]) -> Silence:
    if open_words:
        return Silence.NOT_COVERED
    best = sorted(candidates, key=lambda c: -c.score)[:_BEST]
    kind_asked = asked.expectation is not Expectation.ANYTHING
    if kind_asked and all(candidate.mismatch for candidate in best):
        return Silence.KIND_MISSING
    return Silence.UNCERTAIN
