"""Examples of good answers: read from files, and the nearest of them chosen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.errors import ConfigurationError
from service.answering.types import Draft, Question
from service.answering.writing.examples import Example, NearestExamples, read_examples
from tests.service.answering.writing.briefs import brief

PAID = Example("en", "Is parental leave paid?", ("It is paid.",), (Draft("It is.", (1,)),))
OPEN = Example("en", "When does the office open?", ("At eight.",), (Draft("At eight.", (1,)),))
MOON = Example("en", "Who walked on the moon?", ("The office opens at eight.",), ())
NGHI = Example("vi", "Nghỉ phép có lương không?", ("Có lương.",), (Draft("Có.", (1,)),))
XIUJIA = Example("zh", "育儿假有薪吗？", ("有薪。",), (Draft("有薪。", (1,)),))
ALL = (PAID, OPEN, MOON, NGHI, XIUJIA)

TOML = """
[[example]]
language = "en"
question = "Is parental leave paid?"
passages = ["It is paid."]
answer = [{ text = "It is.", citations = [1] }]
"""
LINE = {
    "language": "en",
    "question": "Is parental leave paid?",
    "passages": ["It is paid."],
    "answer": [{"text": "It is.", "citations": [1]}],
}


@pytest.mark.parametrize(
    ("question", "language", "shots", "expected"),
    [
        ("How long is parental leave?", "en", 3, [PAID, OPEN, MOON]),
        ("How long is parental leave?", "en", 2, [PAID, MOON]),
        ("How long is parental leave?", "en", 1, [PAID]),
        ("When does the office close?", "en", 2, [OPEN, MOON]),
        ("Whose moon is it?", "en", 2, [PAID, MOON]),
        ("Nghỉ phép bao lâu?", "vi", 2, [NGHI]),
        ("育儿假多长？", "zh", 2, [XIUJIA]),
        ("Wie lange?", "de", 2, []),
        ("How long?", "en", 0, []),
    ],
)
def test_the_nearest_in_the_language_are_shown_and_one_that_declines(
    question: str, language: str, shots: int, expected: list[Example]
) -> None:
    asked = brief(Question(question), language)
    assert list(NearestExamples(ALL, shots).for_brief(asked)) == expected


def test_what_may_show_otherwise_has_another_version() -> None:
    versions = {
        NearestExamples(ALL, 2).version,
        NearestExamples(ALL, 3).version,
        NearestExamples(ALL[::-1], 2).version,
        NearestExamples((replace(PAID, question="?"), *ALL[1:]), 2).version,
    }
    assert len(versions) == 4
    assert NearestExamples(ALL, 2).version in versions


@pytest.mark.parametrize(
    ("name", "text"),
    [("approved.toml", TOML), ("approved.jsonl", f"{json.dumps(LINE)}\n\n")],
)
def test_examples_are_read_from_either_kind_of_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_examples(tmp_path / name) == (PAID,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"language": 1}, "needs a language"),
        ({"passages": []}, "needs a language"),
        ({"passages": [1]}, "needs a language"),
        ({"answer": "It is."}, "needs a language"),
        ({"answer": [{"text": "It is.", "citations": []}]}, "1 passages"),
        ({"answer": [{"text": "It is.", "citations": [2]}]}, "1 passages"),
        ({"answer": [{"text": "It is.", "citations": ["1"]}]}, "1 passages"),
        ({"answer": ["It is."]}, "1 passages"),
    ],
)
def test_an_example_that_is_wrong_is_named(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = tmp_path / "approved.jsonl"
    path.write_text(f"{json.dumps(LINE)}\n{json.dumps(LINE | changes)}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"Example 2 of .*approved\.jsonl.*{message}"):
        read_examples(path)


@pytest.mark.parametrize("content", [b"[[example", b"\xff", b"example = 3", None])
def test_a_file_without_examples_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "approved.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"approved\.toml"):
        read_examples(path)
