"""Question sets are read as they stand, and a wrong line is named."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from evals.cases import Case, Half, half_of, load_cases, sample, select
from indexes.errors import ConfigurationError, UsageError

HEADER = "query-id\tdoc-id\tscore\n"


def write_set(folder: Path, queries: list[object], qrels: str = HEADER) -> Path:
    lines = (query if isinstance(query, str) else json.dumps(query) for query in queries)
    (folder / "queries.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (folder / "qrels.tsv").write_text(qrels, "utf-8")
    return folder


def test_a_case_holds_what_the_files_say(tmp_path: Path) -> None:
    query = {
        "id": "q1",
        "text": "Who leads?",
        "lang": "en",
        "answers": ["Ada"],
        "answerable": True,
        "groups": ["hr"],
    }
    qrels = f"{HEADER}q1\td1\t2\nq1\td2\t0\nq1\td3\t1\n"
    assert load_cases(write_set(tmp_path, [query], qrels)) == [
        Case(
            id="q1",
            text="Who leads?",
            language="en",
            answers=("Ada",),
            answerable=True,
            relevant={"d1": 2, "d3": 1},
            groups=frozenset({"*", "hr"}),
        )
    ]


def test_what_is_left_out_is_answerable_public_and_of_the_language_it_is_in(
    tmp_path: Path,
) -> None:
    (case,) = load_cases(write_set(tmp_path, [{"id": "q", "text": "Ai là người lãnh đạo?"}]))
    assert case.answerable
    assert case.language == "vi"
    assert case.groups == {"*"}
    assert (case.answers, case.relevant) == ((), {})


@pytest.mark.parametrize(
    ("queries", "qrels", "file", "line", "problem"),
    [
        (["{"], HEADER, "queries.jsonl", 1, "not JSON"),
        (["[]"], HEADER, "queries.jsonl", 1, "object"),
        ([{"text": "t"}], HEADER, "queries.jsonl", 1, "'id' is missing"),
        ([{"id": "a", "text": " "}], HEADER, "queries.jsonl", 1, "'text' must be"),
        ([{"id": 7, "text": "t"}], HEADER, "queries.jsonl", 1, "'id' must be"),
        ([{"id": "a", "text": "t", "answers": "x"}], HEADER, "queries.jsonl", 1, "'answers'"),
        ([{"id": "a", "text": "t", "answerable": 1}], HEADER, "queries.jsonl", 1, "'answerable'"),
        ([{"id": "a", "text": "t"}] * 2, HEADER, "queries.jsonl", 2, "line 1 too"),
        ([{"id": "a", "text": "t"}], "a\td\t1\n", "qrels.tsv", 1, "header"),
        ([{"id": "a", "text": "t"}], f"{HEADER}a d 1\n", "qrels.tsv", 2, "tabs"),
        ([{"id": "a", "text": "t"}], f"{HEADER}a\td\t-1\n", "qrels.tsv", 2, "whole number"),
        ([{"id": "a", "text": "t"}], f"{HEADER}b\td\t1\n", "qrels.tsv", 2, "'b' is not in"),
    ],
)
def test_a_wrong_line_is_named(
    tmp_path: Path, queries: list[object], qrels: str, file: str, line: int, problem: str
) -> None:
    write_set(tmp_path, queries, qrels)
    with pytest.raises(ConfigurationError, match=problem) as raised:
        load_cases(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path / file}, line {line}: ")


def test_text_that_is_not_utf8_is_an_error_of_the_file(tmp_path: Path) -> None:
    write_set(tmp_path, [])
    (tmp_path / "queries.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_cases(tmp_path)


@pytest.mark.parametrize("missing", ["queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_wrong_usage(tmp_path: Path, missing: str) -> None:
    (write_set(tmp_path, []) / missing).unlink()
    with pytest.raises(UsageError, match=missing):
        load_cases(tmp_path)


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        load_cases(tmp_path / "absent")


def case(name: str) -> Case:
    return Case(
        id=name,
        text="?",
        language="en",
        answers=(),
        answerable=True,
        relevant={},
        groups=frozenset({"*"}),
    )


def test_the_halves_follow_the_last_digit_of_the_hash() -> None:
    assert sha256(b"a").hexdigest().endswith("48bb")
    assert half_of("a") is Half.ODD
    assert sha256(b"c").hexdigest().endswith("efc6")
    assert half_of("c") is Half.EVEN


def test_the_halves_part_the_questions_between_them() -> None:
    cases = [case(f"q{i}") for i in range(200)]
    even, odd = (select(cases, half, None) for half in (Half.EVEN, Half.ODD))
    assert sorted(c.id for c in even + odd) == sorted(c.id for c in cases)
    assert 70 < len(even) < 130
    assert select(cases, Half.ALL, None) == cases


def test_a_sample_is_fixed_in_order_and_holds_the_smaller_ones() -> None:
    cases = [case(f"q{i}") for i in range(50)]
    small, large = sample(cases, 5), sample(cases, 20)
    assert small == sample(reversed(large), 5)[::-1]
    assert [c.id for c in small] == [c.id for c in large if c in small]
    assert {c.id for c in small} == set(
        sorted((c.id for c in cases), key=lambda name: sha256(name.encode()).hexdigest())[:5]
    )
    assert sample(cases, 80) == cases


def test_a_limit_takes_a_sample_of_the_half() -> None:
    cases = [case(f"q{i}") for i in range(50)]
    chosen = select(cases, Half.ODD, 4)
    assert len(chosen) == 4
    assert all(half_of(c.id) is Half.ODD for c in chosen)
