"""What is measured of question and evidence: each figure by its definition."""

from dataclasses import fields
from math import exp, log, log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.types import Hit
from service.answering.reading.question import Asked
from service.answering.reading.signals import Signals, measure
from tests.service.answering.reading.asking import ask, hit, passage

WORDS = st.lists(
    st.sampled_from("oil pump gear valve filter seal red blue".split()), min_size=1, max_size=8
)


def signals(asked: Asked, *hits: Hit) -> Signals:
    read = [passage(asked, each) for each in hits]
    return measure(asked, [p for p, _ in read], [c for _, found in read for c in found], hits)


def test_coverages_are_shares_of_squared_rarity() -> None:
    asked = ask("oil pump valve", oil=0.8, pump=0.4, valv=0.4)
    found = signals(asked, hit("The oil."), hit("A pump.", 2), hit("Nothing.", 3))
    # In halves of the greatest rarity that counts: 4 + 1 + 1.
    assert found.anywhere_coverage == pytest.approx(5 / 6)
    assert found.passage_coverage == pytest.approx(4 / 6)
    assert found.missing == pytest.approx(log1p(0.5 + 0.5))
    assert found.nowhere == pytest.approx(log1p(0.5))


def test_a_word_that_none_holds_counts_like_one_that_few_hold() -> None:
    """Whether a document is hidden or was never there, its absence looks the same."""
    text = "Who greased the Zvornik pump?"
    hidden, absent = (
        signals(ask(text, zvornik=rarity), hit("The pump.")) for rarity in (0.85, 1.0)
    )
    for name in "anywhere_coverage passage_coverage missing nowhere top_rarity mean_rarity".split():
        assert getattr(hidden, name) == getattr(absent, name)


def test_proximity_falls_with_the_terms_between() -> None:
    asked = ask("oil pump")
    near = signals(asked, hit("The oil pump is red.")).proximity
    far = signals(asked, hit("The oil drips on red blue pump.")).proximity
    assert near == pytest.approx(1.0)
    assert far == pytest.approx(exp(-3 / 8))
    assert signals(asked, hit("The oil.")).proximity == 0


def test_run_is_the_longest_row_of_the_questions_terms() -> None:
    asked = ask("red oil pump valve")
    assert signals(asked, hit("A red oil tank, a pump valve and oil pump valve.")).run == 3 / 4
    assert signals(asked, hit("Valve pump oil red.")).run == 1 / 4
    assert signals(asked, hit("Nothing.")).run == 0


def test_names_are_capitals_inside_a_question_and_numbers() -> None:
    asked = ask("Greasing the Strider in 2024?")
    assert signals(asked, hit("Of the Strider in 2024.")).names == 1
    assert signals(asked, hit("Greasing of the Strider in 2023.")).names == 0
    assert signals(ask("Greasing the pump?"), hit("Nothing.")).names == 1


def test_leads_are_over_the_mean_of_the_others_and_over_another_document() -> None:
    asked = ask("oil pump")
    hits = hit("oil", 1, lexical=8.0), hit("oil", 2, lexical=4.0), hit("oil", 3)
    found = signals(asked, *hits)
    assert found.lexical_lead == pytest.approx((8 - 2) / 8)
    assert found.document_lead == pytest.approx((8 - 4) / 8)
    twice = (hits[0], Hit(2, 0.5, hits[0].chunk, hits[0].document, {"lexical": 6.0}), hits[2])
    assert signals(asked, *twice).document_lead == 1


def test_what_is_measured_of_the_question() -> None:
    found = signals(ask("Who has the oil pump?", oil=0.9, pump=0.4), hit("oil"))
    assert found.top_rarity == 1
    assert found.mean_rarity == pytest.approx((1 + 0.5) / 2)
    assert found.terms == pytest.approx(log(3))
    assert found.telling == 1 / 4
    assert found.asks_for_person == 1
    assert found.ideographs == 0
    assert signals(ask("谁有油泵？", "zh"), hit("油泵", language="zh")).ideographs == 4 / 5


def test_news_is_what_the_statement_adds() -> None:
    assert signals(ask("oil pump"), hit("The oil pump weighs forty.")).news == pytest.approx(1 / 2)


def test_similarities_are_those_of_the_matches() -> None:
    asked = ask("Oil pump", spans=((0, 3), (4, 8)), oil=0.5)
    first, read = passage(asked, hit("grease machine"), [[0.6, 0.2], [0.1, 0.4]])
    second, others = passage(asked, hit("red blue", 2), [[0.2, 0.0], [0.0, 0.2]])
    found = measure(asked, [first, second], [*read, *others], [first.hit, second.hit])
    assert found.passage_similarity == pytest.approx(0.5)
    assert found.context_similarity == pytest.approx(0.5)
    assert found.rare_similarity == pytest.approx((0.5 * 0.6 + 0.4) / 1.5)
    assert found.statement_similarity == pytest.approx((0.55 * 0.6 + 1.05 * 0.4) / 1.6)
    assert found.weakest == pytest.approx(min(1 - 0.5 * 0.4, 1 - 0.6))
    assert found.passage_lead == pytest.approx(0.3)
    assert found.similarity_lead == pytest.approx(0.3)
    assert found.sentence_lead == pytest.approx(0.3)


def test_without_matches_no_similarity() -> None:
    found = signals(ask("oil pump"), hit("oil pump"))
    similar = [f.name for f in fields(Signals) if f.default == 0.0]
    assert len(similar) == 8
    assert all(getattr(found, name) == 0 for name in similar)


@given(WORDS, WORDS, st.sampled_from("oil pump gear valve".split()))
def test_a_passage_that_says_more_never_covers_less(
    question: list[str], said: list[str], added: str
) -> None:
    asked = ask(" ".join(question))
    less = signals(asked, hit(" ".join(said)))
    more = signals(asked, hit(" ".join([*said, added])))
    assert more.anywhere_coverage >= less.anywhere_coverage
    assert more.passage_coverage >= less.passage_coverage
    assert more.missing <= less.missing
    assert more.run >= less.run


def test_a_question_without_terms() -> None:
    found = signals(ask("???"), hit("The oil pump."))
    assert (found.anywhere_coverage, found.proximity, found.run, found.terms) == (0, 0, 0, 0)
