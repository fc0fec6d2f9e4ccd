from dataclasses import replace

import pytest
from hypothesis import given

from service.dialects.marking import BRACKETS, Piece, Style, marked, pieces, unmarked
from tests.service.dialects.told import (
    ANSWERS,
    LEAVE,
    TRAVEL,
    Quoted,
    Told,
    abstained,
    document,
    tell,
    told,
)

FOUND_BY_LOOK = Style(recognised=True)
DOCUMENTS = Style(prefix="doc", recognised=True)

CONTENT = {
    "en": (
        "Every parent gets twenty weeks of paid parental leave. 🎉 [1][2] "
        "Leave is requested from the team lead. [3] Trains are booked at the desk. [2]"
    ),
    "vi": (
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm. 😀 [1] "
        "Tàu được đặt qua bàn du lịch 🚆. [2][1]"
    ),
    "zh": "员工每年有十天年假。[1]工作满十年的员工有十五天年假👍🏽。[2][1]",
}


def told_pieces(made: Told, style: Style = BRACKETS) -> list[Piece]:
    return [each for each in pieces(made.events, style) if isinstance(each, Piece)]


@pytest.mark.parametrize("language", CONTENT)
def test_each_sentence_is_followed_by_its_marks(language: str) -> None:
    text = marked(told(language).answer)
    assert text.content == CONTENT[language]
    assert [mark.text for mark in text.marks] == [
        text.content[mark.start : mark.end] for mark in text.marks
    ]


@pytest.mark.parametrize(
    ("sentence", "content"),
    [
        ("The word 年假 means annual leave.", "The word 年假 means annual leave. [1]"),
        ("年假在 HR 系统中申请，见 wiki。", "年假在 HR 系统中申请，见 wiki。[1]"),
        ("連休は五日間あります。", "連休は五日間あります。[1]"),
        ("👍🏽 42.", "👍🏽 42. [1]"),
    ],
)
def test_a_mark_is_set_off_as_the_sentence_sets_off_words(sentence: str, content: str) -> None:
    quoted = Quoted("words", LEAVE, 0)
    assert marked(tell([(sentence, [quoted])]).answer).content == content


def test_a_mark_stands_where_it_is_said_to() -> None:
    marks = marked(told("zh").answer).marks
    # Thumbs up and its colour are two code points.
    assert [(mark.start, mark.end, mark.citation.label) for mark in marks] == [
        (10, 13, 1),
        (30, 33, 2),
        (33, 36, 1),
    ]


@given(ANSWERS)
def test_pieces_are_the_whole_in_order(made: Told) -> None:
    for style in (BRACKETS, FOUND_BY_LOOK, DOCUMENTS):
        text = marked(made.answer, style)
        parts = told_pieces(made, style)
        assert "".join(part.text for part in parts) == text.content
        assert tuple(mark for part in parts for mark in part.marks) == text.marks
        assert all(part.text == text.content[part.start :][: len(part.text)] for part in parts)
        assert tuple(c for part in parts for c in part.introduced) == made.answer.citations


@given(ANSWERS)
def test_every_mark_is_there_and_nothing_else_is_added(made: Told) -> None:
    text = marked(made.answer)
    labels = [mark.citation.label for mark in text.marks]
    assert labels == [label for s in made.answer.sentences for label in s.citations]
    rest = text.content
    for mark in reversed(text.marks):
        assert rest[mark.start : mark.end] == f"[{mark.citation.label}]"
        rest = rest[: mark.start] + rest[mark.end :]
    # What is left over are the spaces before marks.
    assert len(rest) - len(made.answer.text) <= len(made.answer.sentences)
    assert rest.replace(" ", "") == made.answer.text.replace(" ", "")


@given(ANSWERS)
def test_where_marks_are_found_by_their_look_only_marks_look_like_one(made: Told) -> None:
    text = marked(made.answer, FOUND_BY_LOOK)
    plain = marked(made.answer)
    assert len(text.content) == len(plain.content)
    for mark in text.marks:
        assert text.content[mark.start : mark.end] == mark.text
    for label in range(1, 30):
        shown = sum(mark.text == f"[{label}]" for mark in text.marks)
        assert text.content.count(f"[{label}]") == shown


def test_a_bracket_of_the_document_is_no_footnote() -> None:
    made = tell([("As [1] and [doc2] show, a[0] is first.", [])])
    assert marked(made.answer).content == "As [1] and [doc2] show, a[0] is first."
    assert (
        marked(made.answer, FOUND_BY_LOOK).content == "As ［1］ and [doc2] show, a［0］ is first."
    )
    assert marked(made.answer, DOCUMENTS).content == "As [1] and ［doc2］ show, a[0] is first."


def test_who_abstains_gives_the_reason_and_what_comes_nearest() -> None:
    untitled = document("notes/to do.txt")
    made = abstained(LEAVE, TRAVEL, untitled)
    expected = (
        "The documents touch on this, but do not answer it.\n\n"
        "- Parental leave: “Twenty weeks or so [1].”\n- Travel: “Twenty weeks or so [1].”\n"
        "- to do.txt: “Twenty weeks or so [1].”"
    )
    assert marked(made.answer).content == expected
    assert marked(made.answer).marks == ()
    assert [part.text for part in told_pieces(made)] == [expected]
    assert marked(made.answer, FOUND_BY_LOOK).content == expected.replace("[1]", "［1］")


def test_of_what_comes_nearest_the_beginning_is_quoted_if_anything_was_read() -> None:
    answer = abstained(LEAVE, TRAVEL).answer
    leave, travel = answer.nearest
    long, none = replace(leave, quote="word " * 99), replace(travel, quote="")
    content = marked(replace(answer, nearest=(long, none))).content
    *_, cut, alone = content.splitlines()
    assert cut.startswith("- Parental leave: “word word")
    assert cut.endswith("word…”")
    assert len(cut) <= len("- Parental leave: “”") + 300
    assert alone == "- Travel"


def test_who_abstains_for_want_of_anything_gives_the_reason_alone() -> None:
    assert marked(abstained().answer).content == (
        "The documents touch on this, but do not answer it."
    )


@pytest.mark.parametrize("language", CONTENT)
@pytest.mark.parametrize("style", [BRACKETS, DOCUMENTS])
def test_marks_come_off_again(language: str, style: Style) -> None:
    answer = told(language).answer
    assert unmarked(marked(answer, style).content) == answer.text


def test_a_long_bracket_of_a_history_stays() -> None:
    assert unmarked("See [RFC 9110] and [20261121].") == "See [RFC 9110] and [20261121]."
