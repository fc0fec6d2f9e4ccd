"""Which spans of a passage may be quoted, and where it holds words as they were written."""

import pytest

from indexes.types import Chunk, Hit
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import best_support
from service.answering.types import Evidence, Method
from tests.indexes.documents import make_document

TABLE = "Plan | Price\nBasic | 10 EUR\nTeam | 40 EUR"
ITEMS = "To get a laptop you need:\n- a signed contract\n- a locker with a key"


def passage(text: str, language: str = "en") -> Passage:
    document = make_document("plans.md", text, language=language)
    chunk = Chunk("c", document.info.id, 0, text, 0, len(text), None, ())
    return Passage(Evidence(1, text, 0, len(text), (Hit(1, 1.0, chunk, document.info),)))


def quoted(text: str, said: str, language: str = "en") -> str | None:
    found = passage(text, language).verbatim(Statement.of(said, language))
    return text[slice(*found)] if found else None


@pytest.mark.parametrize(
    ("language", "text", "said", "quote"),
    [
        ("en", "See “The Plan”: leave is 15 weeks. Ask.", "see the plan: LEAVE is 15 weeks.",
         "See “The Plan”: leave is 15 weeks."),
        ("en", "One. The  office\ncloses at six. Two.", "The office closes at six",
         "The  office\ncloses at six"),
        ("vi", "Đơn gửi cho trưởng nhóm.", "đơn gửi cho trưởng nhóm", "Đơn gửi cho trưởng nhóm"),
        ("zh", "規定：員工每年有10天假。", "规定，员工每年有10天假。", "規定：員工每年有10天假。"),
        ("en", "Leave is 15 days.", "5 days", None),
        ("en", "It ends at 6.30 on Fridays.", "30 on Fridays", None),
        ("en", "Dogs are not allowed in the office.", "allowed in the office", None),
        ("en", "Dogs are never fed. Cats are allowed inside.", "Cats are allowed inside.",
         "Cats are allowed inside."),
        ("en", "Leave is 15 days.", "?!", None),
    ],
)  # fmt: skip
def test_words_are_found_whole_however_they_are_set(
    language: str, text: str, said: str, quote: str | None
) -> None:
    assert quoted(text, said, language) == quote


@pytest.mark.parametrize(
    ("text", "said", "quote"),
    [
        (TABLE, "The price of the team plan is 40 EUR.", ["Plan | Price", "Team | 40 EUR"]),
        (ITEMS, "For a laptop you need a locker with a key.",
         ["To get a laptop you need:", "- a locker with a key"]),
        ("Rain fell. Leave lasts 15 weeks. It is paid in full. Sun shone.",
         "Leave lasts 15 weeks and is paid in full.",
         ["Leave lasts 15 weeks. It is paid in full."]),
        ("Rain fell. Leave lasts 15 weeks. It is paid in full.", "15 weeks is what leave lasts.",
         ["Leave lasts 15 weeks."]),
    ],
)  # fmt: skip
def test_the_quote_is_the_narrowest_that_says_it(text: str, said: str, quote: list[str]) -> None:
    made = passage(text)
    support = best_support(Statement.of(said, "en"), made, None)
    assert support is not None
    assert support.method is Method.WORDS
    assert [text[start:end] for start, end in support.candidate.parts] == quote


def test_a_passage_that_shares_no_word_gives_no_support() -> None:
    assert best_support(Statement.of("Snow is white.", "en"), passage(TABLE), None) is None
