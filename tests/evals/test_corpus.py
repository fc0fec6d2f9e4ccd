"""A corpus as a source: paths, permissions, and documents that can be taken out of reach."""

import json
from pathlib import Path

import pytest

from evals.corpus import bucket_of, open_corpus, scope_of
from indexes.errors import ConfigurationError, SourceError, UsageError


def write_corpus(folder: Path, records: list[dict[str, object]]) -> Path:
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    (folder / "corpus.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("record_id", "path"),
    [
        ("0-0-0", "0-0-0.txt"),
        ("hr/leave.md", "hr/leave.md"),
        ("notes.TXT", "notes.TXT"),
        ("report.pdf", "report.pdf.txt"),
        ("v1.5", "v1.5.txt"),
    ],
)
def test_a_record_becomes_a_file_of_text(tmp_path: Path, record_id: str, path: str) -> None:
    record: dict[str, object] = {"id": record_id, "title": "Nghỉ phép", "text": "# 1. 年假"}
    corpus = open_corpus(write_corpus(tmp_path, [record]), "set")
    (file,) = corpus.files()
    assert (file.source, file.path, file.title) == ("set", path, "Nghỉ phép")
    assert corpus.read(file).decode() == "# 1. 年假"
    assert corpus.record_id(file.path) == record_id


def test_files_come_in_order_of_path(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [{"id": name, "text": name} for name in ("c", "a", "b")]
    corpus = open_corpus(write_corpus(tmp_path, records), "set")
    assert [file.path for file in corpus.files()] == ["a.txt", "b.txt", "c.txt"]


def test_ids_that_make_one_path_are_refused_by_line(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path, [{"id": "a"}, {"id": "a.txt"}]), "set")
    with pytest.raises(ConfigurationError, match=r"line 2: the ids 'a' and 'a\.txt'"):
        list(corpus.files())


def test_a_file_of_another_corpus_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (file,) = open_corpus(write_corpus(tmp_path / "other", [{"id": "x"}]), "set").files()
    corpus = open_corpus(write_corpus(tmp_path, [{"id": "a"}]), "set")
    with pytest.raises(SourceError, match=r"x\.txt"):
        corpus.read(file)


def test_the_records_win_over_the_files_they_were_made_from(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("As found", "utf-8")
    assert [file.path for file in open_corpus(tmp_path, "set").files()] == ["a.md"]
    write_corpus(tmp_path, [{"id": "b.md", "text": "As scored"}])
    assert [file.path for file in open_corpus(tmp_path, "set").files()] == ["b.md"]


def test_a_set_without_documents_asks_the_corpus_of_its_name(tmp_path: Path) -> None:
    corpora, questions = tmp_path / "data", tmp_path / "questions" / "wiki"
    questions.mkdir(parents=True)
    (corpora / "wiki").mkdir(parents=True)
    write_corpus(corpora / "wiki", [{"id": "a.md", "text": "Elsewhere"}])
    assert [file.path for file in open_corpus(questions, "set", corpora).files()] == ["a.md"]
    write_corpus(questions, [{"id": "b.md", "text": "Its own"}])
    assert [file.path for file in open_corpus(questions, "set", corpora).files()] == ["b.md"]


def test_a_folder_without_documents_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"neither corpus\.jsonl nor docs"):
        open_corpus(tmp_path, "set")


def test_documents_are_seen_by_their_groups_only(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path, [{"id": "a", "groups": ["hr"]}]), "set")
    (file,) = corpus.files()
    assert scope_of({"hr"}).permits(file.groups)
    assert not scope_of({"*", "sales"}).permits(file.groups)


def test_a_folder_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "docs" / "hr").mkdir(parents=True)
    for name in ("hr/pay.md", "open.md", "lost.md"):
        (tmp_path / "docs" / name).write_text("Text", "utf-8")
    (tmp_path / "docs" / ".footnote-acl.toml").write_text(
        '[[rule]]\npath = "open.md"\ngroups = ["*"]\n[[rule]]\npath = "hr/**"\ngroups = ["hr"]\n',
        "utf-8",
    )
    groups = {file.path: file.groups for file in open_corpus(tmp_path, "set").files()}
    assert {path for path in groups if scope_of({"*"}).permits(groups[path])} == {"open.md"}
    assert {path for path in groups if scope_of({"*", "hr"}).permits(groups[path])} == {
        "open.md",
        "hr/pay.md",
    }


def test_what_is_taken_away_is_out_of_reach_and_little_else(tmp_path: Path) -> None:
    names = [f"d{i}" for i in range(640)]
    corpus = open_corpus(write_corpus(tmp_path, [{"id": name} for name in names]), "set")
    groups = {corpus.record_id(file.path): file.groups for file in corpus.files()}
    everything, without = scope_of({"*"}), scope_of({"*"}, ["d3", "d4"])
    assert all(everything.permits(groups[name]) for name in names)
    gone = {name for name in names if not without.permits(groups[name])}
    assert gone == {name for name in names if bucket_of(name) in {bucket_of("d3"), bucket_of("d4")}}
    assert {"d3", "d4"} <= gone
    # Two buckets of 64, of about ten documents each.
    assert len(gone) < 50


def test_an_attachment_goes_with_the_file_it_was_found_in() -> None:
    assert bucket_of("mail.eml!/plan.pdf") == bucket_of("mail.eml")
