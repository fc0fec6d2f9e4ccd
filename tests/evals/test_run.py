"""The whole command over a small corpus in three languages, with the real house below it."""

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from evals.__main__ import main

RECORDS = [
    ("leave", "Annual leave", "Every employee of Halden Bakery has 27 days of paid leave a year."),
    (
        "travel",
        "Travel",
        "Hotels may cost up to 140 euros a night. Taxis need a manager's consent.",
    ),
    ("laptop", "Laptops", "A lost laptop must be reported to the security desk within two hours."),
    ("ovens", "Ovens", "The stone ovens are cleaned with steam every Thursday evening."),
    ("founding", "History", "Halden Bakery was founded in Bergen in 1931 by Ingrid Solberg."),
    ("payroll", "Payroll", "Salaries are paid on the 25th day of each month by bank transfer."),
    ("nghi-phep", "Nghỉ ốm", "Nhân viên bị ốm phải báo cho quản lý trước 8 giờ sáng."),
    ("gui-xe", "Gửi xe", "Bãi gửi xe của nhà máy Đà Nẵng có chỗ cho 350 xe máy."),
    ("bao-hiem", "Bảo hiểm", "Bảo hiểm y tế do công ty Sao Mai chi trả toàn bộ."),
    ("baoxiao", "报销", "员工报销差旅费必须在三十天内提交发票。"),
    ("shitang", "食堂", "上海工厂的食堂每天供应六百份午餐。"),
    ("anquan", "安全", "进入面粉仓库必须佩戴防尘口罩。"),
]
QUERIES = [
    ("q-leave", "How many days of paid leave does an employee have?", "en", "27", "leave"),
    ("q-hotel", "How much may a hotel cost a night?", "en", "140 euros", "travel"),
    ("q-laptop", "To whom is a lost laptop reported?", "en", "the security desk", "laptop"),
    ("q-founder", "Who founded Halden Bakery in Bergen?", "en", "Ingrid Solberg", "founding"),
    ("q-xe", "Bãi gửi xe ở Đà Nẵng có bao nhiêu chỗ?", "vi", "350", "gui-xe"),
    ("q-bao-hiem", "Công ty nào chi trả bảo hiểm y tế?", "vi", "Sao Mai", "bao-hiem"),
    ("q-shitang", "上海工厂的食堂每天供应多少份午餐？", "zh", "六百", "shitang"),
    ("q-baoxiao", "报销差旅费必须在多少天内提交发票？", "zh", "三十天", "baoxiao"),
    ("q-none", "What is the wingspan of an albatross?", "en", "", ""),
]


