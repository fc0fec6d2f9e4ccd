"""From a question to an Answer: the events, the abstentions, the scope and the fallback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from indexes.embedder import Embedder
from indexes.errors import GenerationError, GenerationTimeout
from indexes.search import LocalIndex
from indexes.types import Filters, Scope
from service.answering.answer import Answerer
from service.answering.extractive import ExtractiveGenerator
from service.answering.types import (
    Answer,
    Draft,
    Event,
    Evidence,
    EvidenceFound,
    Generator,
    Question,
    SentenceReady,
    Verdict,
)
from tests.indexes.documents import LIBRARY
from tests.indexes.embedded import write

EVERYONE = Scope.of([])
QUESTION = "How many weeks of paid parental leave does a parent get?"
SAID = "Every parent gets twenty weeks of paid parental leave."
HIDDEN_QUESTION = "What is the salary band of a zoologist?"
UNKNOWN = {
    "en": "What is the wingspan of an albatross?",
    "vi": "Chim hải âu sải cánh dài bao nhiêu?",
    "zh": "信天翁的翅膀有多长？",
}
NO_ANSWER = {
    "en": "The documents touch on this, but do not answer it.",
    "vi": "Tài liệu có nhắc đến chủ đề này nhưng không trả lời câu hỏi.",
    "zh": "文档提到了相关内容，但没有回答这个问题。",
}
NOTHING_FOUND = {
    "en": "The documents hold nothing about this.",
    "vi": "Tài liệu không có thông tin nào về điều này.",
    "zh": "文档中没有与此相关的内容。",
}
ANSWERED = {
    "en": (QUESTION, SAID),
    "vi": (
        "Nhân viên được nghỉ phép bao nhiêu ngày?",
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
    ),
    "zh": ("员工有多少天年假？", "员工每年有十天年假。"),
}
SERVER = "http://10.1.2.3:8080/v1"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the given sentences, then fails if it has an error to raise."""

    drafts: tuple[Draft, ...] = ()
    error: GenerationError | None = None
    name: str = "writer-1b"

    def generate(
        self,
        question: Question,  # noqa: ARG002 (it writes the same whatever is asked)
        language: str,  # noqa: ARG002
        evidence: Sequence[Evidence],  # noqa: ARG002
    ) -> Iterator[Draft]:
        yield from self.drafts
        if self.error is not None:
            raise self.error


@dataclass(slots=True)
class Listener:
    """Keeps what a generator is given and writes nothing."""

    name: str = "listener"
    language: str = ""
    evidence: Sequence[Evidence] = ()

    def generate(
        self,
        question: Question,  # noqa: ARG002
        language: str,
        evidence: Sequence[Evidence],
    ) -> Iterator[Draft]:
        self.language, self.evidence = language, evidence
        return iter(())


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(
        write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0], embedder
    )


def ask(
    index: LocalIndex,
    question: str | Question,
    scope: Scope = EVERYONE,
    generator: Generator | None = None,
    fallback: Generator | None = None,
) -> list[Event]:
    asked = Question(question) if isinstance(question, str) else question
    return list(Answerer(generator or ExtractiveGenerator(), fallback).ask(asked, index, scope))


