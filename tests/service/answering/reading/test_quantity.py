"""Questions that count something, and statements that count it, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.reading.quantity import counts, quantity


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How many weeks of leave do I get?", "Parents get 16 weeks."),
        ("How many weeks of leave do I get?", "Parents get a 16-week leave."),
        ("How many different countries joined?", "It was joined by twelve European countries."),
        ("How many parties won seats?", "One party won."),
        ("How many weeks is it?", "It lasts sixteen weeks."),
        ("How long is it?", "It lasts twenty days."),
        ("Nhân viên được nghỉ bao nhiêu ngày?", "Người làm đủ năm được nghỉ 14 ngày."),
        ("Có mấy người?", "Nhóm gồm ba người."),
        ("nhan vien duoc nghi bao nhieu ngay", "nguoi lam du nam duoc nghi 14 ngay"),
        ("员工有多少天年假？", "满一年的员工有十四天年假。"),
        ("有几个国家参加？", "共12个国家参加。"),
        ("How long may a farm keep it?", "It is lent for 30 days."),
        ("Giao hàng mất bao lâu?", "Hàng đến sau hai tuần."),
        ("数据保存多久？", "云端保存 13 个月的数据。"),
    ],
)
def test_a_statement_that_counts_what_is_asked(question: str, statement: str) -> None:
    asked = quantity(question)
    assert asked is not None
    assert counts(statement, asked, question)


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How many weeks of leave do I get?", "In 2024 the weeks of leave were changed."),
        ("How many weeks of leave do I get?", "Parents get 3 further days."),
        ("Nhân viên được nghỉ bao nhiêu ngày?", "Chọn loại phép và ngày nghỉ theo 2 bước."),
        ("员工有多少天年假？", "年假须提前申请，最多5人。"),
        # Its own number is no news.
        ("How many days after 30 days may it be kept?", "It is lent for 30 days."),
        ("How long may a farm keep it?", "A farm may keep 30 machines."),
    ],
)
def test_a_statement_that_counts_something_else(question: str, statement: str) -> None:
    asked = quantity(question)
    assert asked is not None
    assert not counts(statement, asked, question)


@pytest.mark.parametrize(
    "question", ["Who has a probe?", "How much does it cost?", "Khi nào giao hàng?", "在哪里？", ""]
)
def test_other_questions_count_nothing(question: str) -> None:
    assert quantity(question) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read(question: str, statement: str) -> None:
    asked = quantity(question)
    assert asked is None or counts(statement, asked, question) in {True, False}
