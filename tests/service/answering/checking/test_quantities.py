"""Numbers as they are written in three languages: what says the same, and what does not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.checking.dates import Date, dates
from service.answering.checking.numerals import value_of_han, value_of_words
from service.answering.checking.quantities import missing, quantities


def says(stated: str, claimed: str, languages: tuple[str, str] = ("en", "en")) -> bool:
    found = quantities(claimed, languages[1])
    assert any(each.certain for each in found), f"no number in {claimed!r}"
    return not missing(found, quantities(stated, languages[0]))


@pytest.mark.parametrize(
    ("stated", "claimed", "languages"),
    [
        ("1000 users", "1,000 users", ("en", "en")),
        ("1,000 users", "1.000 người", ("en", "vi")),
        ("1000 人", "一千人", ("zh", "zh")),
        ("2 million people", "two million people", ("en", "en")),
        ("2,000,000", "2 million", ("en", "en")),
        ("two hundred and five thousand", "205,000", ("en", "en")),
        ("1.500.000", "1,5 triệu", ("vi", "vi")),
        ("32 người", "ba mươi hai người", ("vi", "vi")),
        ("两百万人", "200万人", ("zh", "zh")),
        ("250,000,000", "2.5亿", ("en", "zh")),
        ("5 %", "five per cent", ("en", "en")),
        ("5%", "năm phần trăm", ("en", "vi")),
        ("50%", "百分之五十", ("zh", "zh")),
        ("14 days", "two weeks", ("en", "en")),
        ("a week's notice", "one week", ("en", "en")),
        ("fifteen weeks", "15-week", ("en", "en")),
        ("5 million dollars", "$5m", ("en", "en")),
        ("10,000 MB", "10 GB", ("en", "en")),
        ("2024-03-05", "5 March 2024", ("en", "en")),
        ("March 5, 2024", "ngày 5 tháng 3 năm 2024", ("en", "vi")),
        ("the 5th of March, 2024", "2024年3月5日", ("en", "zh")),
        ("on 5 March 2024", "in March 2024", ("en", "en")),
        ("on 5 March 2024", "in 2024", ("en", "en")),
        ("6.30 pm", "18:30", ("en", "en")),
        ("18h30", "18:30", ("vi", "vi")),
        ("nineteenth century", "19th century", ("en", "en")),
        ("2024年", "二〇二四年", ("zh", "zh")),
    ],
)
def test_the_same_number_is_found_however_it_is_written(
    stated: str, claimed: str, languages: tuple[str, str]
) -> None:
    assert says(stated, claimed, languages)


@pytest.mark.parametrize(
    ("stated", "claimed"),
    [
        ("16 days", "16 weeks"),
        ("15 weeks", "1 week"),
        ("1,000 users", "1 user"),
        ("3.5 A", "3 A"),
        ("5 March 2024", "6 March 2024"),
        ("5 March 2024", "5 March 2023"),
        ("March 2024", "5 March 2024"),
        ("5 km", "5 kg"),
        ("€40", "$40"),
        ("two thousand", "two million"),
        ("6 years", "6 months"),
        ("20:1", "22:1"),
        ("before 1973", "pre-1974"),
        ("6.30", "6.00"),
    ],
)
def test_another_number_unit_or_date_is_not_found(stated: str, claimed: str) -> None:
    assert not says(stated, claimed)


@pytest.mark.parametrize(
    "text", ["nobody is the one", "MPEG-2 over X.25", "release v1.2.3", "năm ngoái", "一些万一十分"]
)
def test_words_and_names_that_only_look_like_numbers_ask_for_nothing(text: str) -> None:
    assert not [each for each in quantities(text, "en") if each.certain]


def test_a_day_and_a_month_may_change_places_between_slashes() -> None:
    (dated,) = dates("signed on 05/03/2024")
    assert set(dated.readings) == {Date(2024, 3, 5), Date(2024, 5, 3)}


_ONES = "zero one two three four five six seven eight nine".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


@given(st.integers(2, 9), st.integers(1, 9), st.integers(1, 9))
def test_english_numerals_amount_to_what_they_say(tens: int, ones: int, hundreds: int) -> None:
    words = [_ONES[hundreds], "hundred", "and", _TENS[tens - 2], _ONES[ones]]
    assert value_of_words(words) == 100 * hundreds + 10 * tens + ones


@pytest.mark.parametrize(
    ("run", "value"),
    [
        ("十二", 12),
        ("三百二十", 320),
        ("一亿二千万", 120_000_000),
        ("两万五千", 25_000),
        ("二〇二四", 2024),
    ],
)
def test_chinese_numerals_amount_to_what_they_say(run: str, value: int) -> None:
    assert value_of_han(run) == value


@given(st.text(max_size=60), st.sampled_from(["en", "vi", "zh", "und"]))
def test_any_text_has_its_numbers_in_order_and_says_what_it_says(text: str, language: str) -> None:
    found = quantities(text, language)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert missing(found, found) == []
