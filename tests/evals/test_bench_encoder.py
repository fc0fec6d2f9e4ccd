"""The measurement of the encoder on a tiny model, and the arithmetic that it is set beside."""

import json
from pathlib import Path

import pytest

from evals.bench.encoder import Work, main
from indexes.embedding.model import open_model
from indexes.errors import UsageError


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    text = "Leave is asked for in writing, and the answer comes within nine working days. " * 30
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "a", "text": text}) + "\n")
    (folder / "queries.jsonl").write_text('{"id": "q", "text": "how long is leave"}\n')
    return folder


def test_every_way_is_measured_beside_the_peer(
    corpus: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--texts", "1", "--questions", "1", "--rounds", "1", "--callers", "2"]
    options += ["--model", str(tiny_model), "--cache", str(tmp_path / "cache")]
    assert main([str(corpus), *options]) == 0
    printed = capsys.readouterr().out
    for name in ("sentence-transformers float32", *(f"Footnote {p}" for p in PRECISIONS)):
        assert printed.count(f"| {name} |") >= 2
    assert "at least 2.5:" in printed
    assert "at least 8:" in printed
    assert "| Footnote float32 | " in printed
    assert "1.0000 / 1.0000" in printed


PRECISIONS = ("bfloat16", "float32", "int8")


def test_a_corpus_without_questions_is_refused(corpus: Path, tiny_model: Path) -> None:
    (corpus / "queries.jsonl").write_text("")
    with pytest.raises(UsageError, match="no question"):
        main([str(corpus), "--model", str(tiny_model)])


def test_operations_are_those_of_the_models_matrices() -> None:
    # Six layers of MiniLM: four 384 x 384 and two 384 x 1536 matrices a token, and for each of the
    # 4 x 4 pairs of tokens two products of 384 numbers.
    work = Work.of(["hello world"], ["?"], open_model(""))
    matrices = 6 * (4 * 384 * 384 + 2 * 384 * 1536)
    assert work.tokens == 4
    assert work.operations == 2 * 4 * matrices + 6 * 16 * 2 * 2 * 384
