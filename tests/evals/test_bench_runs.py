"""Measurements of whole runs at their smallest size: processes, changes, memory, kills."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.bench import changes, kills, memory
from evals.bench.changes import Cost, Nights
from evals.bench.kills import Kill, Tally
from evals.bench.nightly import change
from evals.bench.process import COLLECTION, Ended, MeasurementFailed, ingestion, wait
from evals.bench.published import Published, read_published
from evals.bench.texts import (
    LEAST_WORDS,
    MOST_WORDS,
    chosen,
    document,
    paragraphs,
    path_of,
    write_documents,
)
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import NoSnapshot, UsageError

SENTENCE = "The warden of the pond writes down how deep the water is on every morning of the {}. "


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    texts = [
        "".join(SENTENCE.format(f"{n}th {month}") for n in range(30)) for month in ("May", "June")
    ]
    records = [{"id": str(n), "text": text} for n, text in enumerate([*texts, texts[0], "short"])]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "corpus.jsonl").write_text(lines, "utf-8")
    return folder


def test_paragraphs_are_distinct_and_of_one_size(corpus: Path) -> None:
    found = paragraphs([corpus])
    assert len(found) == len(set(found)) >= 8
    assert all(LEAST_WORDS <= len(text.split()) <= MOST_WORDS for text in found)
    assert {text.split()[-1] for text in found} == {"May.", "June."}


def test_no_paragraphs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "a", "text": "short"}\n')
    with pytest.raises(UsageError, match="no paragraph"):
        paragraphs([tmp_path])


def test_documents_are_distinct_although_the_paragraphs_go_round(tmp_path: Path) -> None:
    write_documents(tmp_path, ["one", "two", "three"], 1200, 2)
    texts = [file.read_text("utf-8") for file in tmp_path.rglob("*.md")]
    assert len(texts) == len(set(texts)) == 1200
    assert (tmp_path / path_of(1199)).read_text("utf-8") == document(
        ["one", "two", "three"], 1199, 2
    )
    assert document(["one", "two", "three"], 1, 2).split("\n\n")[2::2] == ["three", "one\n"]


def test_a_share_is_chosen_by_seed_and_never_none() -> None:
    assert len(chosen(1000, 0.01, "a")) == 10
    assert chosen(1000, 0.01, "a") == chosen(1000, 0.01, "a") != chosen(1000, 0.01, "b")
    assert len(chosen(3, 0.01, "a")) == 1


def test_a_run_that_breaks_is_no_measurement(tmp_path: Path) -> None:
    ended = wait(ingestion(tmp_path / "absent", tmp_path / "data"))
    assert ended.code == 2
    assert ended.peak_bytes > 10_000_000
    assert ended.seconds > 0 < ended.cpu_seconds
    with pytest.raises(MeasurementFailed, match="absent"):
        ended.report()
    assert replace(ended, code=0, output='{"a": 1}').report() == {"a": 1}


def test_what_changes_cost(
    corpus: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(corpus), "--documents", "5", "--rounds", "1"]
    options += ["--embedder", str(tiny_model), "--work", str(tmp_path)]
    assert changes.main(options) == 0
    screen = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in screen.splitlines()[2:]]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("all", "1", "5"),
        ("none", "1", "0"),
        ("1 %", "1", "1"),
    ]
    assert all(row[2].startswith("5 documents, ") for row in rows)
    kept = json.loads((tmp_path / "full.json").read_text())
    assert (kept["documents"], kept["changed"], kept["embedded"]) == (5, 5, kept["chunks"])
    with pytest.raises(MeasurementFailed, match="holds 5 documents, not 6"):
        Nights(tmp_path, tiny_model).full([corpus], 6)


def test_shares_are_of_the_full_run() -> None:
    full = Cost(200.0, 300.0, 100, 100, 100, 100)
    costs = {
        "all": [full],
        "none": [replace(full, seconds=s, embedded=0) for s in (1.0, 9.0, 2.0)],
        "1 %": [replace(full, seconds=7.0, embedded=1)],
    }
    screen = changes.report(costs)
    assert "| 1.00% | at most 1%: reached |" in screen
    assert "| 3.50% | at most 3%: **missed** |" in screen


def test_replicated_vectors_are_real_ones_perturbed(tiny_model: Path) -> None:
    inner = open_embedder(EmbedderSettings(model=str(tiny_model)))
    texts = ["tea", "the warden of the pond", "trains to Hanoi"]
    replicating = memory.Replicating(inner, texts)
    base = inner.embed_passages(texts).values
    passages = [f"passage {n}" for n in range(200)]
    values = replicating.embed_passages(passages).values
    nearest = (values @ base.T).max(axis=1)
    assert np.allclose(np.linalg.norm(values, axis=1), 1, atol=1e-5)
    assert 0.9 < nearest.mean() < 0.99
    assert len(np.unique(values, axis=0)) == 200
    assert np.array_equal(values[:5], replicating.embed_passages(passages[:5]).values)
    assert replicating.count_tokens(passages) == inner.count_tokens(passages)
    assert replicating.fingerprint != inner.fingerprint


def test_the_memory_of_a_run(
    corpus: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [str(corpus), "--chunks", "40", "--embedder", str(tiny_model)]
    assert memory.main([*options, "--work", str(tmp_path)]) == 0
    screen = capsys.readouterr().out
    held = read_published(tmp_path / "data", COLLECTION)
    assert len(held.documents) == 2
    assert f"| chunks | {len(held.chunks)} |" in screen
    assert len(held.chunks) >= 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "sample"
    docs.mkdir()
    for name in ("leave", "travel"):
        (docs / f"{name}.md").write_text(f"# {name}\n\n{SENTENCE.format(name)}\n", "utf-8")
    return docs


def test_kills_do_no_harm(
    folder: Path,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of so small a model, which precision is the faster one is a matter of chance.
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PRECISION", "float32")
    assert kills.main([str(folder), "--kills", "1", "--embedder", str(tiny_model)]) == 0
    screen = capsys.readouterr().out
    assert "| all | 1 | " in screen
    assert "| 1 of 1 kills |" in screen
    assert "(reached)" in screen


def test_instants_fall_into_every_stage_and_mostly_into_long_ones() -> None:
    chance = random.Random(7)  # noqa: S311 (to be the same again)
    drawn = [kills.instant({"long": 9.0, "short": 1.0}, chance) for _ in range(4000)]
    in_long = [seconds for stage, seconds in drawn if stage == "long"]
    assert 0.65 < len(in_long) / len(drawn) < 0.75  # half of .9 and half of .5
    assert 0 < min(in_long) < 0.1
    assert 9.0 < max(in_long) <= 9.9


def test_each_stage_has_its_kills() -> None:
    tally = Tally(least_cosine=0.99)
    tally.stages.update(embed=3, write=1)
    tally.published.update(write=1)
    screen = kills.report(tally)
    assert "| embed | 3 | 0 |\n| write | 1 | 1 |\n| all | 4 | 1 |" in screen
    assert "| 0.990000 (**missed**) |" in screen


def a_snapshot(name: str, text: str = "tea", cosine: float = 1.0) -> Published:
    documents = ((f"id of {name}", "a.md", text, frozenset({"*"})),)
    vectors = np.array([[cosine, np.sqrt(1 - cosine**2)]], np.float32)
    return Published(name, documents, (("chunk", text),), vectors)


def test_a_mixture_is_seen() -> None:
    kill, old, new = Kill("write", killed=True), a_snapshot("1"), a_snapshot("2", "coffee")
    check_whole: Callable[..., None] = kills._check_whole
    check_whole(1, kill, old, old, new)
    check_whole(1, kill, old, new, new)
    with pytest.raises(MeasurementFailed, match="night 1, killed at write: a mixture"):
        check_whole(1, kill, old, replace(new, chunks=old.chunks), new)


def test_an_incomplete_run_and_another_vector_are_seen() -> None:
    kill, expected = Kill("embed", killed=True), a_snapshot("1")
    kills._check_complete(1, kill, replace(expected, snapshot="2"), expected)
    with pytest.raises(MeasurementFailed, match="the next run differs"):
        kills._check_complete(1, kill, replace(expected, documents=()), expected)
    with pytest.raises(MeasurementFailed, match=r"a cosine is 0\.99"):
        kills._check_complete(1, kill, a_snapshot("1", cosine=0.99), expected)


def test_a_night_changes_something_and_is_the_same_for_a_seed(folder: Path, tmp_path: Path) -> None:
    states, seen = [], set[str]()
    for attempt in ("a", "b"):
        work = tmp_path / attempt
        shutil.copytree(folder, work / "docs")
        chance = random.Random(7)  # noqa: S311 (to be the same again)
        for night in range(30):
            seen |= {p.name for p in work.rglob("*.*")}
            before = {p: p.read_bytes() for p in work.rglob("*") if p.is_file()}
            change(work / "docs", night, chance)
            assert {p: p.read_bytes() for p in work.rglob("*") if p.is_file()} != before
        files = sorted(p for p in work.rglob("*") if p.is_file())
        states.append([(p.relative_to(work).as_posix(), p.read_bytes()) for p in files])
    assert states[0] == states[1]
    assert any(name.startswith("moved-") for name in seen)
    assert "0.md" in seen
    assert ".footnote-acl.toml" in seen
    assert len(seen) > len(states[0])  # something was deleted, or moved away


def test_a_collection_that_was_never_published_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot):
        read_published(tmp_path, COLLECTION)


def test_an_ended_process_counts_its_bytes() -> None:
    ended = Ended(0, '{"documents": 1}', "", 1.0, 1.0, 1024)
    assert ended.report() == {"documents": 1}
