"""What a name tells of a document's version, and what it does not."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.editions import Edition, are_versions, edition
from tests.indexes.documents import make_document


def of(path: str, title: str = "", parent: str = "") -> Edition:
    named = title or path.rpartition("/")[2].rpartition(".")[0]
    return edition(make_document(path, "", title=named, parent=parent).info)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("hr/leave-2023.md", "Leave"), ("hr/leave-2025.md", "Leave")),
        (("hr/a.md", "Leave (version 2, 2023)"), ("hr/b.md", "Leave (version 3, 2025)")),
        (("hr/leave_v2.docx",), ("hr/leave_v3.docx",)),
        (("hr/leave v9.docx",), ("hr/leave v10.docx",)),
        (("hr/a.md", "Leave, 2nd edition"), ("hr/b.md", "Leave, 3rd edition")),
        (("hr/a.md", "Leave, 2023 edition"), ("hr/b.md", "Leave, 2025 edition")),
        (("2023/handbook.md",), ("2025/handbook.md",)),
        (("hr/leave-old.docx",), ("hr/leave.docx",)),
        (("hr/a.docx", "Leave (superseded)"), ("hr/b.docx", "Leave")),
        (("03 hr/leave 2023.md",), ("03 hr/leave 2025.md",)),
        (("a/quy-dinh-nghi-phep-2023.md",), ("a/quy-dinh-nghi-phep-2026.md",)),
        (("a/x.md", "Nghỉ phép (năm 2023)"), ("a/y.md", "Nghỉ phép (năm 2026)")),
        (("a/x.md", "Nội quy, phiên bản 2"), ("a/y.md", "Nội quy, phiên bản 3")),
        (("a/nội quy bản 2.md",), ("a/nội quy bản 3.md",)),
        (("a/nội quy cũ.md",), ("a/nội quy.md",)),
        (("a/差旅报销制度-2022.md",), ("a/差旅报销制度-2025.md",)),
        (("a/x.md", "差旅报销制度（2022年版）"), ("a/y.md", "差旅报销制度（2025年版）")),
        (("a/x.md", "差旅报销制度（第二版）"), ("a/y.md", "差旅报销制度（第十版）")),
        (("a/差旅报销制度（旧版）.md",), ("a/差旅报销制度.md",)),
    ],
)
def test_versions_of_one_paper(older: tuple[str, ...], newer: tuple[str, ...]) -> None:
    assert are_versions(of(*older), of(*newer))
    assert of(*older).order < of(*newer).order


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # One of each day, week, month, quarter, release or number.
        (("m/2026-03-03.md", "Minutes, 3 March 2026"), ("m/2026-03-10.md", "Minutes, 10 March")),
        (("ops/2025-03-10 depot.md",), ("ops/2026-03-10 depot.md",)),
        (("ops/depot 10.03.2025.md",), ("ops/depot 10.03.2026.md",)),
        (("shifts/week-15.xlsx",), ("shifts/week-16.xlsx",)),
        (("shifts/week-15-2025.xlsx",), ("shifts/week-15-2026.xlsx",)),
        (("tariffs/January 2025.md",), ("tariffs/January 2026.md",)),
        (("f/q1-2025.md",), ("f/q1-2026.md",)),
        (("f/2025-2026.md",), ("f/2026-2027.md",)),
        (("r/routebook-5.3.md",), ("r/routebook-5.4.md",)),
        (("r/routebook-v5.3.md",), ("r/routebook-v5.4.md",)),
        (("f/invoice-2025-001.md",), ("f/invoice-2025-002.md",)),
        (("f/room 12 2025.md",), ("f/room 12 2026.md",)),
        (("vi/ke-hoach-tuan-15.md",), ("vi/ke-hoach-tuan-16.md",)),
        (("vi/Lịch trực tháng ba 2025.md",), ("vi/Lịch trực tháng ba 2026.md",)),
        (("zh/第15周工作计划.md",), ("zh/第16周工作计划.md",)),
        (("zh/2025年3月排班.md",), ("zh/2026年3月排班.md",)),
        (("zh/一月排班 2025.md",), ("zh/一月排班 2026.md",)),
        # Papers that are written anew, and mail.
        (("f/annual-report-2024.md",), ("f/annual-report-2025.md",)),
        (("minutes/board 2024.md",), ("minutes/board 2025.md",)),
        (("vi/bao-cao-2024.md",), ("vi/bao-cao-2025.md",)),
        (("vi/biên bản 2.md",), ("vi/biên bản 3.md",)),
        (("zh/运营会议纪要2024.docx",), ("zh/运营会议纪要2025.docx",)),
        (("zh/财务报告2024.docx",), ("zh/财务报告2025.docx",)),
        (("mail/leave 2024.eml",), ("mail/leave 2025.eml",)),
        # Another paper, or none of which it is told what is later.
        (("hanoi/fire-2023.md",), ("malmo/fire-2025.md",)),
        (("hr/leave-2023.md",), ("hr/travel-2025.md",)),
        (("hr/leave.md",), ("it/leave.md",)),
        (("hr/leave.md",), ("hr/leave-2025.md",)),
        (("hr/leave-v2.md",), ("hr/leave-2025.md",)),
        (("hr/leave-2025.md",), ("hr/leave-2025.docx",)),
        (("hr/leave v3 2023.md",), ("hr/leave v2 2025.md",)),
        (("hr/2023 or 2024.md",), ("hr/2024 or 2025.md",)),
        (("api/v1/users.md",), ("api/v2/users.md",)),
        (("2023.md",), ("2025.md",)),
    ],
)
def test_what_stands_beside_each_other(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert not are_versions(of(*one), of(*other))
    assert not are_versions(of(*other), of(*one))


def test_what_came_with_a_mail_is_no_version() -> None:
    mail = "0" * 32
    assert not are_versions(of("m/leave 2024.pdf", parent=mail), of("m/leave 2025.pdf"))


def test_a_question_names_a_version_by_its_year_or_number() -> None:
    assert of("hr/a.md", "Leave (version 2, 2023)").terms == {"2", "v2", "2023"}
    assert of("hr/leave.md").terms == frozenset()
    assert of("hr/leave 2023-05-01.md").terms == frozenset()


NAMES = st.text("ab12 v2年版(旧)第三-_./３old月", max_size=12)


@given(NAMES, NAMES, NAMES, NAMES)
def test_of_two_versions_exactly_one_is_later(
    path: str, title: str, other: str, other_title: str
) -> None:
    one, two = of(f"a{path}.md", title), of(f"a{other}.md", other_title)
    assert are_versions(one, two) == are_versions(two, one)
    assert not are_versions(one, one)
    if are_versions(one, two):
        assert one.order != two.order


@given(st.integers(1990, 2039), st.integers(1990, 2039), st.integers(1, 99), st.integers(1, 99))
def test_greater_numbers_are_later(year: int, later: int, number: int, other: int) -> None:
    for shape, (low, high) in product(["leave {}", "{}年版 leave"], [sorted((year, later))]):
        assert are_versions(of(shape.format(low)), of(shape.format(high))) == (low != high)
    assert are_versions(of(f"x v{number}"), of(f"x v{other}")) == (number != other)
