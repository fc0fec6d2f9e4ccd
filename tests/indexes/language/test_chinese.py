"""One script for both ways to write Chinese, and its terms."""

import pytest
from hypothesis import example, given

from indexes.language.chinese import bigrams, characters, simplified, without_function_words
from tests.indexes.language.texts import TEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("資料庫伺服器連線", "资料库伺服器连线"),
        ("為什麼這樣？", "为什么这样？"),
        ("以後皇后", "以后皇后"),
        ("公司年假 policy, đã", "公司年假 policy, đã"),
    ],
)
def test_traditional_becomes_simplified(text: str, expected: str) -> None:
    assert simplified(text) == expected


@given(TEXT)
@example("公司的年假政策資料")
def test_characters_are_folded_one_by_one(text: str) -> None:
    assert simplified(text) == "".join(map(simplified, text))


def test_function_words_part_what_stands_around_them() -> None:
    assert without_function_words("公司的年假是多少天").split() == ["公司", "年假", "天"]


@pytest.mark.parametrize(
    ("run", "expected"), [("服务器", ("服务", "务器")), ("猫", ("猫",)), ("𠀀𠀁", ("𠀀𠀁",))]
)
def test_bigrams_overlap(run: str, expected: tuple[str, ...]) -> None:
    assert bigrams(run) == expected


def test_only_han_characters_stand_alone() -> None:
    assert characters("東京タワー a1 𠀀") == ["東", "京", "𠀀"]
