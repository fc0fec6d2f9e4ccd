"""A model of entailment decides where one is configured; no model talks a number into a text."""

import pytest

from indexes.entailment import EntailmentModel, EntailmentSettings
from service.answering.checking.checker import Checker, Examination
from service.answering.checking.entailed import entailed_support
from service.answering.checking.statement import Statement
from service.answering.checking.support import AT_MOST_WHEN_WRONG
from service.answering.types import Method
from tests.indexes.test_entailment import named
from tests.service.answering.checking.test_spans import passage

LEAVE = "Leave lasts 15 weeks. The train is late."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> EntailmentModel:
    folder = named(tmp_path_factory.mktemp("nli"), ["entailment", "neutral"])
    return EntailmentModel(EntailmentSettings(str(folder), "cpu"))


def test_the_best_span_and_its_score_are_the_models(model: EntailmentModel) -> None:
    made = passage(LEAVE)
    said = Statement.of("Leave of 15 weeks.", "en")
    support = entailed_support(said, made, model)
    assert support is not None
    scores = model.entailed([(made.text(each), said.text) for each in made.candidates])
    assert support.method is Method.ENTAILMENT
    assert support.score in [pytest.approx(score, abs=1e-6) for score in scores]


def test_a_missing_number_is_no_support(model: EntailmentModel) -> None:
    support = entailed_support(Statement.of("Leave of 16 weeks.", "en"), passage(LEAVE), model)
    assert support is not None
    assert support.score <= AT_MOST_WHEN_WRONG


def test_it_reads_what_shares_no_word_and_leaves_quotes_alone(model: EntailmentModel) -> None:
    made = passage(LEAVE)
    assert entailed_support(Statement.of("vpn", "en"), made, model) is not None
    examination = Examination.of([made], "en", Checker(entailment=model))
    quote = examination.examine("Leave lasts 15 weeks.", (1,))
    assert [support.method for support in quote.supports] == [Method.QUOTE]
