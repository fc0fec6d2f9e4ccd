"""The extractive generator: the best sentences, word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.extractive import ExtractiveGenerator
from service.answering.types import Draft, Evidence, Question, ReadSentence
from tests.service.test_prompt import passage

SCORES = st.lists(st.lists(st.floats(0.01, 1), max_size=4), max_size=4)


def evidence(*scores: list[float]) -> list[Evidence]:
    """One passage for each list, with one sentence for each score."""
    return [read(number, own) for number, own in enumerate(scores, 1)]


def read(number: int, scores: list[float]) -> Evidence:
    texts = [f"Sentence {i} of {number}." for i in range(len(scores))]
    whole = passage(number, " ".join(texts))
    starts = [whole.hit.chunk.text.index(text) for text in texts]
    sentences = tuple(
        ReadSentence(text, start, start + len(text), score)
        for text, start, score in zip(texts, starts, scores, strict=True)
    )
    return Evidence(number, whole.hit, sentences)


def drafts(found: list[Evidence]) -> list[Draft]:
    return list(ExtractiveGenerator().generate(Question("?"), "en", found))


def test_a_second_sentence_only_when_it_is_nearly_as_good() -> None:
    assert drafts(evidence([0.5, 1.0], [0.79])) == [Draft("Sentence 1 of 1.", (1,))]
    assert drafts(evidence([0.5, 1.0], [0.8])) == [
        Draft("Sentence 1 of 1.", (1,)),
        Draft("Sentence 0 of 2.", (2,)),
    ]


def test_never_a_third() -> None:
    assert len(drafts(evidence([1.0, 1.0, 1.0], [1.0]))) == 2


def test_sentences_of_one_passage_stand_in_the_order_of_the_passage() -> None:
    assert [draft.text for draft in drafts(evidence([0.1], [0.9, 0.2, 1.0]))] == [
        "Sentence 0 of 2.",
        "Sentence 2 of 2.",
    ]


def test_sentences_of_two_passages_stand_best_first() -> None:
    assert [draft.numbers for draft in drafts(evidence([0.9], [1.0]))] == [(2,), (1,)]


def test_of_equal_sentences_the_first_is_taken() -> None:
    assert [draft.text for draft in drafts(evidence([0.1, 0.7], [0.7, 0.7]))] == [
        "Sentence 1 of 1.",
        "Sentence 0 of 2.",
    ]


@pytest.mark.parametrize("found", [[], evidence([]), evidence([], [])])
def test_nothing_read_is_nothing_said(found: list[Evidence]) -> None:
    assert drafts(found) == []


@given(SCORES)
def test_every_draft_is_a_sentence_of_the_passage_that_it_names(scores: list[list[float]]) -> None:
    found = evidence(*scores)
    written = drafts(found)
    assert bool(written) == any(scores)
    best = max((score for own in scores for score in own), default=0)
    for draft in written:
        (number,) = draft.numbers
        item = found[number - 1]
        (sentence,) = (each for each in item.sentences if each.text == draft.text)
        assert item.hit.chunk.text[sentence.start : sentence.end] == draft.text
        assert sentence.score >= 0.8 * best