def answer(events: Sequence[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Answer)
    return last


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_the_events_of_an_answer(index: LocalIndex, language: str) -> None:
    question, said = ANSWERED[language]
    first, *ready, last = ask(index, question)
    assert isinstance(first, EvidenceFound)
    assert isinstance(last, Answer)
    assert first.snapshot == last.snapshot == index.snapshot_id
    released = [each for each in ready if isinstance(each, SentenceReady)]
    assert len(released) == len(ready) >= 1
    assert last.sentences == tuple(each.sentence for each in released)
    assert last.citations == tuple(c for each in released for c in each.citations)
    assert said in {sentence.text for sentence in last.sentences}
    assert (last.language, last.generator) == (language, "extractive")
    assert (last.abstained, last.reason) == (False, None)


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_sentences_and_quotes_stand_where_they_say(index: LocalIndex, language: str) -> None:
    given = answer(ask(index, ANSWERED[language][0]))
    for sentence in given.sentences:
        assert given.text[sentence.start : sentence.end] == sentence.text
        assert (sentence.verdict, sentence.score) == (Verdict.SUPPORTED, 1.0)
    for citation in given.citations:
        document = index.catalog.document(citation.document.id, EVERYONE)
        assert document.text[citation.start : citation.end] == citation.quote


def test_chinese_sentences_are_joined_without_a_space(index: LocalIndex) -> None:
    texts = ["员工每年有十天年假。", "年假须提前两周向主管申请。"]
    writer = Writer(tuple(Draft(text, (1,)) for text in texts))
    given = answer(ask(index, ANSWERED["zh"][0], generator=writer))
    assert given.text == "".join(texts)
    assert [given.text[s.start : s.end] for s in given.sentences] == texts


def test_every_stage_is_timed(index: LocalIndex) -> None:
    timings = answer(ask(index, QUESTION)).timings_ms
    assert set(timings) >= {"lexical", "dense", "read", "write", "total"}
    assert all(0 <= milliseconds <= timings["total"] for milliseconds in timings.values())


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_what_the_documents_do_not_say_is_declined(index: LocalIndex, language: str) -> None:
    first, last = ask(index, UNKNOWN[language])
    assert isinstance(first, EvidenceFound)
    assert isinstance(last, Answer)
    assert first.evidence
    assert (last.abstained, last.reason) == (True, NO_ANSWER[language])
    assert (last.text, last.sentences, last.citations) == ("", (), ())
    assert "total" in last.timings_ms


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_a_generator_may_decline(index: LocalIndex, language: str) -> None:
    given = answer(ask(index, ANSWERED[language][0], generator=Writer()))
    assert (given.abstained, given.reason) == (True, NO_ANSWER[language])
    assert given.generator == "writer-1b"


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_where_nothing_is_found_nothing_is_written(index: LocalIndex, language: str) -> None:
    nowhere = Filters(path_prefix="nowhere/")
    writer = Writer(error=GenerationError("it must not be asked"))
    first, last = ask(index, Question(ANSWERED[language][0], filters=nowhere), generator=writer)
    assert first == EvidenceFound((), index.snapshot_id)
    assert isinstance(last, Answer)
    assert (last.abstained, last.reason, last.text) == (True, NOTHING_FOUND[language], "")


def test_a_question_in_another_language_is_declined_in_english(index: LocalIndex) -> None:
    nowhere = Filters(path_prefix="nowhere/")
    german = Question("Wie lange dauert der Urlaub in diesem Jahr?", filters=nowhere)
    given = answer(ask(index, german))
    assert (given.language, given.reason) == ("de", NOTHING_FOUND["en"])


def test_nothing_outside_the_scope_is_shown_or_answered(index: LocalIndex) -> None:
    for groups in ([], ["it"]):
        events = ask(index, HIDDEN_QUESTION, Scope.of(groups))
        assert answer(events).abstained
        assert "quatloos" not in repr(events)
        assert "Salary bands" not in repr(events)
    given = answer(ask(index, HIDDEN_QUESTION, Scope.of(["hr"])))
    assert "ninety thousand quatloos" in given.text
    assert {citation.document.path for citation in given.citations} == {"hr/salaries.md"}
    assert ask(index, QUESTION, Scope(frozenset()))[0] == EvidenceFound((), index.snapshot_id)


def test_top_k_and_filters_limit_the_evidence(index: LocalIndex) -> None:
    only = Filters(path_prefix="en/leave")
    for question, count in ((Question(QUESTION, top_k=3), 3), (Question(QUESTION, (), 8, only), 2)):
        found = ask(index, question)[0]
        assert isinstance(found, EvidenceFound)
        assert [item.number for item in found.evidence] == list(range(1, count + 1))


def test_a_generator_is_given_the_evidence_that_is_shown(index: LocalIndex) -> None:
    listener = Listener()
    found = ask(index, ANSWERED["vi"][0], generator=listener)[0]
    assert isinstance(found, EvidenceFound)
    assert (listener.language, listener.evidence) == ("vi", found.evidence)


def test_a_sentence_that_nothing_supports_is_marked(index: LocalIndex) -> None:
    writer = Writer((Draft("Zebras migrate in spring.", (1,)), Draft(SAID, (9,))))
    given = answer(ask(index, QUESTION, generator=writer))
    assert [s.verdict for s in given.sentences] == [Verdict.UNSUPPORTED, Verdict.SUPPORTED]
    assert [s.citations for s in given.sentences] == [(), (1,)]
    assert given.text == f"Zebras migrate in spring. {SAID}"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (GenerationError(f"{SERVER} cannot be reached: refused"), "failed"),
        (GenerationTimeout(f"{SERVER} was silent for 20 s"), "took too long"),
    ],
)
def test_a_generator_that_fails_at_once_is_replaced(
    index: LocalIndex, error: GenerationError, why: str
) -> None:
    failing = Writer(error=error)
    events = ask(index, QUESTION, generator=failing, fallback=ExtractiveGenerator())
    given = answer(events)
    alone = answer(ask(index, QUESTION))
    assert given.reason == f"writer-1b {why}; extractive stood in"
    assert given.generator == "extractive"
    assert not given.abstained
    assert (given.text, given.sentences) == (alone.text, alone.sentences)
    assert "10.1.2.3" not in repr(events)


@pytest.mark.parametrize("fallback", [None, ExtractiveGenerator()])
def test_what_was_released_before_a_failure_stays(
    index: LocalIndex, fallback: Generator | None
) -> None:
    failing = Writer((Draft(SAID, (1,)),), GenerationError(f"{SERVER} broke the connection"))
    events = ask(index, QUESTION, generator=failing, fallback=fallback)
    given = answer(events)
    assert [type(event) for event in events] == [EvidenceFound, SentenceReady, Answer]
    assert (given.text, given.generator, given.abstained) == (SAID, "writer-1b", False)
    assert [citation.quote for citation in given.citations] == [SAID]
    assert given.reason == "writer-1b failed before the answer was whole"
    assert "10.1.2.3" not in repr(events)


def test_without_a_fallback_a_failure_is_the_callers(index: LocalIndex) -> None:
    events = Answerer(Writer(error=GenerationTimeout("too slow"))).ask(
        Question(QUESTION), index, EVERYONE
    )
    assert isinstance(next(events), EvidenceFound)
    with pytest.raises(GenerationTimeout, match="too slow"):
        list(events)


def test_a_fallback_that_fails_too_is_an_error(index: LocalIndex) -> None:
    first, second = (Writer(error=GenerationError(why)) for why in ("down", "down as well"))
    with pytest.raises(GenerationError, match="down as well"):
        ask(index, QUESTION, generator=first, fallback=second)


def test_a_generator_that_is_not_needed_is_not_asked(index: LocalIndex) -> None:
    given = answer(ask(index, UNKNOWN["en"], generator=Writer(error=GenerationError("asked"))))
    assert given.abstained
