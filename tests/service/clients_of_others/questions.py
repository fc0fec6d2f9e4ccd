"""A collection in three languages, and a question in each that takes two footnotes to answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

DOCUMENTS = {
    "guide/leave.md": (
        "# Parental leave\n\nEvery parent gets twenty weeks of paid parental leave 🎉🎉.\n\n"
        "Leave is requested from the team lead four weeks ahead.\n"
    ),
    "guide/travel.md": (
        "# Travel\n\nTrains are booked through the travel desk.\n\n"
        "The daily allowance is forty euros.\n"
    ),
    "vi/nghi-phep.md": (
        "# Nghỉ phép\n\nNhân viên được nghỉ phép mười hai ngày mỗi năm 😀.\n\n"
        "Đơn nghỉ phép được gửi cho trưởng nhóm.\n"
    ),
    "zh/nianjia.md": ("# 年假\n\n员工每年有十天年假👍🏽。\n\n年假须提前两周向主管申请。\n"),
}
QUESTIONS = {
    "en": "How is parental leave requested, and how long is it?",
    "vi": "Nhân viên được nghỉ phép mấy ngày, đơn nghỉ phép được gửi cho ai?",
    "zh": "员工每年有几天年假，年假须向谁申请？",
}
LANGUAGES = tuple(QUESTIONS)
UNANSWERABLE = "What is the wingspan of an albatross?"

# What tells one footnote from another.
Footnote = tuple[int, str, int, int, str]


def footnotes(citations: Sequence[Mapping[str, Any]]) -> list[Footnote]:
    """The footnotes of POST /ask, or of the key `footnote` that other dialects have."""
    return [
        (each["label"], each["document_id"], each["start"], each["end"], each["quote"])
        for each in citations
    ]


def link(base: str, citation: Mapping[str, Any]) -> str:
    """The address that a footnote has elsewhere; none of these documents has pages."""
    return (
        f"{base}/#source={citation['document_id']}&start={citation['start']}&end={citation['end']}"
    )


def marks(answer: Mapping[str, Any]) -> list[int]:
    """The labels in the order of their marks."""
    return [label for sentence in answer["sentences"] for label in sentence["citations"]]


def ask_each(service: httpx.Client, headers: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What POST /ask answers to each question, by language."""
    answers: dict[str, dict[str, Any]] = {}
    for language, question in QUESTIONS.items():
        response = service.post("/ask", json={"question": question}, headers=headers)
        answers[language] = response.json()
        assert len(answers[language]["citations"]) > 1, response.text
    return answers
