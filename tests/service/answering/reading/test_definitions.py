"""Questions after what something is, and sentences that say it, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.reading.definitions import defines, subject


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is a tracking issue?", "tracking issue"),
        ("What's the Sourcegraph app?", "Sourcegraph app"),
        ("What are Git commits?", "Git commits"),
        ("what does SSO mean", "SSO"),
        ("What does SSO stand for?", "SSO"),
        ("DECnet là gì", "DECnet"),
        ("Nghỉ phép có nghĩa là gì?", "Nghỉ phép"),
        ("什么是年假？", "年假"),
        ("FIPS代码是什么？", "FIPS代码"),
        ("年假指的是什么？", "年假"),
        ("Who has a probe?", ""),
        ("How long is parental leave?", ""),
        ("Nhân viên được nghỉ mấy ngày?", ""),
        ("员工有多少天年假？", ""),
        ("", ""),
        ("What is " + "very " * 20 + "long?", ""),
    ],
)
def test_what_is_asked_the_meaning_of(question: str, asked: str) -> None:
    assert subject(question) == asked


@pytest.mark.parametrize(
    ("sentence", "asked", "said"),
    [
        ("A tracking issue is an issue that lists others.", "tracking issue", True),
        ("Tracking issues are issues that list others.", "tracking issue", False),
        ("“SSO” is one login for all.", "SSO", False),
        ("SSO (single sign-on) means one login for all.", "SSO", True),
        ("SSO stands for single sign-on.", "sso", True),
        ("- SSO is one login for all.", "SSO", True),
        ("SSO isn't there.", "SSO", False),
        ("The team uses SSO.", "SSO", False),
        ("DECnet là bộ giao thức mạng.", "DECnet", True),
        ("DECnet làm việc.", "DECnet", False),
        ("年假是员工的带薪假期。", "年假", True),
        ("年假（带薪）指员工的假期。", "年假", True),
        ("员工有年假。", "年假", False),
        ("", "年假", False),
    ],
)
def test_a_definition_begins_with_what_it_defines(sentence: str, asked: str, said: bool) -> None:  # noqa: FBT001
    assert defines(sentence, asked) is said


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read(question: str, sentence: str) -> None:
    asked = subject(question)
    assert asked == asked.strip()
    assert asked in question
    if asked:
        assert isinstance(defines(sentence, asked), bool)
