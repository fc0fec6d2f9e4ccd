"""The evidence as it is read: numbered, cut into statements, scored, and judged as a whole."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pytest

from indexes.embedder import Embedder
from indexes.language import analyze, detect
from indexes.search import LocalIndex
from indexes.types import Filters, Hit, Mode, Scope
from service.answering import reading
from service.answering.answerability import Signals, answers
from service.answering.reading import PASSAGES_READ, Reading, read
from service.answering.statements import statements
from service.answering.types import ReadSentence
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
PRICES = make_document(
    "vi/gia.md",
    "Bảng giá phụ tùng\n\nTên | Giá bán\nNắp cảm biến | 18\nHộp số | 310",
    title="Giá",
    language="vi",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    return LocalIndex.open(
        write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0], embedder
    )


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[Signals]:
    """What was measured of the evidence, one entry for each reading that had any."""
    measured: list[Signals] = []

    def watched(found: Signals, *, readable: bool) -> bool:
        measured.append(found)
        return answers(found, readable=readable)

    monkeypatch.setattr(reading, "answers", watched)
    return measured


def hits(index: LocalIndex, question: str, k: int = 8) -> tuple[Hit, ...]:
    return index.search(question, Scope.of([]), Filters(), k, Mode.HYBRID).hits


def read_all(index: LocalIndex, question: str, k: int = 8) -> Reading:
    return read(question, detect(question), hits(index, question, k), index)


def scores(found: Reading) -> dict[str, float]:
    return {each.text: each.score for item in found.evidence for each in item.sentences}


def share(rarity: Mapping[str, float], held: set[str], power: int) -> float:
    raised = {term: value**power for term, value in rarity.items()}
    return sum(value for term, value in raised.items() if term in held) / sum(raised.values())


def best(found: Reading) -> ReadSentence:
    return max((each for item in found.evidence for each in item.sentences), key=lambda e: e.score)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_hit_is_numbered_and_the_first_ones_are_read(
    index: LocalIndex, question: str
) -> None:
    found = hits(index, question)
    evidence = read_all(index, question).evidence
    assert [item.number for item in evidence] == list(range(1, len(found) + 1))
    assert [item.hit for item in evidence] == list(found)
    assert len(evidence) > PASSAGES_READ
    for item in evidence:
        text = item.hit.chunk.text
        spans = [(each.start, each.end) for each in statements(text)]
        read_spans = [(each.start, each.end) for each in item.sentences]
        assert read_spans == (spans if item.number <= PASSAGES_READ else [])
        assert all(text[each.start : each.end] == each.text for each in item.sentences)


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
    assert found.answers


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
    found = read_all(index, question)
    assert found.evidence
    assert not found.answers


def test_no_hits_answer_nothing(index: LocalIndex) -> None:
    assert read(QUESTION, "en", (), index) == Reading((), answers=False)


def test_hits_without_statements_answer_nothing(index: LocalIndex) -> None:
    (hit,) = hits(index, QUESTION, 1)
    blank = replace(hit, chunk=replace(hit.chunk, text=" "))
    found = read(QUESTION, "en", (blank,), index)
    assert [item.sentences for item in found.evidence] == [()]
    assert not found.answers


def test_the_score_of_a_sentence_where_the_encoder_cannot_read(index: LocalIndex) -> None:
    question = "Đơn xin nghỉ phép gửi cho ai?"
    found = read_all(index, question)
    asked = dict.fromkeys(analyze(question, "vi"))
    rarity = {term: index.rarity(term) for term in asked}
    for item in found.evidence:
        for each in item.sentences:
            own = set(analyze(each.text, item.hit.document.language))
            covered = sum(value for term, value in rarity.items() if term in own)
            coverage = covered / sum(rarity.values())
            # Asked for a person; a text with letters beyond ASCII may hold a name.
            mismatch = each.text.isascii()
            expected = 0.5 * coverage + 0.3 * item.hit.score - 0.1 * mismatch
            assert each.score == pytest.approx(expected)


def test_the_score_of_a_sentence_where_the_encoder_reads(
    index: LocalIndex, embedder: Embedder
) -> None:
    question = "Where are trains booked?"
    (hit,) = hits(index, question, 1)
    (sentence,) = read(question, "en", (hit,), index).evidence[0].sentences
    assert sentence.text == hit.chunk.text == "Trains are booked through the travel desk."
    asked, said = embedder.embed_tokens([question, hit.chunk.text])
    nearest = (asked.values @ said.values.T).max(axis=1)
    # "Where are trains booked ?": the function words and the mark count a quarter.
    similarity = np.average(nearest, weights=[0.25, 0.25, 1, 1, 0.25])
    assert sentence.score == pytest.approx(0.5 + 0.5 * similarity + 0.3 * hit.score, abs=1e-5)


def test_signals_where_the_encoder_cannot_read(index: LocalIndex, signals: list[Signals]) -> None:
    question = "员工有多少天年假？"
    found = hits(index, question)
    read(question, "zh", found, index)
    (measured,) = signals
    rarity = {term: index.rarity(term) for term in ("员工", "工有", "天年", "年假")}
    held = {"员工", "天年", "年假"}
    lexical = [hit.legs["lexical"] for hit in found]
    others = sum(sorted(lexical)[:-1]) / (len(lexical) - 1)
    expected = {
        "soft_coverage": share(rarity, held, 1),
        "rare_coverage": share(rarity, held, 2),
        "bigrams": 1 / 3,
        "mismatch": 0.0,
        "asks_for_person": 0.0,
        "mean_rarity": sum(rarity.values()) / 4,
        "top_rarity": 1.0,
        "lexical_lead": (max(lexical) - others) / max(lexical),
        "context_similarity": 0.0,
        "rare_similarity": 0.0,
        "passage_lead": 0.0,
        "sentence_lead": 0.0,
    }
    assert asdict(measured) == pytest.approx(expected)


def test_signals_where_the_encoder_reads(index: LocalIndex, signals: list[Signals]) -> None:
    read_all(index, QUESTION)
    read_all(index, "Who won the chess tournament in Reykjavik?")
    told, untold = signals
    assert told.asks_for_person == told.mismatch == 0.0
    assert untold.asks_for_person == untold.top_rarity == 1.0
    assert untold.bigrams == untold.rare_coverage == untold.lexical_lead == 0.0
    for name in ("soft_coverage", "rare_coverage", "bigrams", "context_similarity"):
        assert getattr(told, name) > 0.5 > getattr(untold, name)
    for name in ("rare_similarity", "passage_lead", "sentence_lead"):
        assert getattr(told, name) > getattr(untold, name)


def test_a_sentence_that_names_nobody_does_not_say_who(
    index: LocalIndex, signals: list[Signals]
) -> None:
    assert best(read_all(index, "Who books trains?")).text.startswith("Trains are booked")
    (measured,) = signals
    assert measured.asks_for_person == measured.mismatch == 1.0


def test_what_stands_over_a_statement_lends_it_its_words(index: LocalIndex) -> None:
    (chunk, _) = make_entry(PRICES)[1]
    whole = replace(chunk, text=PRICES.text, end=len(PRICES.text))
    found = read("Giá bán phụ tùng: nắp cảm biến?", "vi", (Hit(1, 1.0, whole, PRICES.info),), index)
    assert [each.text for each in found.evidence[0].sentences] == [
        "Nắp cảm biến | 18",
        "Hộp số | 310",
    ]
    held = scores(found)
    # The row and what stands over it hold the whole question, the other row all but its own words.
    assert held["Nắp cảm biến | 18"] == pytest.approx(0.5 + 0.3)
    assert 0.3 < held["Hộp số | 310"] < 0.8
