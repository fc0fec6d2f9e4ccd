"""The evidence as it is read: by what the snapshot stores, in the evidence's own places."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from indexes.embedder import Embedder, Encoded, TokenVectors
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.search import LocalIndex, SearchResult
from indexes.types import Filters, Mode, Scope
from service.answering.evidence import gather
from service.answering.reading.reader import PASSAGES_READ, read
from service.answering.reading.statements import statements
from service.answering.types import Evidence, Reading, ReadSentence
from tests.indexes.documents import LIBRARY, make_document, make_entry
from tests.indexes.embedded import write

QUESTION = "How many weeks of paid parental leave does a parent get?"
QUESTIONS = [
    QUESTION,
    "Who cleans the coffee machine?",
    "Nhân viên được nghỉ phép bao nhiêu ngày?",
    "员工有多少天年假？",
    "???",
]
RIVERS = make_document(
    "en/strider.md", "The Strider gearbox weighs forty kilograms.", title="Strider"
)
HARBOUR = make_document(
    "en/walker.md", "The Walker engine weighs ninety kilograms.", title="Walker"
)
LEADS = make_document(
    "en/dredger.md",
    "In the Dredger look at:\nthe oil\nthe part that is replaced",
    title="Dredger",
)
ENTRIES = [*LIBRARY, make_entry(RIVERS), make_entry(HARBOUR), make_entry(LEADS)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(
        write(tmp_path_factory.mktemp("library"), ENTRIES, embedder)[0], embedder
    )


def search(index: LocalIndex, question: str, k: int = 8) -> SearchResult:
    return index.search(question, Scope.of([]), Filters(), k, Mode.HYBRID)


def one_each(result: SearchResult) -> tuple[Evidence, ...]:
    """Every hit as a passage of its own."""
    return tuple(
        Evidence(number, hit.chunk.text, hit.chunk.start, hit.chunk.end, (hit,))
        for number, hit in enumerate(result.hits, 1)
    )


def read_all(index: LocalIndex, question: str) -> Reading:
    result = search(index, question)
    return read(question, result, gather(result, index.catalog), index)


def best(found: Reading) -> ReadSentence:
    return max(found.sentences, key=lambda each: each.score)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_statements_of_the_first_hits_are_read(index: LocalIndex, question: str) -> None:
    result = search(index, question)
    evidence = one_each(result)
    assert len(evidence) > PASSAGES_READ
    found = read(question, result, evidence, index)
    for item in evidence:
        spans = [(one.start, one.end) for one in statements(item.text) if not one.whole]
        assert [
            (each.start, each.end) for each in found.sentences if each.number == item.number
        ] == (spans if item.number <= PASSAGES_READ else [])
    for each in found.sentences:
        assert evidence[each.number - 1].text[each.start : each.end] == each.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_places_are_those_of_the_evidence_however_wide_it_is(
    index: LocalIndex, question: str
) -> None:
    result = search(index, question)
    for room in (0, 10_000):
        evidence = gather(result, index.catalog, room)
        found = read(question, result, evidence, index)
        assert found.sentences
        for each in found.sentences:
            item = evidence[each.number - 1]
            assert item.text[each.start : each.end] == each.text
            begins = item.start + each.start
            assert any(
                hit.chunk.start <= begins and begins + len(each.text) <= hit.chunk.end
                for hit in item.hits
            )
        narrow = read(question, result, one_each(result), index)
        assert sorted((each.text, each.score) for each in found.sentences) == sorted(
            (each.text, each.score) for each in narrow.sentences
        )


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (QUESTION, "Every parent gets twenty weeks of paid parental leave."),
        ("When is the coffee machine cleaned?", "The coffee machine is cleaned every Friday."),
        (
            "Nhân viên được nghỉ phép bao nhiêu ngày?",
            "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
        ),
        ("员工有多少天年假？", "员工每年有十天年假。"),
    ],
)
def test_the_sentence_that_answers_is_best_and_answers(
    index: LocalIndex, question: str, sentence: str
) -> None:
    found = read_all(index, question)
    assert best(found).text == sentence
    assert found.judgement.answers


@pytest.mark.parametrize(
    "question",
    [
        "Who won the chess tournament in Reykjavik?",
        "What is the wingspan of an albatross?",
        "Chim hải âu sải cánh dài bao nhiêu?",
        "信天翁的翅膀有多长？",
    ],
)
def test_what_the_documents_do_not_say_is_not_answered(index: LocalIndex, question: str) -> None:
    assert not read_all(index, question).judgement.answers


@pytest.mark.parametrize("question", ["?", "👍", "…", "why?", "the", "什么？", "bao nhiêu?"])
def test_where_nothing_is_asked_nothing_answers(index: LocalIndex, question: str) -> None:
    judgement = read_all(index, question).judgement
    assert (judgement.answers, judgement.hopeless) == (False, True)


def test_an_abbreviation_asks_for_something(index: LocalIndex) -> None:
    assert not read_all(index, "What is IT?").judgement.hopeless


def test_what_is_said_of_another_place_answers_nothing(index: LocalIndex) -> None:
    """All that is missing is the name: nothing else has changed."""
    asked = "How many weeks of paid parental leave does a parent get in {}?"
    assert not read_all(index, asked.format("Norway")).judgement.answers


class Silent(WrappedEmbedder):
    """Reads no text."""

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        raise AssertionError(f"the model ran over {texts}")

    encode_passages = encode_queries

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        raise AssertionError(f"the model ran over {texts}")


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_model_runs(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch, embedder: Embedder, question: str
) -> None:
    result = search(index, question)
    evidence = gather(result, index.catalog)
    expected = read(question, result, evidence, index)
    monkeypatch.setattr(index, "embedder", Silent(embedder))
    assert read(question, result, evidence, index) == expected


def test_without_the_tokens_of_the_question_words_alone_count(index: LocalIndex) -> None:
    result = search(index, "How are trains booked?", 1)
    by_both, by_words = (
        read("How are trains booked?", each, one_each(each), index).sentences[0]
        for each in (result, replace(result, tokens=None))
    )
    assert by_words.text == by_both.text == "Trains are booked through the travel desk."
    assert by_words.score == pytest.approx(0.17 + 0.24 + 0.32 * result.hits[0].score)
    assert by_words.score + 0.1 < by_both.score < by_words.score + 0.27


def test_a_question_about_two_things_joins_their_documents(index: LocalIndex) -> None:
    compared = "What is the difference between the Strider gearbox and the Walker engine?"
    first, second, *others = sorted(
        read_all(index, compared).sentences, key=lambda each: -each.score
    )
    assert {first.text, second.text} == {RIVERS.text, HARBOUR.text}
    assert first.score == second.score
    assert all(each.score < first.score for each in others)
    plain = "Tell about the Strider gearbox and the Walker engine."
    first, second, *_ = sorted(read_all(index, plain).sentences, key=lambda each: -each.score)
    assert {first.text, second.text} == {RIVERS.text, HARBOUR.text}
    assert first.score > second.score


def test_what_leads_to_the_best_sentence_follows_it(index: LocalIndex) -> None:
    question = "Which part of the Dredger is replaced?"
    result = search(index, question)
    (hit,) = (hit for hit in result.hits if hit.document.path == "en/dredger.md")
    item = Evidence(1, hit.chunk.text, hit.chunk.start, hit.chunk.end, (hit,))
    found = read(question, result, (item,), index)
    first, second, *_ = sorted(found.sentences, key=lambda each: -each.score)
    assert first.text == "the part that is replaced"
    assert second.text == "In the Dredger look at:"
    assert item.text[second.start : second.end] == second.text


def test_a_list_whose_lead_was_asked_for_is_read_whole(index: LocalIndex) -> None:
    result = search(index, "What is in the Dredger?")
    (hit,) = (hit for hit in result.hits if hit.document.path == "en/dredger.md")
    item = Evidence(1, hit.chunk.text, hit.chunk.start, hit.chunk.end, (hit,))
    found = read("What is in the Dredger?", result, (item,), index)
    first, *_ = sorted(found.sentences, key=lambda each: (-each.score, each.start))
    assert first.text == item.text[first.start : first.end] == LEADS.text


def test_no_evidence_answers_nothing(index: LocalIndex) -> None:
    result = replace(search(index, QUESTION), hits=(), rows=())
    found = read(QUESTION, result, (), index)
    assert found.sentences == ()
    assert not found.judgement.answers


def test_evidence_without_statements_answers_nothing(index: LocalIndex) -> None:
    result = search(index, QUESTION, 1)
    (hit,) = result.hits
    blank = replace(hit, chunk=replace(hit.chunk, text=" "))
    found = read(
        QUESTION,
        replace(result, hits=(blank,)),
        (Evidence(1, " ", hit.chunk.start, hit.chunk.start + 1, (blank,)),),
        index,
    )
    assert found.sentences == ()
    assert not found.judgement.answers
