"""Search of few vectors against NumPy, what is stored, and files that are none of an index."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense import DenseIndex, VectorsWriter
from indexes.errors import RunRefused, SnapshotCorrupt, SnapshotMismatch
from tests.indexes.documents import make_vectors

ROWS = 60
DIMENSIONS = 8
VECTORS = make_vectors(ROWS, DIMENSIONS).values.astype(np.float16).astype(np.float32)
FULL_DISK = Path("/dev/full")


def build(values: NDArray[np.float32], folder: Path) -> DenseIndex:
    writer = VectorsWriter(folder, values.shape[1])
    for part in np.array_split(values, 3):
        writer.add(part)
    assert writer.write() == {"index": "exact", "precision": "float16", "rows": str(len(values))}
    return DenseIndex(folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    return build(VECTORS, tmp_path_factory.mktemp("dense") / "vectors")


def unit(seed: int) -> NDArray[np.float32]:
    vector: NDArray[np.float32] = make_vectors(1, DIMENSIONS, seed).values[0]
    return vector


def masks(rows: int) -> st.SearchStrategy[NDArray[np.bool_]]:
    """Anything from no row to all, few of them as often as many."""
    few = st.sets(st.integers(0, rows - 1), max_size=6).map(
        lambda chosen: np.isin(np.arange(rows), list(chosen))
    )
    many = st.lists(st.booleans(), min_size=rows, max_size=rows).map(np.array)
    return few | many


@given(
    seed=st.integers(0, 1_000_000),
    k=st.integers(0, ROWS + 20),
    mask=st.none() | masks(ROWS),
)
def test_a_search_finds_what_numpy_finds(
    index: DenseIndex, seed: int, k: int, mask: NDArray[np.bool_] | None
) -> None:
    query = unit(seed)
    rows, scores = index.search(query, k, None if mask is None else Allowed(mask))
    cosines = VECTORS @ query
    candidates = np.arange(ROWS) if mask is None else np.flatnonzero(mask)
    assert len(set(rows.tolist())) == len(rows) == min(k, len(candidates))
    assert set(rows.tolist()) <= set(candidates.tolist())
    np.testing.assert_allclose(scores, np.sort(cosines[candidates])[::-1][:k], atol=1e-6)
    np.testing.assert_allclose(cosines[rows], scores, atol=1e-6)
    assert (np.diff(scores) <= 0).all()
    np.testing.assert_array_equal(index.scores(query, rows), scores)


@given(st.lists(st.integers(0, ROWS - 1)), st.integers(0, 1_000_000))
def test_the_scores_of_rows_are_their_inner_products(
    index: DenseIndex, rows: list[int], seed: int
) -> None:
    asked = np.array(rows, np.int64)
    np.testing.assert_allclose(
        index.scores(unit(seed), asked), VECTORS[asked] @ unit(seed), atol=1e-6
    )
    np.testing.assert_array_equal(index.vectors(asked), VECTORS[asked])


def test_half_precision_is_what_is_lost(tmp_path: Path) -> None:
    values = make_vectors(500, 384).values
    stored = build(values, tmp_path / "vectors").vectors(np.arange(500))
    np.testing.assert_array_equal(stored, values.astype(np.float16).astype(np.float32))
    assert np.abs(stored @ values[0] - values @ values[0]).max() < 1e-4


@pytest.mark.parametrize("size", [6, 60])
def test_equal_scores_are_in_order_of_their_rows(tmp_path: Path, size: int) -> None:
    copies = np.array([3, 1, 3, 2, 3, 1] * (size // 6))
    index = build(VECTORS[copies], tmp_path / "vectors")
    same = np.flatnonzero(copies == 3).tolist()
    rows, scores = index.search(VECTORS[3], size, None)
    assert rows[: len(same)].tolist() == same
    assert scores[: len(same)].tolist() == [scores[0]] * len(same)
    for left_out in (same[:1], same[1:]):
        allowed = Allowed(~np.isin(np.arange(size), left_out))
        kept = [row for row in same if row not in left_out]
        assert index.search(VECTORS[3], len(kept), allowed)[0].tolist() == kept


def test_an_index_knows_its_shape(index: DenseIndex) -> None:
    assert (len(index), index.dimensions) == (ROWS, DIMENSIONS)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = build(np.empty((0, DIMENSIONS), np.float32), tmp_path / "vectors")
    assert (len(index), index.dimensions) == (0, DIMENSIONS)
    for allowed in (None, Allowed(np.empty(0, np.bool_))):
        rows, scores = index.search(unit(1), 5, allowed)
        assert rows.tolist() == scores.tolist() == []
    assert index.vectors(np.empty(0, np.int64)).shape == (0, DIMENSIONS)
    assert index.scores(unit(1), np.empty(0, np.int64)).shape == (0,)


@pytest.mark.parametrize("shape", [(DIMENSIONS - 1,), (DIMENSIONS + 1,), (1, DIMENSIONS), (0,)])
def test_a_query_of_another_dimension_is_refused(index: DenseIndex, shape: tuple[int, ...]) -> None:
    with pytest.raises(SnapshotMismatch, match="ingest the collection again"):
        index.search(np.ones(shape, np.float32), 5, None)


@pytest.mark.parametrize("content", [b"", b"junk" * 100, None])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "flat.faiss").write_bytes(content)
    with pytest.raises(SnapshotCorrupt, match=r"flat\.faiss is not a readable FAISS index"):
        DenseIndex(tmp_path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    build(VECTORS, tmp_path / "vectors")
    path = tmp_path / "vectors" / "flat.faiss"
    whole = path.read_bytes()
    for size in (0, 4, 30, 70, 81, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(SnapshotCorrupt):
            DenseIndex(path.parent)
    path.write_bytes(whole + b"\0")
    with pytest.raises(SnapshotCorrupt):
        DenseIndex(path.parent)


def test_an_index_that_was_not_finished_is_refused(tmp_path: Path) -> None:
    VectorsWriter(tmp_path / "vectors", DIMENSIONS).add(VECTORS)
    with pytest.raises(SnapshotCorrupt):
        DenseIndex(tmp_path / "vectors")


def test_a_folder_that_cannot_be_made_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="make sure that the disk has room"):
        VectorsWriter(tmp_path / "absent" / "vectors", DIMENSIONS)


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    writer = VectorsWriter(tmp_path / "vectors", 384)
    (tmp_path / "vectors" / "flat.faiss").unlink()
    (tmp_path / "vectors" / "flat.faiss").symlink_to(FULL_DISK)
    with pytest.raises(RunRefused, match=r"flat\.faiss cannot be written"):
        writer.add(make_vectors(1000, 384).values)
