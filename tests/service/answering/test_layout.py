"""Sentences run on; rows, items and leads stand by themselves."""

import pytest

from service.answering.layout import joined, separator


@pytest.mark.parametrize(
    ("before", "language", "between"),
    [
        ("It is open.", "en", " "),
        ("Is it? 🎉", "en", " "),
        ('He said "no."', "en", " "),
        ("Nghỉ phép 12 ngày.", "vi", " "),
        ("员工有十天年假。", "zh", ""),
        ("Part | Price", "en", "\n\n"),
        ("Gearbox | 3.", "en", " "),
        ("Hộp số | 310", "vi", "\n\n"),
        ("代码 | 含义", "zh", "\n\n"),
        ("Do this:", "en", "\n\n"),
        ("- hold the button", "en", "\n\n"),
    ],
)
def test_what_stands_between(before: str, language: str, between: str) -> None:
    assert separator(before, language) == between
    assert joined([before, "Next."], language) == f"{before}{between}Next."


def test_few_sentences() -> None:
    assert joined([], "en") == ""
    assert joined(["One"], "en") == "One"
