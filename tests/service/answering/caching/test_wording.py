"""The words of a question, and what their writing tells."""

import pytest

from service.answering.caching.footprint import footprint
from service.answering.caching.wording import Word, folded, words


def texts(question: str, language: str = "en") -> list[str]:
    return [word.text for word in words(folded(question), language)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What's C++ or C#, on .NET 4.5?", "what is c++ or c# , on .net 4.5"),
        ("Don’t pay 1,000 $ – or 10,00.", "do not pay 1000 $ or 10,00"),
        ("5km, ５ km, -5 and 5!", "5 km , 5 km , - 5 and 5 !"),
        ("10² and ½", "10 ^ 2 and ^ 1 ⁄ 2"),
        ("R&D e-mail a.b/c_d", "r&d e-mail a.b/c_d"),
        ("its cost, it's cheap", "its cost , it is cheap"),
        ("a != b, !c and ~d!", "a ! = b , ! c and ~ d"),
        ("Hi! what does `-P` or --Port do - now", "hi what does -P or --Port do now"),
        ("Can I use C?", "can i use C"),
        ("what does ? mean", "what does ? mean"),
    ],
)
def test_words(question: str, expected: str) -> None:
    assert texts(question) == expected.split(" ")


def test_chinese_is_read_by_characters_and_in_one_script() -> None:
    assert texts("如何申請《iOS》12版？", "zh") == [*"如何申请", "ios", "12", "版"]


def test_vietnamese_has_one_place_for_its_marks() -> None:
    assert texts("hòa hoà Hoa\u0300", "vi") == ["hoà", "hoà", "hoà"]


def test_a_capital_tells_where_it_need_not_stand() -> None:
    found = words("Who met Ann? The US pays us", "en")
    assert found == [
        Word("who"),
        Word("met", capital=False),
        Word("ann", capital=True),
        Word("the"),
        Word("US", capital=True),
        Word("pays", capital=False),
        Word("us", capital=False),
    ]
    assert words("WHO MET ANN", "en") == words("who met ann", "en")


def test_a_vowel_that_opens_a_vietnamese_question_is_a_word() -> None:
    assert texts("Ở đâu có R?", "vi") == ["ở", "đâu", "có", "R"]
    assert texts("R là gì?", "vi")[0] == "R"


def test_a_quoted_word_is_told() -> None:
    assert [word.quoted for word in words('what is "big data" now', "en")] == [
        *(False, False),
        *(True, True),
        False,
    ]


def test_a_footprint_grows_with_what_is_held() -> None:
    assert footprint(("a" * 1000, {"b": "c" * 1000})) - footprint(("", {"b": ""})) == 2000
