"""From a question to an Answer: the events, the abstentions, the scope and the fallback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from indexes.embedder import Embedder
from indexes.errors import GenerationError, GenerationTimeout
from indexes.search import LocalIndex
from indexes.types import Filters, Scope
from service.answering.answer import Answerer
from service.answering.caching.cache import AnswerCache
from service.answering.types import (
    Answer,
    Author,
    Brief,
    Draft,
    Event,
    EvidenceFound,
    Generator,
    Judgement,
    Question,
    Release,
    SentenceReady,
    Silence,
    Turn,
    Usage,
    Verdict,
    Written,
)
from service.answering.writing.extractive import ExtractiveGenerator
from service.answering.writing.routing import Chain
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
ANSWERED = {
    "en": (QUESTION, SAID),
    "vi": (
        "Nhân viên được nghỉ phép bao nhiêu ngày?",
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
    ),
    "zh": ("员工有多少天年假？", "员工每年有十天年假。"),
}
SERVER = "http://10.1.2.3:8080/v1"


@dataclass(slots=True)
class Writer:
    """Writes the given sentences, then fails if it has an error to raise; keeps its briefs."""

    drafts: tuple[Draft, ...] = ()
    error: GenerationError | None = None
    name: str = "writer-1b"
    version: str = "1"
    briefs: list[Brief] = field(default_factory=list)

    def generate(self, brief: Brief) -> Iterator[Written]:
        self.briefs.append(brief)
        yield Author(self.name, "answer-9")
        yield from self.drafts
        if self.error is not None:
            raise self.error
        yield Usage(100, 20, 0.5)


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
) -> list[Event]:
    asked = Question(question) if isinstance(question, str) else question
    return list(Answerer(generator or ExtractiveGenerator()).ask(asked, index, scope))


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
    assert last.abstained
    assert last.silence in {Silence.NOT_COVERED, Silence.KIND_MISSING, Silence.UNCERTAIN}
    assert last.reason
    assert (last.text, last.sentences, last.citations) == ("", (), ())
    assert "total" in last.timings_ms


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_a_generator_may_decline(index: LocalIndex, language: str) -> None:
    given = answer(ask(index, ANSWERED[language][0], generator=Writer()))
    assert (given.abstained, given.silence) == (True, Silence.UNCERTAIN)
    assert (given.generator, given.prompt, given.usage) == (
        "writer-1b",
        "answer-9",
        Usage(100, 20, 0.5),
    )


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_where_nothing_is_found_nothing_is_written(index: LocalIndex, language: str) -> None:
    nowhere = Filters(path_prefix="nowhere/")
    writer = Writer(error=GenerationError("it must not be asked"))
    first, last = ask(index, Question(ANSWERED[language][0], filters=nowhere), generator=writer)
    assert first == EvidenceFound((), index.snapshot_id, ANSWERED[language][0])
    assert isinstance(last, Answer)
    assert (last.abstained, last.silence, last.text) == (True, Silence.NOTHING_FOUND, "")
    assert not writer.briefs


def test_a_question_in_another_language_is_declined_in_english(index: LocalIndex) -> None:
    nowhere = Filters(path_prefix="nowhere/")
    german = Question("Wie lange dauert der Urlaub in diesem Jahr?", filters=nowhere)
    given = answer(ask(index, german))
    english = answer(ask(index, Question(QUESTION, filters=nowhere)))
    assert (given.language, given.reason) == ("de", english.reason)


def test_nothing_outside_the_scope_is_shown_or_answered(index: LocalIndex) -> None:
    for groups in ([], ["it"]):
        events = ask(index, HIDDEN_QUESTION, Scope.of(groups))
        assert answer(events).abstained
        assert "quatloos" not in repr(events)
        assert "Salary bands" not in repr(events)
    given = answer(ask(index, HIDDEN_QUESTION, Scope.of(["hr"])))
    assert "ninety thousand quatloos" in given.text
    assert {citation.document.path for citation in given.citations} == {"hr/salaries.md"}
    assert ask(index, QUESTION, Scope(frozenset()))[0] == EvidenceFound(
        (), index.snapshot_id, QUESTION
    )


def test_top_k_and_filters_limit_the_evidence(index: LocalIndex) -> None:
    only = Filters(path_prefix="en/leave")
    for question in (Question(QUESTION, top_k=3), Question(QUESTION, (), 8, only)):
        found = ask(index, question)[0]
        assert isinstance(found, EvidenceFound)
        assert sum(len(item.hits) for item in found.evidence) <= question.top_k
        assert all(item.document.path.startswith(only.path_prefix) for item in found.evidence[:1])


def test_a_generator_is_given_the_evidence_that_is_shown(index: LocalIndex) -> None:
    writer = Writer()
    found = ask(index, ANSWERED["vi"][0], generator=writer)[0]
    assert isinstance(found, EvidenceFound)
    (brief,) = writer.briefs
    assert (brief.language, brief.evidence) == ("vi", found.evidence)
    assert brief.sentences


def test_vietnamese_typed_without_marks_is_answered_too(index: LocalIndex) -> None:
    given = answer(ask(index, "Nhan vien duoc nghi phep bao nhieu ngay?"))
    assert ANSWERED["vi"][1] in given.text
    assert answer(ask(index, "Chim hai au sai canh dai bao nhieu?")).abstained


def test_what_nothing_supports_is_withheld_or_marked(index: LocalIndex) -> None:
    drafts = (Draft("Zebras migrate in spring.", (1,)), Draft(SAID, (9,)))
    strict = answer(ask(index, QUESTION, generator=Writer(drafts)))
    assert (strict.text, strict.withheld) == (SAID, 1)
    assert [sentence.citations for sentence in strict.sentences] == [(1,)]
    flagged = answer(ask(index, Question(QUESTION, release=Release.FLAG), generator=Writer(drafts)))
    assert [s.verdict for s in flagged.sentences] == [Verdict.UNSUPPORTED, Verdict.SUPPORTED]
    assert [s.citations for s in flagged.sentences] == [(), (1,)]
    assert (flagged.text, flagged.withheld) == (f"Zebras migrate in spring. {SAID}", 0)


def test_where_nothing_is_left_the_documents_speak_or_nobody(index: LocalIndex) -> None:
    writer = Writer((Draft("Zebras migrate in spring.", (1,)),))
    alone = answer(ask(index, QUESTION, generator=writer))
    assert (alone.abstained, alone.silence, alone.withheld) == (True, Silence.UNSUPPORTED, 1)
    answerer = Answerer(writer, otherwise=ExtractiveGenerator())
    given = answer(list(answerer.ask(Question(QUESTION), index, EVERYONE)))
    assert SAID in given.text
    assert (given.generator, given.withheld) == ("extractive", 1)
    assert given.reason == "nothing that writer-1b wrote could be confirmed"


def test_links_to_elsewhere_do_not_leave(index: LocalIndex) -> None:
    linked = f"{SAID.removesuffix('.')} ([more](https://evil.example/?q=1))."
    given = answer(
        ask(
            index,
            Question(QUESTION, release=Release.FLAG),
            generator=Writer((Draft(linked, (1,)),)),
        )
    )
    assert "evil.example" not in repr(given)
    assert "weeks of paid parental leave" in given.text


def test_a_follow_up_is_looked_for_as_a_question_of_its_own(index: LocalIndex) -> None:
    history = (Turn("user", QUESTION), Turn("assistant", SAID))
    follow_up = Question("And how is it requested?", history)
    found, *_, last = ask(index, follow_up)
    assert isinstance(found, EvidenceFound)
    assert isinstance(last, Answer)
    assert found.question == last.question != follow_up.text
    assert "leave" in last.question
    assert found.evidence[0].document.path == "en/leave.md"
    assert answer(ask(index, QUESTION)).question == QUESTION


def test_a_remembered_answer_is_the_same_and_says_so(index: LocalIndex) -> None:
    answerer = Answerer(Writer((Draft(SAID, (1,)),)), cache=AnswerCache(10, 1.0))
    first = list(answerer.ask(Question(QUESTION), index, EVERYONE))
    again = list(answerer.ask(Question(f"  {QUESTION} "), index, EVERYONE))
    given, remembered = answer(first), answer(again)
    assert (given.cached, remembered.cached) == ("", "exact")
    assert replace(remembered, cached="", timings_ms=given.timings_ms, question=QUESTION) == given
    assert [type(event) for event in again] == [type(event) for event in first]
    assert again[1:-1] == first[1:-1]
    similar = answer(
        list(answerer.ask(Question(f"Could you tell me: {QUESTION.lower()}"), index, EVERYONE))
    )
    assert (similar.cached, similar.text) == ("similar", SAID)
    assert similar.evidence == given.evidence


def test_a_remembered_answer_stays_in_its_scope(index: LocalIndex) -> None:
    answerer = Answerer(ExtractiveGenerator(), cache=AnswerCache(10, 1.0))
    hr, outside = Scope.of(["hr"]), Scope.of(["it"])
    asked = Question(HIDDEN_QUESTION)
    assert "quatloos" in answer(list(answerer.ask(asked, index, hr))).text
    assert answer(list(answerer.ask(asked, index, outside))).abstained
    assert answer(list(answerer.ask(asked, index, hr))).cached == "exact"
    answerer.forget(index.manifest.collection, but="another")
    assert answer(list(answerer.ask(asked, index, hr))).cached == ""


def test_an_answer_with_trouble_is_not_remembered(index: LocalIndex) -> None:
    failing = Writer(error=GenerationError("down"))
    chain = Chain([failing, ExtractiveGenerator()], 5.0)
    answerer = Answerer(chain, cache=AnswerCache(10, 1.0))
    for _ in range(2):
        given = answer(list(answerer.ask(Question(QUESTION), index, EVERYONE)))
        assert (given.cached, given.generator) == ("", "extractive")
    assert len(failing.briefs) == 2


def test_personal_data_is_hidden_from_who_asks_for_that(index: LocalIndex) -> None:
    answerer = Answerer(ExtractiveGenerator(), hide=lambda text, _: text.replace("twenty", "█" * 6))
    shown = list(answerer.ask(Question(QUESTION), index, EVERYONE))
    hidden = list(answerer.ask(Question(QUESTION, mask=True), index, EVERYONE))
    assert "twenty" in answer(shown).text
    assert "twenty" not in repr(hidden[1:])
    assert len(answer(hidden).text) == len(answer(shown).text)


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
    chain = Chain([Writer(error=error), ExtractiveGenerator()], 5.0)
    events = ask(index, QUESTION, generator=chain)
    given = answer(events)
    alone = answer(ask(index, QUESTION))
    assert given.reason == f"writer-1b {why}; extractive stood in"
    assert given.generator == "extractive"
    assert not given.abstained
    assert (given.text, given.sentences) == (alone.text, alone.sentences)
    assert "10.1.2.3" not in repr(events)


@pytest.mark.parametrize("behind", [(), (ExtractiveGenerator(),)])
def test_what_was_released_before_a_failure_stays(
    index: LocalIndex, behind: tuple[Generator, ...]
) -> None:
    failing = Writer((Draft(SAID, (1,)),), GenerationError(f"{SERVER} broke the connection"))
    events = ask(index, QUESTION, generator=Chain([failing, *behind], 5.0))
    given = answer(events)
    assert [type(event) for event in events] == [EvidenceFound, SentenceReady, Answer]
    assert (given.text, given.generator, given.abstained) == (SAID, "writer-1b", False)
    assert [citation.quote for citation in given.citations] == [SAID]
    assert given.reason == "writer-1b failed before the answer was whole"
    assert "10.1.2.3" not in repr(events)


def test_without_anybody_behind_it_a_failure_is_the_callers(index: LocalIndex) -> None:
    events = Answerer(Writer(error=GenerationTimeout("too slow"))).ask(
        Question(QUESTION), index, EVERYONE
    )
    assert isinstance(next(events), EvidenceFound)
    with pytest.raises(GenerationTimeout, match="too slow"):
        list(events)


@pytest.mark.parametrize("hopeless", [True, False])
def test_who_judges_for_itself_is_asked_unless_there_is_no_hope(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch, *, hopeless: bool
) -> None:
    """Extraction, which cannot, keeps to what the reading came to, and does not stand in."""
    judgement = Judgement(
        answers=False, probability=0.2, silence=Silence.UNCERTAIN, hopeless=hopeless
    )
    monkeypatch.setattr("service.answering.reading.reader.judge", lambda *_, **__: judgement)
    writer = Writer((Draft(SAID, (1,)),))
    assert answer(ask(index, QUESTION, generator=writer)).abstained == hopeless
    assert [brief.answers for brief in writer.briefs] == [False] * (not hopeless)
    assert answer(ask(index, QUESTION)).abstained
    stray = Writer((Draft("Zebras migrate in spring.", (1,)),))
    answerer = Answerer(stray, otherwise=ExtractiveGenerator())
    given = answer(list(answerer.ask(Question(QUESTION), index, EVERYONE)))
    assert (given.abstained, given.generator) == (True, stray.name)
