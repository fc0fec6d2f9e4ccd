"""Many chunks made of few: what is replicated, that it is really searched, and the verdicts."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.bench import scale
from evals.bench.contest import Entrant, Player, Speed, Speeds, Turn, blocks_of
from evals.bench.contestant import Given
from evals.bench.floor import Machine, Work
from evals.bench.process import COLLECTION, MeasurementFailed
from evals.bench.replicas import HUNDREDTH, SECTIONS, Encodings, Replicas, ReplicatedVectors, encode
from evals.bench.scalereport import ALL, NO_FILTER, ONE_PERCENT, PEER, Scale, floors, report
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import UsageError
from indexes.snapshot import SnapshotStore
from tests.evals.test_run import write_set

PLACES = "harbour mill pond tower bridge orchard quarry station chapel market".split()
THINGS = "otters bells barges lanterns apples granite trains candles herrings ropes".split()
TEXTS = [
    f"The warden of the {place} counts the {thing} of the {place} on day {number} and writes them "
    f"into the register of the {place}, {thing} by {thing}, before the {place} closes."
    for number, (place, thing) in enumerate(
        (place, thing) for place in PLACES for thing in THINGS[:5]
    )
]


def some(count: int) -> Replicas:
    vectors = np.eye(len(TEXTS), dtype=np.float32)
    codes = [bytes([place]) * 8 * (place % 3) for place in range(len(TEXTS))]
    return Replicas(TEXTS, Encodings(vectors, codes, 64), count)


def test_the_first_copy_is_as_it_was_and_the_others_are_perturbed() -> None:
    made = some(300)
    assert [made.text(row) for row in range(len(TEXTS))] == TEXTS
    assert np.array_equal(made.rows(0, 50), made.encoded.vectors)
    cosines = (made.rows(50, 300) * np.tile(made.encoded.vectors, (5, 1))).sum(axis=1)
    assert cosines.mean() == pytest.approx(0.95, abs=0.02)
    assert len({made.text(row) for row in range(300)}) == 300
    kept = [
        word == old
        for row in range(50, 300)
        for word, old in zip(made.text(row).split(), TEXTS[row % 50].split(), strict=True)
    ]
    assert 0.65 < np.mean(kept) < 0.8  # a word may be replaced by itself
    assert made.text(299) == some(1000).text(299)
    assert np.array_equal(made.rows(250, 300), some(1000).rows(200, 300)[50:])


def test_one_bit_in_eight_of_a_code_is_flipped_after_the_first_copy() -> None:
    code = bytes(range(256)) * 40
    made = Replicas(["tea", "coffee"], Encodings(np.eye(2, dtype=np.float32), [code, b""], 64), 9)
    assert [made.codes(row) for row in (0, 1, 3)] == [code, b"", b""]
    flipped = np.frombuffer(code, np.uint8) ^ np.frombuffer(made.codes(2), np.uint8)
    assert np.unpackbits(flipped).mean() == pytest.approx(1 / 8, abs=0.01)
    assert made.codes(2) != made.codes(4)


def test_encodings_are_read_as_they_were_kept(tmp_path: Path) -> None:
    for codes in ([b"ab", b"", b"abcd"], [b"", b"", b""]):
        kept = Encodings(np.eye(3, dtype=np.float32), codes, 16)
        kept.save(tmp_path / "kept.npz")
        again = Encodings.load(tmp_path / "kept.npz")
        assert np.array_equal(again.vectors, kept.vectors)
        assert (list(again.codes), again.token_dimensions) == (codes, 16)


def test_every_chunk_stands_in_its_document_and_one_document_in_a_hundred_is_tagged() -> None:
    documents = list(some(2010).documents())
    assert len(documents) == 101
    assert [len(chunks) for _, chunks in documents[-2:]] == [SECTIONS, 10]
    rows = iter(range(2010))
    for document, chunks in documents:
        for chunk in chunks:
            assert (
                document.text[chunk.start : chunk.end] == chunk.text == some(2010).text(next(rows))
            )
    assert [bool(document.info.tags) for document, _ in documents].count(True) == 2
    assert documents[100][0].info.tags == (HUNDREDTH,)


def test_vectors_are_given_in_the_order_of_the_rows() -> None:
    made = some(120)
    source = ReplicatedVectors(made, "of these")
    parts = [source.encoded(["?"] * size, ["en"] * size) for size in (7, 100, 13)]
    assert np.array_equal(np.concatenate([rows for rows, _ in parts]), made.rows(0, 120))
    assert [code for _, codes in parts for code in codes] == [made.codes(n) for n in range(120)]
    assert (source.dimensions, source.token_dimensions) == (50, 64)


def test_paragraphs_are_encoded_as_they_are(tiny_model: Path) -> None:
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    found = encode(TEXTS[:7], embedder)
    whole = embedder.encode_passages(TEXTS[:7])
    assert np.allclose(found.vectors, whole.vectors.values, atol=1e-5)
    assert found.token_dimensions == 16
    assert [len(code) for code in found.codes] == [
        2 * sum(text[a:b].isalnum() for a, b in tokens.spans)
        for text, tokens in zip(TEXTS, whole.tokens, strict=False)
    ]


@pytest.fixture
def made(tiny_model: Path) -> Replicas:
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    return Replicas(TEXTS, encode(TEXTS, embedder), 500)


def test_five_hundred_chunks_are_really_searched(
    made: Replicas, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(tiny_model))
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_PRECISION", "float32")
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    peer = Entrant(PEER, PEER, "tests.evals.word_contestant", encodes=False)
    asked = blocks_of([TEXTS[3], TEXTS[33], "otters of the pond", "bells"], 2)
    measured = scale.search(made, tmp_path, embedder, asked, peer)
    assert (measured.chunks, measured.manifest.chunks, measured.manifest.documents) == (
        500,
        500,
        25,
    )
    assert set(measured.speeds) == {NO_FILTER, ALL, ONE_PERCENT, PEER}
    assert set(measured.first_ms) == {ALL, ONE_PERCENT}
    assert measured.peak_bytes >= measured.resident_bytes > 1_000_000
    assert {"total", "embed"} <= set(measured.speeds[ONE_PERCENT][1].by_stage)
    screen = report(measured, Machine(1e9, 1e9))
    assert "500 chunks: 50 paragraphs, really encoded, each 10.0 times" in screen
    with Player(scale.FOOTNOTE, Given(tmp_path, tmp_path), tmp_path) as footnote:
        footnote.open()
        (found,) = footnote.find([TEXTS[33]], 10)
        assert found[0] == "0000/0000001.md"  # the twenty chunks from row 20
        everything = footnote.find(["the warden"], 100)[0]
        footnote.ask("narrow", types=["md"], tags=[])
        assert footnote.find(["the warden"], 100)[0] == everything
        footnote.ask("narrow", types=[], tags=[HUNDREDTH])
        assert footnote.find([TEXTS[33]], 100) == [["0000/0000000.md"] * SECTIONS]
    again = scale.search(made, tmp_path, embedder, asked, None)
    assert again.manifest.id == measured.manifest.id
    assert again.written_seconds == 0.0 < measured.written_seconds
    with pytest.raises(MeasurementFailed, match="name another --keep"):
        scale.collection(replace(made, count=400), tmp_path, embedder)


def test_a_peer_gets_the_same_passages_and_vectors(made: Replicas, tmp_path: Path) -> None:
    given = scale.write_given(made, tmp_path / "peer")
    passages = list(given.passages())
    assert [text for _, text in passages] == [made.text(row) for row in range(500)]
    assert passages[33][0] == "0000/0000001.md"
    assert given.vectors_file is not None
    assert np.array_equal(np.load(given.vectors_file), made.rows(0, 500))


def test_questions_and_paragraphs_are_taken_evenly_and_vectors_kept(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = write_set(tmp_path / "set")
    assert len(scale.questions_of([folder], 100)) == 8
    assert len(scale.questions_of([folder, folder], 4)) == 4
    sentence = "The warden of the pond writes down how deep the water is on every morning of {}. "
    text = "".join(sentence.format(f"day {n}") for n in range(60))
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "long", "text": text}) + "\n")
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    first = scale.replicas([folder], 3, 9, tmp_path, embedder)
    assert (len(first.texts), len(set(first.texts)), first.count) == (3, 3, 9)
    (kept,) = tmp_path.glob("encoded-*.npz")
    Encodings(np.full_like(first.encoded.vectors, 0.25), [b""] * 3, 0).save(kept)
    again = scale.replicas([folder], 3, 9, tmp_path, embedder)
    assert float(again.encoded.vectors[0, 0]) == 0.25
    everything = scale.replicas([folder], 10_000, 9, tmp_path, embedder)
    assert len(everything.texts) == len(set(everything.texts))


def test_another_model_has_no_peer(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(tiny_model))
    with pytest.raises(UsageError, match="built-in model's weights"):
        scale.main([str(tmp_path)])


def of(ms: float, together: int) -> Speeds:
    stages = ({"embed": ms / 2, "dense": ms / 2},) * 2
    return {1: Speed((Turn(1.0, (ms, ms), stages),)), 8: Speed((Turn(1.0, (ms,) * together),))}


def test_verdicts_follow_the_size(made: Replicas, tmp_path: Path, tiny_model: Path) -> None:
    embedder = open_embedder(EmbedderSettings(model=str(tiny_model), precision="float32"))
    manifest, _ = scale.collection(replace(made, count=20), tmp_path, embedder)
    assert SnapshotStore(tmp_path, COLLECTION).current() == manifest.id
    small = Scale(
        chunks=100_000,
        encoded=50,
        speeds={NO_FILTER: of(7.0, 90), ALL: of(9.0, 90), PEER: of(77.0, 7)},
        first_ms={ALL: 30.0},
        work={"dense": Work(2e6, 1e3)},
        resident_bytes=3_000_000_000,
        peak_bytes=4_100_000_000,
        disk_bytes=5_000_000,
        written_seconds=0.0,
        opened_seconds=1.5,
        engine="int8",
        manifest=manifest,
    )
    assert [(floor.measured, floor.row()[2]) for floor in floors(small)] == [
        (7.0, "at most 8: reached"),
        (7.0, "at most 20: reached"),
        (11.0, "at least 10: reached"),
        (90 / 7, "at least 15: **missed**"),
    ]
    assert len(floors(replace(small, speeds={NO_FILTER: of(7.0, 90)}))) == 2
    screen = report(small, Machine(1e9, 1e9))
    assert "| dense | 3.50 / 3.50 | 4.50 / 4.50 | 2.00 (2.0 MB, 1.0 kop) |" in screen
    assert "| total | 7.00 / 7.00 | 9.00 / 9.00 |  |" in screen
    assert "| a filter that allows all | 9.00 / 9.00 | 2.0 | 9.00 / 9.00 | 90.0 | 30.0 |" in screen
    large = replace(small, chunks=1_000_000, speeds={ONE_PERCENT: of(16.0, 1), ALL: of(14.0, 1)})
    assert [floor.row()[2].split()[-1] for floor in floors(large)] == [
        "**missed**",
        "reached",
        "**missed**",
    ]
