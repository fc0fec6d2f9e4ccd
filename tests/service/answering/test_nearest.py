"""What is named where there is no answer."""

from service.answering.nearest import nearest
from service.answering.types import Evidence, Nearest, ReadSentence
from tests.service.dialects.told import HOLIDAYS, LEAVE, TRAVEL, document, hit

TEXT = "Leave is long. Parents have twenty weeks. Ask."
WEEKS = TEXT[15:41]


def passage(number: int, info: object, start: int = 0, page: int | None = None) -> Evidence:
    found = hit(info, TEXT, start, page=page)  # type: ignore[arg-type]
    return Evidence(number, TEXT, start, start + len(TEXT), (found,))


def read(number: int, start: int, end: int, score: float) -> ReadSentence:
    return ReadSentence(number, TEXT[start:end], start, end, score)


def test_each_document_is_named_once_with_the_best_of_what_was_read() -> None:
    evidence = (passage(1, LEAVE), passage(2, TRAVEL, 7, page=3), passage(3, LEAVE, 200))
    sentences = (read(1, 0, 14, 0.2), read(3, 15, 41, 0.6), read(2, 42, 46, 0.1))
    assert nearest(evidence, sentences) == (
        Nearest(LEAVE, WEEKS, 215, 241, None),
        Nearest(TRAVEL, "Ask.", 49, 53, 3),
    )


def test_a_document_of_which_nothing_was_read_is_named_alone() -> None:
    assert nearest((passage(1, LEAVE, 30, page=2),), ()) == (Nearest(LEAVE, "", 30, 30, 2),)


def test_three_documents_are_named_at_most() -> None:
    further = document("further.md", "Further")
    evidence = [
        passage(number, info) for number, info in enumerate((LEAVE, TRAVEL, HOLIDAYS, further), 1)
    ]
    assert [each.document for each in nearest(evidence, ())] == [LEAVE, TRAVEL, HOLIDAYS]
