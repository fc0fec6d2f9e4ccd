"""Words are counted alike whatever marks them up, and what is missing or too much is named."""

from collections import Counter

import pytest

from evals.bench.markdown import table
from evals.bench.words import compare, from_markdown, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tea, tea and COFFEE.", {"tea": 2, "and": 1, "coffee": 1}),
        ("nghỉ phép", {"nghỉ": 1, "phép": 1}),
        ("25 days，年假年", {"25": 1, "days": 1, "年": 2, "假": 1}),
        ("ﬁnal Ｑ１ 한국어 문서", {"final": 1, "q1": 1, "한국어": 1, "문서": 1}),
        ("snake_case a|b co\u00adoperate", {"snake": 1, "case": 1, "a": 1, "b": 1, "cooperate": 1}),
        ("1. first\n  (b) second\n3 third", {"first": 1, "second": 1, "3": 1, "third": 1}),
        ("", {}),
    ],
)
def test_words_are_counted_without_case_marks_and_list_numbers(
    text: str, expected: dict[str, int]
) -> None:
    assert words(text) == Counter(expected)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\n\n- [x] done\n> quoted", "title done quoted"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a b 1 2"),
        ("before <!-- image --> after ![alt text](a.png)", "before after"),
        ("see [the page](https://example.org/x_y) <br/> now", "see the page now"),
        ("ducks[\\[1\\]](#cite_note-1) [a [b]](/Duck_(bird) 'c')", "ducks 1 a b"),
        ("**Bo**ld and ~~old~~, R&amp;D, a\\_b, 5 \\* 3", "bold and old r d a b 5 3"),
        ("```python\nx = 1\n```", "x 1"),
        ("a &lt;tag&gt; stays", "a tag stays"),
    ],
)
def test_markup_is_no_word(markdown: str, text: str) -> None:
    assert words(from_markdown(markdown)) == words(text)


def test_recall_and_precision_are_of_multisets() -> None:
    overlap = compare(Counter(a=2, b=1, d=1), Counter(a=3, b=1, c=1))
    assert overlap.recall == 3 / 5
    assert overlap.precision == 3 / 4
    assert overlap.missing == Counter(a=1, c=1)
    assert overlap.beyond == Counter(d=1)


def test_of_nothing_nothing_is_missing() -> None:
    overlap = compare(Counter(), Counter())
    assert (overlap.recall, overlap.precision) == (1.0, 1.0)
    assert compare(Counter(), Counter(a=1)).recall == 0.0
    assert compare(Counter(a=1), Counter()).precision == 0.0


def test_a_cell_cannot_break_out_of_its_table() -> None:
    assert table(("a", "b"), [["x|y", "two\nlines"]]) == (
        "| a | b |\n| --- | --- |\n| x\\|y | two lines |\n"
    )
