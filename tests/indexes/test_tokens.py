"""Codes of tokens: what they lose of a cosine, and late interaction as its formula has it."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexes.embedder import Embedder, TokenVectors
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.tokens import TokenIndex, TokenQuantiser, TokensWriter

DIMENSIONS = 384
Matrix = NDArray[np.float32]


def unit_rows(rows: int, dimensions: int = DIMENSIONS, seed: int = 0) -> Matrix:
    values = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


def tokens(values: Matrix) -> TokenVectors:
    return TokenVectors(values, tuple((i, i + 1) for i in range(len(values))))


def written(folder: Path, passages: list[Matrix]) -> TokenIndex:
    quantiser = TokenQuantiser(DIMENSIONS)
    with TokensWriter(folder, DIMENSIONS) as writer:
        for values in passages:
            writer.add(quantiser.encode("w" * len(values), tokens(values)))
    return TokenIndex(folder)


def test_the_rotation_never_changes() -> None:
    """Codes in ledgers and snapshots stay valid only as long as this holds."""
    codes = TokenQuantiser(DIMENSIONS).encode("w" * 20, tokens(np.eye(20, DIMENSIONS, dtype="f4")))
    assert (
        sha256(codes).hexdigest()
        == "d82d6a98dee14c766c1610eef76049876cffbdc20c6bcae1edbbabe1d1bb00b8"
    )


def test_a_code_is_the_signs_of_a_rotated_vector() -> None:
    quantiser = TokenQuantiser(16)
    axes = np.eye(16, dtype=np.float32)
    rotated = np.array([quantiser._rotation[i] for i in range(16)])
    np.testing.assert_allclose(rotated @ rotated.T, axes, atol=1e-5)
    codes = quantiser.encode("w" * 16, tokens(axes))
    bits = np.unpackbits(np.frombuffer(codes, np.uint8).reshape(16, 2), axis=1)
    assert (bits == (rotated > 0)).all()


def test_a_cosine_is_estimated_without_bias() -> None:
    base, noise = unit_rows(300), unit_rows(300, seed=1)
    shares = np.linspace(0, 1, 300, dtype=np.float32)[:, None]
    mixed = shares * base + (1 - shares) * noise
    near = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    quantiser = TokenQuantiser(DIMENSIONS)
    codes = np.frombuffer(quantiser.encode("w" * 300, tokens(base)), np.uint8).reshape(300, -1)
    estimated = np.diagonal(quantiser.similarities(near, codes))
    errors = estimated - (base * near).sum(axis=1)
    # 1 / sqrt(bits) is the scale of the error; of 300 the mean is within a fifth of it.
    assert abs(errors.mean()) < 0.01
    assert errors.std() < 0.06


def test_late_interaction_is_the_mean_of_the_closest(tmp_path: Path) -> None:
    passages = [unit_rows(7, seed=2), unit_rows(0), unit_rows(3, seed=3), unit_rows(1, seed=4)]
    index = written(tmp_path / "t", passages)
    assert (len(index), index.dimensions) == (4, DIMENSIONS)
    query = np.concatenate([passages[2][:2], unit_rows(1, seed=5)])
    rows = np.array([2, 1, 0, 3])
    found = index.scores(query, rows)
    quantiser = TokenQuantiser(DIMENSIONS)
    for row, score in zip(rows, found, strict=True):
        values = passages[row]
        if len(values) == 0:
            assert np.isnan(score)
            continue
        codes = np.frombuffer(quantiser.encode("w" * len(values), tokens(values)), np.uint8)
        cosines = quantiser.similarities(query, codes.reshape(len(values), -1))
        assert score == pytest.approx(cosines.max(axis=0).mean(), abs=1e-6)
    assert np.nanargmax(found) == 0


def test_cosines_of_a_row_are_those_of_its_codes(tmp_path: Path) -> None:
    passages = [unit_rows(7, seed=2), unit_rows(0), unit_rows(3, seed=3)]
    index = written(tmp_path / "t", passages)
    query = unit_rows(2, seed=5)
    rows = np.array([2, 1, 0, 2])
    found = index.cosines(query, rows)
    assert [cosines.shape for cosines in found] == [(3, 2), (0, 2), (7, 2), (3, 2)]
    closest, _ = index.similarities(query, rows)
    for row, cosines in enumerate(found):
        if len(cosines):
            np.testing.assert_array_equal(cosines.max(axis=0), closest[row])
    assert index.cosines(query, np.array([], np.int64)) == []
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        index.cosines(unit_rows(1, dimensions=128), rows)


def test_tokens_without_letters_and_digits_are_left_out() -> None:
    values = unit_rows(4)
    spans = ((0, 1), (2, 3), (3, 5), (5, 5))
    quantiser = TokenQuantiser(DIMENSIONS)
    whole = quantiser.encode("a . 7é", TokenVectors(values, spans))
    assert whole == quantiser.encode("ww", tokens(values[[0, 2]]))
    assert len(whole) == 2 * DIMENSIONS // 8
    assert quantiser.encode("...", tokens(values[:3])) == b""
    assert quantiser.encode("", TokenVectors(values[:0], ())) == b""


def test_a_question_without_tokens_meets_nothing(tmp_path: Path) -> None:
    index = written(tmp_path / "t", [unit_rows(2), unit_rows(0)])
    found = index.scores(np.empty((0, DIMENSIONS), np.float32), np.array([0, 1]))
    assert found[0] == 0
    assert np.isnan(found[1])
    assert index.scores(unit_rows(2), np.array([], np.int64)).shape == (0,)


def test_an_empty_index_is_read(tmp_path: Path) -> None:
    assert len(written(tmp_path / "t", [])) == 0
    only_empty = written(tmp_path / "u", [unit_rows(0)])
    assert np.isnan(only_empty.scores(unit_rows(2), np.array([0]))).all()


def test_other_dimensions_are_refused(tmp_path: Path) -> None:
    index = written(tmp_path / "t", [unit_rows(2)])
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        index.scores(unit_rows(1, dimensions=128), np.array([0]))
    with TokensWriter(tmp_path / "u", DIMENSIONS) as writer, pytest.raises(SnapshotMismatch):
        writer.add(bytes(47))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"dimensions": "many"}'])
def test_a_damaged_index_is_refused(tmp_path: Path, content: str) -> None:
    written(tmp_path / "t", [unit_rows(2)])
    (tmp_path / "t" / "shape.json").write_text(content, "utf-8")
    with pytest.raises(SnapshotCorrupt):
        TokenIndex(tmp_path / "t")


def test_the_real_tokens_find_the_passage_that_answers(tmp_path: Path, embedder: Embedder) -> None:
    texts = [
        "Parents get eighteen weeks of paid leave after a birth.",
        "The VPN gateway restarts every night at two.",
        "Train tickets are booked by the office.",
    ]
    encoded = embedder.encode_passages(texts)
    quantiser = TokenQuantiser(DIMENSIONS)
    with TokensWriter(tmp_path / "t", DIMENSIONS) as writer:
        for text, each in zip(texts, encoded.tokens, strict=True):
            writer.add(quantiser.encode(text, each))
    query = embedder.encode_queries(["When does the VPN restart?"]).tokens[0].values
    scores = TokenIndex(tmp_path / "t").scores(query, np.arange(3))
    exact = [float((each.values @ query.T).max(axis=0).mean()) for each in encoded.tokens]
    assert int(scores.argmax()) == 1
    # The closest of many is overestimated a little: the largest of as many errors.
    np.testing.assert_allclose(scores, exact, atol=0.1)
