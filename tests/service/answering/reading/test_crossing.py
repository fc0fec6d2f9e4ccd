"""Pairs of characters that reach from one word of a question into the next."""

from hypothesis import given
from hypothesis import strategies as st

from indexes.language import analyze
from service.answering.reading.crossing import crossings

PAGE = "经销商的整机折扣：银牌 17%，优惠另计。性能指标见附表。"
KNOWN = frozenset(analyze(PAGE, "zh"))


def known(pair: str) -> bool:
    return pair in KNOWN


def test_what_relates_words_makes_no_word_with_its_neighbours() -> None:
    assert crossings("整机能优惠吗", known) == {"机能", "能优", "惠吗"}


def test_a_pair_between_two_that_are_known_has_no_character_of_its_own() -> None:
    assert crossings("经销整机", known) == {"销整"}


def test_a_word_that_the_collection_knows_stays_whatever_it_is_made_of() -> None:
    assert crossings("性能指标", known) == frozenset()


def test_a_word_that_the_collection_lacks_is_still_missed() -> None:
    assert not crossings("银牌退货", known) & {"退货"}
    assert not crossings("退货", known)


def test_a_pair_that_is_a_word_elsewhere_in_the_question_is_missed() -> None:
    assert "销整" not in crossings("经销整机，销整", known)


def test_the_traditional_question_has_the_same() -> None:
    assert crossings("經銷整機", known) == {"销整"}


def test_other_scripts_have_none() -> None:
    assert crossings("Which aerator, and 17 %? Bao nhiêu?", known) == frozenset()


@given(st.text(alphabet="经销商整机能优惠退货多少 a1，", max_size=20))
def test_only_pairs_of_the_question_that_the_collection_lacks(question: str) -> None:
    found = crossings(question, known)
    assert found <= {question[place : place + 2] for place in range(len(question))}
    assert not found & KNOWN
