"""Conditions, exceptions and questions: what leaves them out is neither quoted nor supported."""

import pytest

from service.answering.checking.statement import Statement
from service.answering.checking.support import best_support
from service.answering.reading.statements import statements
from service.answering.types import Method, Verdict
from tests.service.answering.checking.test_spans import passage, quoted

OVERTIME = "Overtime is paid only if the manager approved it in advance."
CONDITIONS = [
    ("en", OVERTIME, "Overtime is paid."),
    ("en", OVERTIME, "The overtime is paid."),
    ("en", "Employees get a bonus if the firm makes a profit.", "Employees get a bonus."),
    ("en", "The company reimburses all meals except alcohol.", "The company reimburses all meals."),
    ("en", "The company reimburses all meals except alcohol.", "All meals are reimbursed."),
    ("en", "The company reimburses all meals except alcohol.", "Alcohol is reimbursed."),
    ("en", "If the company is sold, all options vest.", "All options vest."),
    ("en", "If the company is sold, all options vest.", "All options will vest."),
    ("en", "Interns may enter unless a test is under way.", "Interns may enter."),
    ("en", "A bonus is paid when all targets are met.", "A bonus is paid."),
    ("en", "Alcohol is reimbursed in no case.", "Alcohol is reimbursed."),
    ("en", "The price is provisional until approved by the board.", "The price is provisional."),
    ("en", "May interns work from home? No.", "Interns work from home."),
    ("en", "May interns work from home? No.", "Interns may work from home."),
    ("vi", "Nhân viên được thưởng nếu công ty có lãi.", "Nhân viên được thưởng."),
    ("vi", "Làm thêm giờ được trả lương chỉ khi đã duyệt.", "Làm thêm giờ được trả lương."),
    ("vi", "Công ty trả mọi bữa ăn trừ rượu bia.", "Công ty trả mọi bữa ăn."),
    ("zh", "如果公司盈利，员工可获得奖金。", "员工可获得奖金。"),
    ("zh", "除酒类外，公司报销所有餐费。", "公司报销所有餐费。"),
    ("zh", "实习生可以在家办公吗？不可以。", "实习生可以在家办公。"),
]


@pytest.mark.parametrize(("language", "text", "said"), CONDITIONS)
def test_a_condition_that_is_left_out_is_no_support(language: str, text: str, said: str) -> None:
    assert quoted(text, said, language) is None
    found = best_support(Statement.of(said, language), passage(text, language), None)
    assert found is None or found.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(("language", "text", "said"), CONDITIONS)
def test_a_whole_statement_is_always_a_quote(language: str, text: str, said: str) -> None:
    made = passage(text, language)
    for each in statements(f"{text}\n\n- {text}\n- {said}\n\nA | {text}\nB | {said}"):
        whole = passage(f"{text}\n\n- {text}\n- {said}\n\nA | {text}\nB | {said}", language)
        stated = whole.evidence.text[each.start : each.end]
        found = best_support(Statement.of(stated, language), whole, None)
        assert found is not None
        assert found.method is Method.QUOTE
    assert made.verbatim(Statement.of(text, language)) == (0, len(text))


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", OVERTIME, OVERTIME),
        ("en", "Only managers may approve overtime.", "Overtime may be approved by managers only."),
        ("en", "Leave is 15 days, and if you need help, call us.", "Leave is 15 days"),
        ("en", "Leave is 15 days; if you are ill, call us.", "Leave is 15 days"),
        ("en", "Is alcohol reimbursed? Yes.", "Alcohol is reimbursed."),
        ("en", "It opened in 1990 when the king came.", "It opened in 1990."),
        ("en", "If you are ill:\n- call your manager\n- rest", "call your manager"),
        (
            "en",
            "Overtime is paid if a manager approved it.",
            "Overtime approved by a manager is paid.",
        ),
        ("vi", "Địa chỉ của công ty là 5 phố Huế.", "5 phố Huế là địa chỉ của công ty."),
        ("zh", "除了年假，员工还享有病假。", "员工享有病假。"),
        ("zh", "三只猫住在办公室。", "猫住在办公室。"),
    ],
)
def test_what_restricts_nothing_or_is_said_leaves_support(
    language: str, text: str, said: str
) -> None:
    found = best_support(Statement.of(said, language), passage(text, language), None)
    assert found is not None
    assert found.verdict is Verdict.SUPPORTED


LEAVE = "Full-time staff get 25 days of paid leave. Part-time staff get 12 days of paid leave."
CHINESE_LEAVE = "全职员工每年享有15天年假。兼职员工每年享有7天年假。"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", LEAVE, "Part-time staff get 25 days of paid leave."),
        ("en", LEAVE, "Full-time staff get 12 days of paid leave."),
        ("zh", CHINESE_LEAVE, "兼职员工每年享有15天年假。"),
        ("zh", CHINESE_LEAVE, "全职员工每年享有7天年假。"),
    ],
)
def test_what_the_sentence_beside_it_says_of_another_is_withheld(
    language: str, text: str, said: str
) -> None:
    found = best_support(Statement.of(said, language), passage(text, language), None)
    assert found is None or found.verdict is not Verdict.SUPPORTED
