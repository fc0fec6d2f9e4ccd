"""Exact search against NumPy, and an index file that is none."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.dense import DenseIndex, VectorsWriter
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from tests.indexes.documents import make_vectors

ROWS = 60
DIMENSIONS = 8
VECTORS = make_vectors(ROWS, DIMENSIONS).values


def build(values: NDArray[np.float32], path: Path) -> DenseIndex:
    writer = VectorsWriter(values.shape[1])
    for part in np.array_split(values, 3):
        writer.add(part)
    assert writer.write(path) == len(values)
    return DenseIndex(path)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    return build(VECTORS, tmp_path_factory.mktemp("dense") / "vectors.faiss")


def unit(seed: int) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = make_vectors(1, DIMENSIONS, seed).values[0]
    return vector


@given(
    seed=st.integers(0, 1_000_000),
    k=st.integers(1, ROWS + 20),
    mask=st.none() | st.lists(st.booleans(), min_size=ROWS, max_size=ROWS),
)
def test_a_search_finds_what_numpy_finds(
    index: DenseIndex, seed: int, k: int, mask: list[bool] | None
) -> None:
    query = unit(seed)
    allowed = None if mask is None else np.array(mask, np.bool_)
    rows, scores = index.search(query, k, allowed)
    cosines = VECTORS @ query
    candidates = np.arange(ROWS) if allowed is None else np.flatnonzero(allowed)
    expected = np.sort(cosines[candidates])[::-1][:k]
    assert len(set(rows.tolist())) == len(rows) == min(k, len(candidates))
    assert set(rows.tolist()) <= set(candidates.tolist())
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    np.testing.assert_allclose(cosines[rows], scores, atol=1e-6)
    assert (np.diff(scores) <= 0).all()


@given(st.lists(st.integers(0, ROWS - 1)), st.integers(0, 1_000_000))
def test_the_scores_of_rows_are_their_inner_products(
    index: DenseIndex, rows: list[int], seed: int
) -> None:
    asked = np.array(rows, np.int64)
    np.testing.assert_allclose(
        index.scores(unit(seed), asked), VECTORS[asked] @ unit(seed), atol=1e-6
    )
    np.testing.assert_array_equal(index.vectors(asked), VECTORS[asked])


def test_a_search_and_the_scores_of_its_rows_agree(index: DenseIndex) -> None:
    rows, scores = index.search(unit(1), 20, None)
    np.testing.assert_allclose(index.scores(unit(1), rows), scores, atol=1e-6)


def test_equal_scores_are_in_order_of_their_rows(tmp_path: Path) -> None:
    index = build(VECTORS[[3, 1, 3, 2, 3, 1]], tmp_path / "vectors.faiss")
    rows, scores = index.search(VECTORS[3], 6, None)
    assert rows[:3].tolist() == [0, 2, 4]
    assert scores[:3].tolist() == [scores[0]] * 3
    allowed = np.array([False, True, True, True, True, True])
    assert index.search(VECTORS[3], 2, allowed)[0].tolist() == [2, 4]


def test_an_index_knows_its_shape(index: DenseIndex) -> None:
    assert (len(index), index.dimensions) == (ROWS, DIMENSIONS)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = build(np.empty((0, DIMENSIONS), np.float32), tmp_path / "vectors.faiss")
    assert (len(index), index.dimensions) == (0, DIMENSIONS)
    for allowed in (None, np.empty(0, np.bool_)):
        rows, scores = index.search(unit(1), 5, allowed)
        assert rows.tolist() == scores.tolist() == []
    assert index.vectors(np.empty(0, np.int64)).shape == (0, DIMENSIONS)


@pytest.mark.parametrize("shape", [(DIMENSIONS - 1,), (DIMENSIONS + 1,), (1, DIMENSIONS), (0,)])
def test_a_query_of_another_dimension_is_refused(index: DenseIndex, shape: tuple[int, ...]) -> None:
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        index.search(np.ones(shape, np.float32), 5, None)


@pytest.mark.parametrize("content", [b"", b"junk" * 100, None])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "vectors.faiss"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SnapshotCorrupt, match=r"vectors\.faiss is not a readable FAISS index"):
        DenseIndex(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    build(VECTORS, path)
    whole = path.read_bytes()
    for size in (4, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(SnapshotCorrupt):
            DenseIndex(path)
