"""Plain text: wrapped lines are one paragraph again, and no others are."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.canonical import canonical
from ingestion.formats.plain_text import elements_of
from ingestion.types import Kind
from tests.ingestion.formats.reading import pairs, parse, texts

POLICY = (
    "Customers who bought a yearly plan may ask for a full refund within thirty days of the "
    "purchase, unless more than two hundred reports were exported in that time. Requests go to "
    "the billing desk and are answered by the finance team within five working days. A refund is "
    "paid to the card that was charged; where that card has expired in the meantime, the finance "
    "team asks for another account before it pays anything out."
)
LEAVE = (
    "公司的年假制度规定每位员工每年可以享受十五天带薪年假,申请须提前两周提交给直属主管审批,"
    "未用完的年假可以顺延到下一年三月底之前使用。病假须在当天上午通知主管,并在返岗后三天内补交医院证明。"
)


def said(text: str) -> list[str]:
    return [element.text for element in elements_of(text)]


@pytest.mark.parametrize("width", [40, 60, 72, 100])
def test_wrapped_paragraphs_are_whole(width: int) -> None:
    text = "\n\n".join([textwrap.fill(POLICY, width)] * 3)
    assert texts(parse(text, "a.txt"), Kind.TEXT) == [POLICY] * 3


@pytest.mark.parametrize("width", [15, 20, 30, 40])
def test_chinese_lines_are_joined_without_a_space(width: int) -> None:
    lines = [LEAVE[start : start + width] for start in range(0, len(LEAVE), width)]
    assert said("\n".join(lines)) == [LEAVE]


def test_a_wrapped_vietnamese_paragraph() -> None:
    text = (
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm theo quy định của công ty và phải xin "
        "phép trước hai tuần. Đơn xin nghỉ do trưởng phòng ký."
    )
    assert said(textwrap.fill(text, 60)) == [text]


def test_items_keep_their_lines_and_stay_apart() -> None:
    text = (
        "Receipts are handed in within thirty days after the return.\nDo this:\n"
        "1. Book the trip at least ten days before it begins, by\n"
        "   mail.\n2. Stay in hotels of up to 120 euros a night, breakfast\n"
        "included.\n- scan the receipt\n* keep the paper\n"
    )
    assert pairs(parse(text, "a.txt")) == [
        ("text", "Receipts are handed in within thirty days after the return."),
        ("text", "Do this:"),
        ("list_item", "1. Book the trip at least ten days before it begins, by mail."),
        ("list_item", "2. Stay in hotels of up to 120 euros a night, breakfast included."),
        ("list_item", "scan the receipt"),
        ("list_item", "keep the paper"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["Footnote Ltd.", "12 Main Street", "Hanoi", "Viet Nam"],
        ["roses are red", "violets are blue", "sugar is sweet", "and so are you"],
        ["床前明月光", "疑是地上霜", "举头望明月", "低头思故乡"],
        ["张三", "李四", "王五"],
        ["Name: Lan Nguyen", "Desk: 12", "Phone: 901 234 567"],
        ["姓名:张三", "电话: 123", "部门: 财务部"],
        ["Plan\tPrice", "Basic\t3", "Professional\t9"],
        ["Plan          Price a month", "Basic         three euros", "Professional  9"],
        ["def days(year):", "return table[year];", "print(days(2026))"],
        ["Best regards,", "Lan Nguyen", "HR department"],
        ["Travel policy", "=============", "Hotels are paid."],
        ["Refund policy", "Customers who bought a yearly plan may ask for a refund."],
    ],
)
def test_lines_that_are_no_prose_stay_apart(lines: list[str]) -> None:
    assert said("\n".join(lines)) == lines


def test_a_paragraph_on_each_line() -> None:
    hotels = (
        "Hotels may cost up to 120 euros a night, breakfast included, and receipts are handed in "
        "within thirty days after the return of the traveller, who keeps copies."
    )
    lines = [
        *("Travel", hotels, "Meals"),
        "Meals are paid up to 40 euros.",
        "Trains are booked in second class, unless the journey takes more than four hours.",
    ]
    assert said("\n".join(lines)) == lines


def test_an_indent_begins_a_paragraph() -> None:
    text = (
        "   The first paragraph begins with an indent and goes on for more than\none line.\n"
        "   The second paragraph does the same, so that the reader sees it in a\nmoment.\n"
    )
    assert [each.split()[1] for each in said(text)] == ["first", "second"]


def test_a_line_of_another_length_misleads_nobody() -> None:
    address = "https://intranet.example.org/" + "forms/" * 15
    text = (
        "See the page of the finance team for the forms that are needed, which\n"
        f"{address}\nholds, and hand them in before the end of the month, or the claim is\n"
        "lost for this year.\n"
    )
    assert said(text) == [" ".join(text.split())]


def test_quoted_lines_lose_the_signs_between_them() -> None:
    text = (
        "> The room is closed on Monday because the floor is being cleaned by the\n"
        "> people who always do it.\nThanks.\n"
    )
    whole = (
        "> The room is closed on Monday because the floor is being cleaned by the people who "
        "always do it."
    )
    assert said(text) == [whole, "Thanks."]


def test_a_word_broken_at_its_hyphen_is_whole() -> None:
    text = (
        "The term of such contracts, which most partners have, is called long-\n"
        "term, and holds for the years before and for the years after the pre-\n"
        "and post-sale periods.\n"
    )
    (whole,) = said(text)
    assert "long-term" in whole
    assert "pre- and post-sale" in whole


LINES = st.lists(
    st.text(st.sampled_from("ab Zé.,:-*>1)|\t带年。#="), max_size=30) | st.just(""), max_size=12
)


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_no_letter_is_lost_or_moved(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = list(elements_of(text))
    letters = [char for char in text if char.isalnum()]
    assert [char for each in found for char in each.text if char.isalnum()] == letters
    whole = canonical(found)
    assert all(whole.text[span.start : span.end].strip() for span in whole.spans)


@given(st.integers(20, 60), st.integers(50, 110))
@settings(max_examples=100, deadline=None)
def test_wrapping_at_any_width_cuts_no_sentence(words: int, width: int) -> None:
    text = " ".join(POLICY.split()[:words]).rstrip(",;.") + "."
    found = said(textwrap.fill(text, width))
    assert " ".join(found) == text
    assert all(each.endswith((".", ";")) for each in found)
