"""Symbols that change what a text says, and type that does not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.checking.marks import marked_otherwise, marks
from service.answering.checking.statement import Statement
from service.answering.checking.support import best_support
from service.answering.types import Method, Verdict
from tests.service.answering.checking.test_spans import passage, quoted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stored at -18 °C", "-°"),
        ("stored at –18° C", "-°"),
        ("stored at −18℃", "-°"),
        ("储存在-18℃", "-°"),
        ("a loss of -$5", "-$"),
        ("5-10 days, COVID-19, 5月-10月, 5% -10%", "%%"),
        ("- 5 days\n* 6 days\n+ 7 days\n# 8 days\n> 9 days", ""),
        ("**bold** and *stress*, a note* and a rule\n====", ""),
        ("Name | Price", ""),
        ("5～10天 and ~5 days", "~"),
        ("x != y, x ≠ y", "≠≠"),
        ("a <= 5, a ≤ 5, a == 5, a -> b", "≤≤=→"),
        ("C++, C# and #5", "++##"),
        ("￥５０，５％", "¥%"),
        ("Stop! 注意！好", ""),
        ("2 * 3, R&D, km/h", "*&/"),
    ],
)
def test_the_symbols_that_tell_something(text: str, said: str) -> None:
    assert "".join(mark.said for mark in marks(text)) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "Vaccines must be stored at -18 °C.", "Vaccines must be stored at 18 °C."),
        ("en", "Keep it at -18 °C.", "18 °C"),
        ("en", "The fee is 5%.", "The fee is $5."),
        ("en", "The fee is 5%.", "The fee is 5."),
        ("en", "The rate was 0.5%.", "The rate was 0.5‰."),
        ("en", "The allowance is $45.50 a day.", "The allowance is €45.50 a day."),
        ("en", "Free if the total is > 100 euros.", "Free if the total is < 100 euros."),
        ("en", "Free if the total is > 100 euros.", "Free if the total is ≤ 100 euros."),
        ("en", "The tolerance is ±2 mm.", "The tolerance is +2 mm."),
        ("en", "Use it where x != y.", "Use it where x = y."),
        ("en", "Pass C++ flags with -O2.", "Pass C flags with -O2."),
        ("vi", "Phí là 5%.", "Phí là 5$."),
        ("vi", "Nhiệt độ bảo quản là -18 °C.", "Nhiệt độ bảo quản là 18 °C."),
        ("vi", "Giá vé là 50.000 ₫.", "Giá vé là 50.000 $."),
        ("zh", "疫苗须在-18℃保存。", "疫苗须在18℃保存。"),
        ("zh", "票价为￥50。", "票价为$50。"),
        ("zh", "手续费为5%。", "手续费为5。"),
    ],
)
def test_another_symbol_is_no_quote_and_no_support(language: str, text: str, said: str) -> None:
    assert quoted(text, said, language) is None
    found = best_support(Statement.of(said, language), passage(text, language), None)
    assert found is None or found.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "Store it at –18 °C.", "Store it at -18° C."),
        ("en", "It costs $ 5 a day.", "It costs $5 a day."),
        ("en", "Work “from home” 5–10 days*.", 'Work "from home" 5-10 days.'),
        ("en", "Work *only* on **5 days** here.", "Work only on 5 days here."),
        ("en", "- Bring 5 % of it.", "Bring 5% of it."),
        ("zh", "手续费为５％。", "手续费为5%。"),
        ("zh", "票价为￥50。", "票价为¥50。"),
        ("vi", "Giảm từ 5 – 10 %.", "giảm từ 5-10%"),
    ],
)
def test_type_that_means_the_same_stays_a_quote(language: str, text: str, said: str) -> None:
    assert quoted(text, said, language) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The vaccines are stored at -18 °C.", "The stored vaccines are at minus 18 °C."),
        ("Discount in May: -20 %.", "In May the discount is 20 %."),
        ("The fee is 5 %.", "5 percent is the fee."),
        ("The fee is 5 ‰.", "The fee is 0.5 %."),
    ],
)
def test_the_same_number_in_other_signs_is_support(text: str, said: str) -> None:
    found = best_support(Statement.of(said, "en"), passage(text), None)
    assert found is not None
    assert (found.verdict, found.method) == (Verdict.SUPPORTED, Method.WORDS)


@pytest.mark.parametrize(
    ("text", "other", "otherwise"),
    [
        ("if x = y then", "if x != y then", True),
        ("C flags", "C++ flags", True),
        ("C++ flags", "C and C++ flags", False),
        ("if x == y", "if x = y", False),
        ("a < b holds", "a > b holds", True),
        ("costs 5", "costs $5", False),
    ],
)
def test_operators_between_the_same_words(
    text: str,
    other: str,
    otherwise: bool,  # noqa: FBT001
) -> None:
    mine, theirs = Statement.of(text, "en").words, Statement.of(other, "en").words
    assert marked_otherwise(text, mine, other, theirs) is otherwise


@given(st.text(alphabet="5 aB-–+*/<>=!#%°$€￥％±~|&\\\n中月", max_size=24))
def test_any_text_has_its_marks_in_order_and_is_marked_as_itself(text: str) -> None:
    found = marks(text)
    assert all(0 <= mark.start < mark.end <= len(text) for mark in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    words = Statement.of(text, "en").words
    assert not marked_otherwise(text, words, text, words)
