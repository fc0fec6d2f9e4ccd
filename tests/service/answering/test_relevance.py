"""What is true of its passage, but tells nothing of what was asked, is no answer."""

from collections.abc import Sequence

import pytest

from indexes.embedder import Embedder
from indexes.search import LocalIndex
from service.answering.answer import Answerer
from service.answering.types import Answer, Draft, Question, Release, Silence
from service.answering.writing.extractive import ExtractiveGenerator
from tests.indexes.documents import make_document, make_entry
from tests.indexes.embedded import write
from tests.service.answering.test_answer import EVERYONE, Writer

QUESTION = "How many weeks of paid parental leave does a parent get?"
SAID = "Every parent gets twenty weeks of paid parental leave."
AFTER = "Leave is requested from the team lead four weeks ahead."
ELSEWHERE = "Unpaid leave is seldom granted in the busy weeks of May."
PAGES = [
    make_entry(make_document("leave.md", f"{SAID}\n\n{AFTER}", title="Parental leave")),
    make_entry(make_document("unpaid.md", ELSEWHERE, title="Unpaid leave")),
    make_entry(
        make_document(
            "nghi-phep.md",
            "Nhân viên được nghỉ phép mười hai ngày mỗi năm.",
            title="Nghỉ phép",
            language="vi",
        )
    ),
    make_entry(
        make_document(
            "may.md", "Máy nghỉ vào các ngày thứ hai mỗi năm.", title="Máy", language="vi"
        )
    ),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> LocalIndex:
    folder, _ = write(tmp_path_factory.mktemp("leave"), PAGES, embedder)
    return LocalIndex.open(folder, embedder)


def answer(
    index: LocalIndex,
    texts: Sequence[str],
    question: str = QUESTION,
    release: Release = Release.STRICT,
) -> Answer:
    numbers = tuple(range(1, 9))
    writer = Writer(tuple(Draft(text, numbers) for text in texts))
    answerer = Answerer(writer, otherwise=ExtractiveGenerator())
    *_, last = answerer.ask(Question(question, release=release), index, EVERYONE)
    assert isinstance(last, Answer)
    return last


def test_true_sentences_of_elsewhere_are_silence(index: LocalIndex) -> None:
    """Nobody stands in either: who reads otherwise than the model makes the answer doubtful."""
    given = answer(index, [ELSEWHERE])
    assert (given.abstained, given.silence) == (True, Silence.UNCERTAIN)
    assert (given.sentences, given.citations, given.withheld) == ((), (), 1)
    assert given.nearest[0].quote == SAID
    flagged = answer(index, [ELSEWHERE], release=Release.FLAG)
    assert (flagged.text, flagged.withheld) == (ELSEWHERE, 0)


def test_beside_one_that_answers_they_stay_in_their_order(index: LocalIndex) -> None:
    given = answer(index, [ELSEWHERE, SAID, AFTER])
    assert [each.text for each in given.sentences] == [ELSEWHERE, SAID, AFTER]
    assert [each.citations for each in given.sentences] == [(1,), (2,), (3,)]
    assert given.withheld == 0


@pytest.mark.parametrize("said", ["A parent gets twenty weeks of paid parental leave.", AFTER])
def test_the_document_that_reads_best_answers_in_any_words(index: LocalIndex, said: str) -> None:
    assert answer(index, [said]).text == said


def test_nothing_released_beside_something_strayed_is_doubt(index: LocalIndex) -> None:
    given = answer(index, ["Zebras migrate in spring.", ELSEWHERE])
    assert (given.silence, given.withheld) == (Silence.UNCERTAIN, 2)
    assert given.generator == "writer-1b"


def test_where_words_alone_are_read_the_model_knows_better(index: LocalIndex) -> None:
    asked, said = (
        "Nhân viên được nghỉ phép bao nhiêu ngày?",
        "Máy nghỉ vào các ngày thứ hai mỗi năm.",
    )
    assert answer(index, [said], asked).text == said
