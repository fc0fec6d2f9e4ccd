"""Approved answers as examples: what is kept of them, and when they no longer hold."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.answering.types import (
    Answer,
    Check,
    Citation,
    Draft,
    Method,
    Question,
    Sentence,
    Verdict,
)
from service.answering.writing.approved import Approved, ApprovedExamples, Quote
from service.answering.writing.examples import Example
from tests.service.answering.writing.briefs import brief, passage

TEXT = "# Leave\n\nParental leave is twenty weeks. It is paid.\nIt may be taken in parts.\n"
QUOTE = "Parental leave is twenty weeks."
ASKED = Question("How long is parental leave?")
SAID = "Parents get twenty weeks."


def an_answer(*verdicts: Verdict, quote: str = QUOTE, prompt: str = "answer-2") -> Answer:
    document = passage(1, TEXT).document
    check = Check(7, Verdict.SUPPORTED, 1.0, Method.WORDS)
    return Answer(
        text=SAID,
        abstained=not verdicts,
        reason=None,
        language="en",
        sentences=tuple(Sentence(SAID, 0, len(SAID), (check,), each, 1.0) for each in verdicts),
        citations=(Citation(7, document, "c", (), quote, 9, 9 + len(quote), None),),
        snapshot="s",
        generator="model",
        timings_ms={},
        question=ASKED.text,
        prompt=prompt,
    )


def approved(quote: str = QUOTE) -> Approved:
    made = Approved.of(an_answer(Verdict.SUPPORTED, quote=quote), ASKED)
    assert made is not None
    return made


def test_an_answer_becomes_an_example_with_the_lines_around_its_quote() -> None:
    assert approved().example(lambda _: TEXT) == Example(
        "en",
        ASKED.text,
        ("Parental leave is twenty weeks. It is paid.",),
        (Draft(SAID, (1,)),),
    )


def test_what_is_kept_is_read_again() -> None:
    assert Approved.read(approved("育儿假 “二十”周").as_json()) == approved("育儿假 “二十”周")
    assert approved().quotes == (Quote(f"{1:032x}", QUOTE),)


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        (an_answer(), ASKED),
        (an_answer(Verdict.SUPPORTED, Verdict.PARTIAL), ASKED),
        (an_answer(*[Verdict.SUPPORTED] * 5), ASKED),
        (an_answer(Verdict.SUPPORTED, prompt=""), ASKED),
        (an_answer(Verdict.SUPPORTED), replace(ASKED, mask=True)),
    ],
    ids=["silent", "partly supported", "long", "extracted", "masked"],
)
def test_no_other_answer_is_kept(answer: Answer, question: Question) -> None:
    assert Approved.of(answer, question) is None


@pytest.mark.parametrize(
    "text", [None, "", "Parental leave is thirty weeks. It is paid."], ids=["gone", "empty", "new"]
)
def test_an_example_whose_quote_is_no_longer_said_is_not_shown(text: str | None) -> None:
    assert approved().example(lambda _: text) is None


def test_of_two_quotes_both_must_hold() -> None:
    two = replace(approved(), quotes=(approved().quotes[0], Quote("d", "It is paid.")))
    texts = {f"{1:032x}": TEXT, "d": TEXT}
    shown = two.example(texts.get)
    assert shown is not None
    assert len(shown.passages) == 2
    assert two.example((texts | {"d": "It is unpaid."}).get) is None


def test_of_a_long_line_the_quote_alone_is_shown_and_no_long_quote() -> None:
    shown = approved().example(lambda _: TEXT.replace(" It is paid.", " It is paid." * 60))
    assert shown is not None
    assert shown.passages == (QUOTE,)
    long = "word " * 200
    assert approved(long).example(lambda _: long) is None


class Shelf:
    """Examples of one collection."""

    def __init__(self, examples: Sequence[Example], version: str = "1") -> None:
        self._examples = examples
        self.version = version

    def standing(self, collection: str) -> Sequence[Example]:
        return self._examples if collection == "handbook" else ()


NEAR = Example("en", "How long is parental leave here?", ("a",), (Draft("a", (1,)),))
FAR = Example("en", "Who bakes?", ("a",), (Draft("a", (1,)),))
SILENT = Example("en", "Who flies?", ("a",), ())


def test_the_nearest_are_of_those_approved_of_and_of_those_written() -> None:
    shown = ApprovedExamples(Shelf([NEAR]), (FAR, SILENT), 2).for_brief(brief())
    assert list(shown) == [NEAR, SILENT]
    same = replace(FAR, passages=("b",))
    assert list(ApprovedExamples(Shelf([same]), (FAR,), 1).for_brief(brief())) == [same]


def test_examples_of_another_collection_are_not_shown() -> None:
    (mine,) = brief().evidence[:1]
    document = replace(mine.document, collection="wiki")
    other = replace(mine, hits=(replace(mine.hit, document=document),))
    shown = ApprovedExamples(Shelf([NEAR]), (FAR,), 2).for_brief(brief(evidence=[other]))
    assert list(shown) == [FAR]


def test_an_approval_changes_the_version() -> None:
    versions = {
        ApprovedExamples(Shelf([], "1"), (FAR,), 2).version,
        ApprovedExamples(Shelf([], "2"), (FAR,), 2).version,
        ApprovedExamples(Shelf([], "1"), (SILENT,), 2).version,
    }
    assert len(versions) == 3
