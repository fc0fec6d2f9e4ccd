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
        ("en", "Free if it is > 100 euros.", "It is free at ≤ 100 euros.", True),
        ("en", "Free if it is >= 100 euros.", "It is free over 100 euros.", False),
        ("en", "Submit it within 30 days.", "Submit it after 30 days.", True),
        ("en", "It is open until 18:00.", "It is open from 18:00.", True),
        ("en", "It is open until 18:00.", "It is open after 6 pm.", True),
        ("en", "It is open until 18:00.", "It is not open after 18:00.", False),
        ("en", "It is open from 9:00 until 18:00.", "It is open till 18:00.", False),
        ("en", "It opens on 1 May.", "It opens after 1 May.", True),
        ("en", "It opens on 1 May.", "It is open from 1 May.", False),
        ("en", "It grew by 30 days.", "It grew after 30 days.", False),
        ("vi", "Nộp trong vòng 30 ngày.", "Nộp sau 30 ngày.", True),
        ("vi", "Mở cửa đến 18:00.", "Mở cửa từ 18:00.", True),
        ("vi", "Nộp trước ngày 5 tháng 3.", "Nộp sau ngày 5 tháng 3.", True),
        ("vi", "Xin nghỉ trước 2 tuần.", "Xin nghỉ trước hai tuần.", False),
        ("zh", "须在30天内提交。", "须在30天后提交。", True),
        ("zh", "于5月1日之前提交。", "于5月1日之后提交。", True),
        ("zh", "营业到18:00。", "从18:00起营业。", True),
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
