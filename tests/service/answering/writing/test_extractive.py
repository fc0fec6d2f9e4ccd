"""The extractive generator: the sentences that answer best, word for word, and few of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.types import Author, Brief, Draft, Evidence, Question, ReadSentence
from service.answering.writing.extractive import ExtractiveGenerator
from tests.service.answering.writing.briefs import drafts_of, passage

SCORES = st.lists(st.lists(st.floats(0, 1), max_size=4), max_size=4)


def brief(*scores: list[float], documents: tuple[int, ...] = ()) -> Brief:
    """One passage for each list, with one sentence for each score; each its own document."""
    evidence, sentences = [], []
    for number, own in enumerate(scores, 1):
        texts = [f"Sentence {i} of {number}." for i in range(len(own))]
        item = passage(number, " ".join(texts))
        if documents:
            info = replace(item.document, id=f"{documents[number - 1]:032x}")
            item = replace(item, hits=(replace(item.hit, document=info),))
        evidence.append(item)
        for text, score in zip(texts, own, strict=True):
            start = item.text.index(text)
            sentences.append(ReadSentence(number, text, start, start + len(text), score))
    return Brief(Question("?"), "en", tuple(evidence), tuple(sentences))


def drafts(asked: Brief) -> list[Draft]:
    return drafts_of(ExtractiveGenerator().generate(asked))


def test_it_says_who_writes_first() -> None:
    generator = ExtractiveGenerator()
    assert next(iter(generator.generate(brief([1.0])))) == Author("extractive")
    assert generator.name == "extractive"
    assert generator.version


def test_another_sentence_of_the_document_may_be_somewhat_worse() -> None:
    assert drafts(brief([0.87, 0.8, 0.7])) == [
        Draft("Sentence 0 of 1.", (1,)),
        Draft("Sentence 1 of 1.", (1,)),
    ]
    assert drafts(brief([0.88, 0.8])) == [Draft("Sentence 0 of 1.", (1,))]


def test_one_of_another_document_must_be_as_good() -> None:
    assert drafts(brief([0.9], [0.89])) == [
        Draft("Sentence 0 of 1.", (1,)),
        Draft("Sentence 0 of 2.", (2,)),
    ]
    assert drafts(brief([0.9], [0.88])) == [Draft("Sentence 0 of 1.", (1,))]


def test_two_passages_of_one_document_are_one_document() -> None:
    found = drafts(brief([0.9], [0.85], [0.85], documents=(7, 7, 8)))
    assert [draft.numbers for draft in found] == [(1,), (2,)]


def test_never_a_fourth_sentence() -> None:
    assert len(drafts(brief([0.9, 0.9, 0.9, 0.9]))) == 3
    assert len(drafts(brief([0.9], [0.9], [0.9], [0.9]))) == 3


def test_where_several_documents_answer_each_is_heard_once() -> None:
    found = drafts(brief([0.9, 0.85], [0.89, 0.88]))
    assert [draft.numbers for draft in found] == [(1,), (2,)]


def test_a_list_and_its_items_are_not_both_said() -> None:
    text = "Bring: a badge, a form."
    item = passage(1, text)
    whole = ReadSentence(1, text, 0, len(text), 0.9)
    part = ReadSentence(1, "a badge", 7, 14, 0.89)
    other = ReadSentence(2, "a form", 7, 13, 0.89)
    asked = Brief(Question("?"), "en", (item, passage(2, "Signed a form.")), (part, whole, other))
    assert drafts(asked) == [Draft(text, (1,)), Draft("a form", (2,))]


def test_sentences_of_one_passage_stand_in_the_order_of_the_passage() -> None:
    assert [draft.text for draft in drafts(brief([0.1], [0.9, 0.2, 0.95]))] == [
        "Sentence 0 of 2.",
        "Sentence 2 of 2.",
    ]


def test_sentences_of_two_passages_stand_best_first() -> None:
    assert [draft.numbers for draft in drafts(brief([0.9], [0.91]))] == [(2,), (1,)]


def test_of_equal_sentences_the_first_is_taken() -> None:
    found = drafts(brief([0.1, 0.7], [0.7, 0.7]))
    assert [draft.text for draft in found] == ["Sentence 1 of 1.", "Sentence 0 of 2."]


@pytest.mark.parametrize("asked", [brief(), brief([]), brief([], [])])
def test_nothing_read_is_nothing_said(asked: Brief) -> None:
    assert drafts(asked) == []


@given(SCORES)
def test_every_draft_is_a_sentence_of_the_passage_that_it_names(scores: list[list[float]]) -> None:
    asked = brief(*scores)
    written = drafts(asked)
    assert bool(written) == any(scores)
    assert len(written) <= 3
    best = max((score for own in scores for score in own), default=0)
    evidence: dict[int, Evidence] = {item.number: item for item in asked.evidence}
    for draft in written:
        (number,) = draft.numbers
        (sentence,) = (
            each for each in asked.sentences if (each.number, each.text) == (number, draft.text)
        )
        assert evidence[number].text[sentence.start : sentence.end] == draft.text
        assert sentence.score >= best - 0.1
    assert len({draft.text for draft in written}) == len(written)
