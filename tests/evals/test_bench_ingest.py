"""Footnote, its encoder and a LlamaIndex pipeline over one small question set."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from evals.__main__ import main as evals
from evals.bench.engine import engine
from evals.bench.ingest import Rate, Turn, main, write_blocks
from evals.bench.remembering import Remembering
from evals.corpus import open_corpus
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import UsageError
from indexes.settings import IndexSettings
from tests.evals.test_run import QUERIES, RECORDS, write_set


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set")


def cells(screen: str) -> Mapping[str, list[str]]:
    lines = [line for line in screen.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in ([c.strip() for c in x.split("|")[1:-1]] for x in lines)}


def test_the_three_ingest_the_same_documents(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evals(["bench", "ingest", str(questions), "--blocks", "2"]) == 0
    rows = cells(capsys.readouterr().out)
    ran = engine(open_embedder(IndexSettings.read().embedder).description)
    assert ran
    for name in (
        f"Footnote, whole run, {ran}",
        "the encoder alone, same chunks",
        "LlamaIndex pipeline, float32",
    ):
        assert rows[name][0] == str(len(RECORDS))  # every record is one chunk
    assert {"scan", "parse", "embed", "write", "publish"} <= rows.keys()
    judged = sum(bool(document) for *_, document in QUERIES)
    assert f"nDCG@10, {judged} questions" in rows
    ours, theirs = (float(value) for value in rows["hybrid"][:2])
    # Every question shares words with one record; the pipeline's BM25 reads no Chinese.
    assert ours > 0.9
    assert 0.5 < theirs <= 1


def test_blocks_hold_every_document_once(questions: Path, tmp_path: Path) -> None:
    blocks = write_blocks(open_corpus(questions, "bench"), tmp_path / "blocks", 5, None)
    assert len(blocks.folders) == 5
    names = [file.name for folder in blocks.folders for file in folder.iterdir()]
    assert sorted(names) == sorted(f"{name}.txt" for name, *_ in RECORDS)
    assert blocks.record_ids["leave.txt"] == "leave"
    fewer = write_blocks(open_corpus(questions, "bench"), tmp_path / "fewer", 5, 3)
    assert len(fewer.folders) == 3
    assert fewer.record_ids.items() <= blocks.record_ids.items()


def test_without_judged_documents_nothing_is_measured(questions: Path) -> None:
    qrels = "query-id\tdoc-id\tscore\nq-leave\tabsent\t1\n"
    (questions / "qrels.tsv").write_text(qrels)
    with pytest.raises(UsageError, match="take more of them"):
        main([str(questions)])


def test_a_rate_is_of_all_turns() -> None:
    rate = Rate((Turn(30, 2.0), Turn(10, 1.0), Turn(0, 1.0)))
    assert (rate.chunks, rate.seconds, rate.per_second) == (40, 4.0, 10.0)


def test_an_engine_is_what_its_embedder_says() -> None:
    said = {"model": "m", "precision": "int8", "engine": "onnxruntime", "device": ""}
    assert engine(said) == "onnxruntime, int8"


def test_what_is_remembered_is_not_computed_again(tiny_model: Path) -> None:
    inner = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    remembering = Remembering(inner)
    other = inner.encode_passages(["coffee"])
    remembering.remember(["tea"], other)
    found = remembering.embed_passages(["water", "tea", "water"]).values
    assert np.array_equal(found[1], other.vectors.values[0])
    assert np.allclose(found[[0, 2]], inner.embed_passages(["water"]).values, atol=1e-6)
    assert remembering.embed_passages([]).values.shape == (0, inner.dimensions)
    assert remembering.fingerprint == inner.fingerprint
    whole = remembering.encode_passages(["tea", "water"])
    assert np.array_equal(whole.vectors.values, found[[1, 0]])
    assert whole.tokens[0].spans == other.tokens[0].spans
    assert np.allclose(whole.tokens[0].values, other.tokens[0].values, atol=1e-3)
    assert whole.tokens[1].spans == inner.encode_passages(["water"]).tokens[0].spans


def test_the_list_names_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    assert evals(["bench", "list"]) == 0
    names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert {"parse", "pdf", "ingest", "changes", "memory", "kills", "retrieval", "scale"} <= names
