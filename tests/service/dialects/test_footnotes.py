import json

from hypothesis import given

from service.dialects.footnotes import extension
from tests.service.dialects.told import ANSWERS, LEAVE, LINKS, SNAPSHOT, Told, abstained, told


@given(ANSWERS)
def test_sentences_and_quotes_stand_where_they_are_said_to(made: Told) -> None:
    extra = json.loads(json.dumps(extension(made.answer, "req-1", LINKS)))
    assert extra["text"] == made.answer.text
    for sentence, own in zip(extra["sentences"], made.answer.sentences, strict=True):
        assert extra["text"][sentence["start"] : sentence["end"]] == sentence["text"]
        assert sentence["citations"] == list(own.citations)
        assert (sentence["verdict"], sentence["score"]) == ("supported", 1.0)
    for citation, own_citation in zip(extra["citations"], made.answer.citations, strict=True):
        assert citation["label"] == own_citation.label
        assert citation["quote"] == own_citation.quote
        assert citation["end"] - citation["start"] == len(citation["quote"])
        assert citation["url"] == LINKS.citation(own_citation)


def test_an_answer_says_who_wrote_it_and_from_what() -> None:
    extra = extension(told("vi").answer, "req-1", LINKS)
    assert (extra["request_id"], extra["snapshot"]) == ("req-1", SNAPSHOT)
    assert extra["question"] == "How long is parental leave?"
    assert (extra["language"], extra["generator"]) == ("vi", "extractive")
    assert (extra["abstained"], extra["reason"], extra["silence"]) == (False, None, None)


def test_an_abstention_says_why() -> None:
    extra = json.loads(json.dumps(extension(abstained(LEAVE).answer, "req-1", LINKS)))
    assert (extra["abstained"], extra["silence"]) == (True, "not_covered")
    assert extra["reason"] == "The documents touch on this, but do not answer it."
    assert extra["text"] == ""
    assert extra["sentences"] == extra["citations"] == []
