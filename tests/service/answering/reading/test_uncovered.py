"""Which words of a question no passage speaks of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.reading.uncovered import asks_elsewhere, uncovered
from tests.service.answering.reading.asking import ask, hit, passage


def left(question: str, *texts: str, language: str = "en", **rarities: float) -> tuple[str, ...]:
    asked = ask(question, language, (), **rarities)
    hits = [hit(text, rank, language=language) for rank, text in enumerate(texts, 1)]
    return uncovered(asked, [passage(asked, each)[0] for each in hits])


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Who greased the Zvornik pump?", "The pump was greased.", ("Zvornik",)),
        ("Who greased the pump?", "The pump was greased.", ()),
        ("When was the Old Zvornik mill built?", "The mill was built.", ("Old Zvornik",)),
        ("What did it cost in 2031?", "It cost much in 2030.", ("2031",)),
        ("Who approved the invasion?", "They invaded and approved.", ()),
        ("What does error E-1042 mean?", "An error means trouble.", ("E-1042",)),
        ("", "The pump.", ()),
        ("???", "The pump.", ()),
    ],
)
def test_words_are_told_as_they_were_asked(
    question: str, text: str, expected: tuple[str, ...]
) -> None:
    assert left(question, text) == expected


def test_a_word_that_any_passage_holds_is_covered() -> None:
    assert left("Where is the Zvornik pump?", "The pump.", "In Zvornik.") == ()


def test_common_words_are_not_told() -> None:
    assert left("Which report describes the pump?", "The pump.", report=0.4, describ=0.3) == ()


def test_vietnamese() -> None:
    asked = "Xưởng Kiên Giang có máy bơm không?"
    assert left(asked, "Xưởng có máy bơm.", language="vi") == ("Kiên Giang",)
    assert left("Xuong Kien Giang co may bom?", "Xưởng có máy bơm.", language="vi") == (
        "Kien Giang",
    )


def test_chinese_runs_of_missing_pairs() -> None:
    assert left("湛江工厂的油泵", "工厂里有油泵。", language="zh") == ("湛江",)
    assert left("湛江工廠", "工厂在湛江。", language="zh") == ()
    assert left("湛江工廠", "仓库在湛江。", language="zh") == ("工廠",)


def test_what_is_close_by_its_vector_is_spoken_of_but_a_name_has_to_be_closer() -> None:
    asked = ask("buy Lemvig car", spans=((0, 3), (4, 10), (11, 14)))
    near, _ = passage(asked, hit("purchase Holstebro"), [[0.6, 0.1], [0.1, 0.6], [0.2, 0.3]])
    assert uncovered(asked, [near]) == ("Lemvig car",)
    nearer, _ = passage(asked, hit("purchase Holstebro"), [[0.6, 0.1], [0.1, 0.8], [0.6, 0.3]])
    assert uncovered(asked, [nearer]) == ()


def test_a_number_has_no_other_words() -> None:
    asked = ask("in 2031", spans=((0, 2), (3, 7)))
    near, _ = passage(asked, hit("early 2030"), [[0.9, 0.9], [0.1, 0.9]])
    assert uncovered(asked, [near]) == ("2031",)


def test_words_that_ask_are_not_told() -> None:
    assert left("Panthers thua bao nhiêu điểm?", "Panthers thua.", language="vi") == ("điểm",)
    assert left("湛江在哪个国家？", "湛江。", language="zh") == ()


def test_of_an_answered_question_only_the_rarest() -> None:
    asked = ask("Who greased the Zvornik pump seal?", zvornik=0.9, seal=0.6)
    read, _ = passage(asked, hit("The pump was greased."))
    assert uncovered(asked, [read]) == ("Zvornik", "seal")
    assert uncovered(asked, [read], answered=True) == ("Zvornik",)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["en", "vi", "zh"]))
def test_only_words_of_the_question_in_their_order(question: str, text: str, language: str) -> None:
    asked = ask(question, language)
    found = uncovered(asked, [passage(asked, hit(text or "x", language=language))[0]])
    start = 0
    for words in found:
        assert words
        start = question.index(words, start) + len(words)
    assert uncovered(asked, [passage(asked, hit(question or "x", language=language))[0]]) == ()


@pytest.mark.parametrize(
    ("question", "words", "elsewhere"),
    [
        ("What does a courier to Norway cost?", ["Norway"], True),
        ("Giá chở hàng vào Đà Nẵng là bao nhiêu?", ["Đà Nẵng"], True),
        ("How are drivers paid in the Old Town?", ["Town"], False),
        ("How are drivers paid in the Old Town?", ["Old"], True),
        ("Who did the empire ally with in WWII?", ["WWII"], True),
        ("What does a courier to Norway cost?", ["courier"], False),
        # Whose it is need not be said where it stands.
        ("How long is Halden's parental leave?", ["Halden"], False),
        ("HOW DO I GET TO NORWAY", ["NORWAY"], False),
        ("How Do I Get To Norway", ["Norway"], False),
        ("到挪威多少钱？", ["挪威"], False),
        ("What does it cost?", [], False),
        (
            "Which of the depots " + "that I have been " * 4 + "to in Norway is open?",
            ["Norway"],
            False,
        ),
    ],
)
def test_the_place_that_is_asked_about_is_elsewhere(
    question: str, words: list[str], *, elsewhere: bool
) -> None:
    assert asks_elsewhere(question, words) is elsewhere
