"""The probability that the evidence answers, against its formula, and what is said when not."""

import json
from dataclasses import astuple, fields, replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.reading import answerability
from service.answering.reading.answerability import (
    SIGNAL_NAMES,
    WEIGHTS_FILE,
    Calibration,
    Situation,
    calibrations,
    judge,
)
from service.answering.reading.signals import Signals, measure, words_alone
from service.answering.types import Judgement, Silence
from tests.service.answering.reading.asking import ask, hit, passage

SIZE = len(SIGNAL_NAMES)
SIGNALS = st.tuples(*[st.floats(-2, 3) for _ in SIGNAL_NAMES]).map(lambda row: Signals(*row))


def signals(**values: float) -> Signals:
    return Signals(**(dict.fromkeys(SIGNAL_NAMES, 0.0) | values))


def calibration(intercept: float, **weights: float) -> Calibration:
    """Of signals as they are; "a b" is the weight of a product."""
    single = np.array([weights.get(name, 0.0) for name in SIGNAL_NAMES])
    products = np.zeros((SIZE, SIZE))
    for names, weight in weights.items():
        if " " in names:
            one, other = (SIGNAL_NAMES.index(name) for name in names.split())
            products[one, other] = weight
    return Calibration(np.zeros(SIZE), np.ones(SIZE), single, products, intercept, 0.5, 0.1)


def judged(question: str, *texts: str, readable: bool = False) -> Judgement:
    asked = ask(question)
    hits = [hit(text, rank, lexical=1 / rank) for rank, text in enumerate(texts, 1)]
    read = [passage(asked, each) for each in hits]
    candidates = [one for _, found in read for one in found]
    return judge(asked, [p for p, _ in read], candidates, hits, readable=readable)


@pytest.mark.parametrize(
    ("model", "measured", "probability"),
    [
        (calibration(0.0), signals(bigrams=1.0), 0.5),
        (calibration(log(3)), signals(bigrams=1.0), 0.75),
        (calibration(0.0, bigrams=log(9)), signals(bigrams=1.0), 0.9),
        (calibration(0.0, bigrams=2 * log(9)), signals(bigrams=0.5), 0.9),
        (calibration(0.0, **{"run names": log(4)}), signals(run=0.5, names=2.0), 0.8),
        (calibration(0.0, **{"run run": log(4)}), signals(run=1.0, names=2.0), 0.8),
        (calibration(log(2), run=-log(8)), signals(run=1.0), 0.2),
    ],
)
def test_probability(model: Calibration, measured: Signals, probability: float) -> None:
    assert model.probability(measured) == pytest.approx(probability)


def test_signals_count_by_their_deviation_and_no_further_than_four_of_them() -> None:
    scaled = Calibration(
        mean=np.full(SIZE, 0.5),
        deviation=np.full(SIZE, 0.1),
        weights=np.eye(SIZE)[0],
        products=np.zeros((SIZE, SIZE)),
        intercept=0.0,
        threshold=0.5,
        hopeless=0.1,
    )
    values = {SIGNAL_NAMES[0]: 0.7}
    assert scaled.probability(signals(**values)) == pytest.approx(1 / (1 + exp(-2)))
    for far in (0.9, 5.0):
        assert scaled.probability(signals(**{SIGNAL_NAMES[0]: far})) == pytest.approx(
            1 / (1 + exp(-4))
        )


@given(SIGNALS, st.sampled_from(list(Situation)))
def test_the_stored_calibrations_by_their_formula(measured: Signals, situation: Situation) -> None:
    stored = json.loads(WEIGHTS_FILE.read_text("utf-8"))[situation.value]
    log_odds = stored["intercept"]
    z = {}
    for name, value in zip(SIGNAL_NAMES, astuple(measured), strict=True):
        mean, deviation, weight = stored["signals"][name]
        z[name] = max(-4.0, min(4.0, (value - mean) / deviation))
        log_odds += weight * z[name]
    for names, weight in stored["products"].items():
        one, other = names.split()
        log_odds += weight * z[one] * z[other]
    expected = 1 / (1 + exp(-max(-700, min(700, log_odds))))
    found = calibrations()[situation].probability(measured)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert 0 <= found <= 1


