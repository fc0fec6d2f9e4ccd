"""Which way numbers are bounded, in three languages."""

import pytest

from service.answering.checking.bounds import Bound, bound, bounded_otherwise
from service.answering.checking.statement import Statement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up to 5 days", Bound.MOST),
        ("no more than 5 days", Bound.MOST),
        ("more than 5 days", Bound.LEAST),
        ("no less than 5 days", Bound.LEAST),
        ("less than 5 days", Bound.MOST),
        ("at least $5", Bound.LEAST),
        ("5 or more", Bound.LEAST),
        ("on 5 days", Bound.VALUE),
        ("tối đa 5 ngày", Bound.MOST),
        ("không quá 5 ngày", Bound.MOST),
        ("ít nhất 5 ngày", Bound.LEAST),
        ("5 trở lên", Bound.LEAST),
        ("最多5天", Bound.MOST),
        ("不超过5天", Bound.MOST),
        ("超过5天", Bound.LEAST),
        ("5以下", Bound.MOST),
    ],
)
def test_words_beside_a_number_bound_it(text: str, expected: Bound) -> None:
    start = text.index("5")
    assert bound(text, start, start + 1) is expected


@pytest.mark.parametrize(
    ("language", "span", "sentence", "otherwise"),
    [
        ("en", "Work at home up to 3 days.", "Work at home at least 3 days.", True),
        ("en", "Work at home up to 3 days.", "Work at home at most three days.", False),
        ("en", "Work at home up to 3 days.", "Work at home 3 days.", False),
        ("en", "It takes over 3 days and at most 9.", "It takes at least 3 days.", False),
        ("vi", "Yêu cầu trên 5 triệu đồng.", "Yêu cầu dưới 5 triệu đồng.", True),
        ("zh", "超过5000元的申请。", "低于5000元的申请。", True),
    ],
)
def test_the_most_is_not_the_least(
    language: str,
    span: str,
    sentence: str,
    otherwise: bool,  # noqa: FBT001
) -> None:
    found = bounded_otherwise(Statement.of(sentence, language), Statement.of(span, language))
    assert found is otherwise
