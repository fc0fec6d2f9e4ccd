"""The probability that the evidence answers, against the formula of logistic regression."""

from dataclasses import astuple, fields
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering import answerability
from service.answering.answerability import Signals, answers

NAMES = [field.name for field in fields(Signals)]
CALIBRATIONS = {True: answerability._READABLE, False: answerability._UNREADABLE}
SIMILARITIES = {"context_similarity", "rare_similarity", "passage_lead", "sentence_lead"}
SIGNALS = st.tuples(*[st.floats(0, 1) for _ in NAMES]).map(lambda values: Signals(*values))


def signals(**values: float) -> Signals:
    return Signals(**(dict.fromkeys(NAMES, 0.0) | values))


@pytest.mark.parametrize(
    ("weights", "intercept", "measured", "probability"),
    [
        (signals(), 0.0, signals(bigrams=1.0), 0.5),
        (signals(), log(3), signals(bigrams=1.0), 0.75),
        (signals(bigrams=log(9)), 0.0, signals(bigrams=1.0), 0.9),
        (signals(bigrams=2 * log(9)), 0.0, signals(bigrams=0.5), 0.9),
        (signals(mismatch=-log(4)), 0.0, signals(mismatch=1.0, bigrams=1.0), 0.2),
        (
            signals(soft_coverage=log(2), sentence_lead=log(3)),
            -log(6),
            Signals(*[1.0] * len(NAMES)),
            0.5,
        ),
    ],
)
def test_probability(
    weights: Signals, intercept: float, measured: Signals, probability: float
) -> None:
    calibration = answerability._Calibration(weights, intercept, 0.5)
    assert calibration.probability(measured) == pytest.approx(probability)


@given(SIGNALS, st.booleans())
def test_answers_from_the_threshold_of_the_calibration_on(
    measured: Signals,
    readable: bool,  # noqa: FBT001 (given by name)
) -> None:
    calibration = CALIBRATIONS[readable]
    log_odds = calibration.intercept + np.dot(astuple(calibration.weights), astuple(measured))
    needed = np.log(calibration.threshold / (1 - calibration.threshold))
    if abs(log_odds - needed) > 1e-9:
        assert answers(measured, readable=readable) == (log_odds > needed)


@pytest.mark.parametrize("readable", [True, False])
def test_the_calibrations_tell_good_evidence_from_none(*, readable: bool) -> None:
    calibration = CALIBRATIONS[readable]
    assert 0 < calibration.threshold < 1
    similarities = {"context_similarity": 0.9, "rare_similarity": 0.9} if readable else {}
    covered = signals(
        soft_coverage=1, rare_coverage=1, bigrams=1, mean_rarity=0.6, top_rarity=0.8,
        lexical_lead=0.8, **similarities,
    )  # fmt: skip
    missed = signals(mismatch=1, mean_rarity=0.6, top_rarity=1)
    assert answers(covered, readable=readable)
    assert not answers(missed, readable=readable)


def test_without_an_encoder_similarities_weigh_nothing() -> None:
    weights = answerability._UNREADABLE.weights
    assert {getattr(weights, name) for name in SIMILARITIES} == {0.0}