def test_what_is_stored_reads_back() -> None:
    for model in calibrations().values():
        again = Calibration.from_json(json.loads(json.dumps(model.as_json())))
        assert again.as_json() == model.as_json()
        assert 0 < model.threshold < 1
        assert (model.deviation > 0).all()
        assert model.products[np.tril_indices(SIZE, -1)].sum() == 0


def test_a_file_that_lacks_a_signal_is_refused() -> None:
    stored = calibrations()[Situation.MATCHES].as_json()
    del stored["signals"]["run"]
    with pytest.raises(KeyError, match="run"):
        Calibration.from_json(stored)


@pytest.mark.parametrize("situation", [Situation.WORDS, Situation.PAIRS])
def test_without_matches_similarities_weigh_nothing(situation: Situation) -> None:
    model = calibrations()[situation]
    similar = [SIGNAL_NAMES.index(f.name) for f in fields(Signals) if f.default == 0.0]
    assert similar
    assert not model.weights[similar].any()
    assert not model.products[similar].any()
    assert not model.products[:, similar].any()


def test_the_situation_is_seen_by_what_was_measured() -> None:
    assert Situation.of(signals(passage_similarity=0.4)) is Situation.MATCHES
    assert Situation.of(words_alone(signals(passage_similarity=0.4))) is Situation.WORDS
    assert Situation.of(signals(ideographs=0.8)) is Situation.PAIRS
    assert Situation.of(signals(ideographs=0.1)) is Situation.WORDS


def test_nothing_to_read_is_nothing_found() -> None:
    assert judge(ask("oil?"), [], [], [], readable=True) == Judgement(
        answers=False, probability=0.0, silence=Silence.NOTHING_FOUND, hopeless=True
    )


def test_what_says_it_word_for_word_answers_and_something_else_does_not() -> None:
    question = "Who cleans the coffee machine of the Strider workshop?"
    told = "The coffee machine of the Strider workshop is cleaned by Mette Holm."
    others = ["The canteen sells bread.", "Parking is free.", "Trains are booked here."]
    right = judged(question, told, *others)
    wrong = judged(question, *others)
    assert right.answers
    assert right.silence is None
    assert right.uncovered == ()
    assert not wrong.answers
    assert wrong.probability < right.probability
    assert wrong.silence is Silence.NOT_COVERED
    assert "Strider" in " ".join(wrong.uncovered)


@pytest.mark.parametrize(("above", "answers"), [(0.0, True), (1e-6, False)])
def test_the_answer_turns_at_the_threshold(
    monkeypatch: pytest.MonkeyPatch, *, above: float, answers: bool
) -> None:
    asked = ask("Who cleans the coffee machine?")
    found = hit("The coffee machine is cleaned by Mette.", lexical=1.0)
    read, candidates = passage(asked, found)
    model = calibrations()[Situation.WORDS]
    probability = model.probability(measure(asked, [read], candidates, [found]))
    strict = {Situation.WORDS: replace(model, threshold=probability + above)}
    monkeypatch.setattr(answerability, "calibrations", lambda: strict)
    verdict = judge(asked, [read], candidates, [found], readable=False)
    assert verdict.probability == probability
    assert verdict.answers is answers


def test_the_kind_is_missing_where_all_words_are_there() -> None:
    asked = ask("When was the red mill rebuilt after the fire?", other=0.3)
    found = hit("Red is a colour. A fire may burn a mill. After that it is rebuilt.", lexical=0.1)
    read, candidates = passage(asked, found)
    verdict = judge(asked, [read], candidates, [found], readable=False)
    expected = None if verdict.answers else Silence.KIND_MISSING
    assert verdict.uncovered == ()
    assert verdict.silence is expected


def test_words_decide_where_the_embedder_does_not_read_the_question() -> None:
    asked = ask("Oil pump", spans=((0, 3), (4, 8)))
    found = hit("grease machine", lexical=1.0)
    read, candidates = passage(asked, found, [[0.9, 0.1], [0.1, 0.9]])
    by_words = judge(asked, [read], candidates, [found], readable=False)
    by_meaning = judge(asked, [read], candidates, [found], readable=True)
    measured = measure(asked, [read], candidates, [found])
    bare = words_alone(measured)
    assert by_words.probability == calibrations()[Situation.WORDS].probability(bare)
    assert by_meaning.probability == calibrations()[Situation.MATCHES].probability(measured)