def write_set(folder: Path) -> Path:
    folder.mkdir()
    records = [{"id": i, "title": title, "text": text} for i, title, text in RECORDS]
    queries = [
        {
            "id": i,
            "text": text,
            "lang": language,
            "answers": [answer] if answer else [],
            "answerable": bool(answer),
        }
        for i, text, language, answer, _ in QUERIES
    ]
    qrels = "".join(f"{i}\t{document}\t1\n" for i, *_, document in QUERIES if document)
    for name, lines in (("corpus.jsonl", records), ("queries.jsonl", queries)):
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (folder / "qrels.tsv").write_text(f"query-id\tdoc-id\tscore\n{qrels}", "utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run printed and wrote."""

    code: int
    screen: str
    errors: str
    result: dict[str, Any]
    rows: list[dict[str, Any]]

    def measurement(self, name: str) -> dict[str, Any]:
        """One measurement of the only set."""
        (found,) = (m for m in self.result["sets"][0]["measurements"] if m["name"] == name)
        metrics: dict[str, Any] = found
        return metrics

    def value(self, measurement: str, metric: str) -> float:
        """The value of one metric."""
        value: float = self.measurement(measurement)["metrics"][metric]["value"]
        return value

    def rows_of(self, measurement: str) -> Iterator[dict[str, Any]]:
        """Its questions, one by one."""
        return (row for row in self.rows if row["measurement"] == measurement)


def command(*arguments: object) -> tuple[int, str, str]:
    screen, errors = StringIO(), StringIO()
    with redirect_stdout(screen), redirect_stderr(errors):
        code = main([str(argument) for argument in arguments])
    return code, screen.getvalue(), errors.getvalue()


def evaluate(folder: Path, data_dir: Path, out: Path, *options: object) -> Ran:
    files = ("--json", out / "result.json", "--rows", out / "rows.jsonl")
    code, screen, errors = command("run", folder, "--data-dir", data_dir, *files, *options)
    lines = (out / "rows.jsonl").read_text("utf-8").splitlines()
    return Ran(
        code,
        screen,
        errors,
        json.loads((out / "result.json").read_text("utf-8")),
        [json.loads(line) for line in lines],
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evals")


@pytest.fixture(scope="module")
def first(base: Path) -> Ran:
    options = ("--answers", 20, "--removed", 20)
    return evaluate(write_set(base / "bakery"), base / "data", base / "first", *options)


def test_a_run_ends_well_and_indexes_every_record(first: Ran) -> None:
    assert first.code == 0
    (found,) = first.result["sets"]
    assert (found["name"], found["documents"], found["questions"]) == ("bakery", 12, 9)
    assert found["failures"] == []
    assert found["missing_relevant"] == 0
    assert found["snapshot"] in first.screen
    assert first.result["embedder"]["fingerprint"]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_retrieval_is_measured_over_judged_questions(first: Ran, mode: str) -> None:
    rows = list(first.rows_of(mode))
    assert {row["id"] for row in rows} == {i for i, *_, document in QUERIES if document}
    for metric, estimate in first.measurement(mode)["metrics"].items():
        assert estimate["questions"] == 8
        assert estimate["value"] == pytest.approx(mean(row[metric] for row in rows))
        assert estimate["low"] <= estimate["value"] <= estimate["high"]


def test_the_one_document_that_tells_is_found_first(first: Ran) -> None:
    for row in first.rows_of("hybrid"):
        assert row["found"][0] in row["relevant"], row["question"]
    assert first.value("hybrid", "ndcg@10") == 1


def test_a_document_counts_once(first: Ran) -> None:
    for mode in ("hybrid", "dense", "lexical"):
        for row in first.rows_of(mode):
            assert len(set(row["found"])) == len(row["found"]) <= 10


def test_every_stage_is_timed(first: Ran) -> None:
    for name in ("hybrid", "answers"):
        timings = first.measurement(name)["timings_ms"]
        assert "total" in timings
        assert all(0 <= timing["p50"] <= timing["p95"] for timing in timings.values())


def test_answers_are_judged_against_the_gold(first: Ran) -> None:
    rows = {row["id"]: row for row in first.rows_of("answers")}
    assert rows.keys() == {i for i, *_ in QUERIES}
    answerable = [rows[i] for i, *_, document in QUERIES if document]
    assert first.value("answers", "contains_answer") == mean(
        row["contains_answer"] for row in answerable
    )
    assert first.value("answers", "contains_answer") >= 0.5
    assert first.value("answers", "false_abstention") == mean(
        row["abstained"] for row in answerable
    )
    assert first.value("answers", "abstention") == rows["q-none"]["abstained"]


def test_every_citation_is_checked_against_its_document(first: Ran) -> None:
    texts = {i: text for i, _, text in RECORDS}
    cited = [c for row in first.rows_of("answers") for c in row["citations"]]
    assert cited
    assert all(c["quote"] in texts[c["document"]] for c in cited)
    assert first.value("answers", "citation_valid") == 1
    assert first.value("answers", "sentence_cited") == 1


def test_removed_documents_are_never_cited(first: Ran) -> None:
    rows = list(first.rows_of("removed"))
    assert len(rows) == 8
    for row in rows:
        assert not {citation["document"] for citation in row["citations"]} & row["relevant"].keys()
    assert first.value("removed", "abstention") == mean(row["abstained"] for row in rows)
    assert not any(row["contains_answer"] for row in rows)


def test_the_screen_shows_what_the_file_holds(first: Ran) -> None:
    for name, metric in (("hybrid", "ndcg@10"), ("answers", "contains_answer")):
        assert metric in first.screen
        assert f"{first.value(name, metric):.3f} [" in first.screen
    assert "Traceback" not in first.errors


def test_a_second_run_reuses_the_index_and_measures_the_same(base: Path, first: Ran) -> None:
    options = ("--modes", "hybrid", "--answers", 2, "--unanswerable", 0)
    second = evaluate(base / "bakery", base / "data", base / "second", *options)
    assert second.result["sets"][0]["snapshot"] == first.result["sets"][0]["snapshot"]
    assert second.measurement("hybrid")["metrics"] == first.measurement("hybrid")["metrics"]
    assert all(row in first.rows for row in second.rows)
    assert [row["answerable"] for row in second.rows_of("answers")] == [True, True]


def test_a_result_compared_with_itself_shows_no_change(base: Path, first: Ran) -> None:
    assert first.code == 0
    result = base / "first" / "result.json"
    code, screen, errors = command("compare", result, result)
    assert (code, errors) == (0, "")
    assert "bakery hybrid ndcg@10" in screen
    assert "Different settings" not in screen
    changes = [line.split()[-1] for line in screen.splitlines() if "@10" in line]
    assert set(changes) == {"+0.000"}


def test_a_limit_and_a_half_narrow_the_questions(base: Path, first: Ran) -> None:
    assert first.code == 0
    out = base / "narrow.json"
    options = ("--data-dir", base / "data", "--modes", "lexical", "--half", "odd", "--limit", 2)
    code, screen, _ = command("run", base / "bakery", *options, "--json", out)
    assert code == 0
    (found,) = json.loads(out.read_text("utf-8"))["sets"]
    assert found["questions"] == 2
    assert [m["name"] for m in found["measurements"]] == ["lexical"]
    assert "half odd" in screen
    _, comparison, _ = command("compare", base / "first" / "result.json", out)
    assert "half: all before, odd after" in comparison


def test_permissions_of_a_folder_hold_for_who_asks(tmp_path: Path) -> None:
    folder = tmp_path / "Wiki Pages"
    (folder / "docs" / "hr").mkdir(parents=True)
    (folder / "docs" / "hr" / "pay.md").write_text("# Pay\n\nBakers earn 31 euros an hour.\n")
    (folder / "docs" / "ovens.md").write_text("# Ovens\n\nBakers clean the ovens on Thursday.\n")
    (folder / "docs" / ".footnote-acl.toml").write_text(
        '[[rule]]\npath = "**"\ngroups = ["*"]\n[[rule]]\npath = "hr/**"\ngroups = ["hr"]\n'
    )
    question = "How much do bakers earn an hour?"
    queries = [{"id": "staff", "text": question}, {"id": "hr", "text": question, "groups": ["hr"]}]
    (folder / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries))
    qrels = "query-id\tdoc-id\tscore\nstaff\thr/pay.md\t1\nhr\thr/pay.md\t1\nhr\tgone.md\t1\n"
    (folder / "qrels.tsv").write_text(qrels)
    rows = tmp_path / "rows.jsonl"
    options = ("--data-dir", tmp_path / "data", "--modes", "hybrid", "--rows", rows)
    code, screen, _ = command("run", folder, *options)
    assert code == 0
    found = {row["id"]: row["found"] for row in map(json.loads, rows.read_text().splitlines())}
    assert found == {"staff": ["ovens.md"], "hr": ["hr/pay.md", "ovens.md"]}
    assert "1 judged document(s) are not in the corpus" in screen


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("run", "absent"), "is not a folder"),
        (("run", "broken"), "queries.jsonl, line 1: not JSON"),
        (("run", "empty"), "holds no queries.jsonl"),
        (("run", "bakery", "bakery"), "both called 'bakery'"),
        (("compare", "absent.json", "absent.json"), "cannot be read"),
        (("compare", "broken/queries.jsonl", "broken/queries.jsonl"), "is not a file that"),
    ],
)
def test_wrong_usage_is_told_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    write_set(tmp_path / "bakery")
    (tmp_path / "empty").mkdir()
    write_set(tmp_path / "broken")
    (tmp_path / "broken" / "queries.jsonl").write_text("{broken", "utf-8")
    name, *paths = arguments
    options = ("--data-dir", tmp_path / "data") if name == "run" else ()
    code, screen, errors = command(name, *(tmp_path / path for path in paths), *options)
    assert (code, screen) == (2, "")
    assert errors.startswith("evals: ")
    assert problem in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [("--modes", "sparse"), ("--k", "0"), ("--half", "left"), ("--answers", "-1"), ("--k", "ten")],
)
def test_an_unknown_option_is_wrong_usage(tmp_path: Path, options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as raised:
        command("run", tmp_path, *options)
    assert raised.value.code == 2
