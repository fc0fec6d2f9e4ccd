"""A device's candidates never change what a caller gets: held on the processor, without a GPU."""

import logging
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense import DenseIndex, Rows, Scores, VectorsWriter, index
from indexes.dense.clusters import ClusteredIndex
from indexes.dense.device import DeviceFailed, NoDevice, search_on, verify
from indexes.dense.flat import FlatIndex
from tests.indexes.documents import make_vectors

ROWS = 3000
DIMENSIONS = 16
VECTORS = make_vectors(ROWS, DIMENSIONS).values.astype(np.float16).astype(np.float32)


class Rounded:
    """What a GPU does: vectors and queries in half precision, a few candidates, no filter."""

    error: float | None = 2.0**-10
    recall = 0.999

    def __init__(self, limit: int = 400) -> None:
        self.limit = limit
        self.asked = 0
        self._index = faiss.IndexFlatIP(DIMENSIONS)
        self._index.add(VECTORS)

    def candidates(self, queries: NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        self.asked += 1
        scores, rows = self._index.search(queries.astype(np.float16).astype(np.float32), k)
        return rows, scores


class Partial(Rounded):
    """One that reads only every second vector, as clusters do."""

    error = None
    recall = 0.98

    def candidates(self, queries: NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        rows, scores = super().candidates(queries, 2 * k)
        missing = rows % 2 == 1
        rows[missing] = -1
        order = np.argsort(missing, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)


class Broken(Rounded):
    """One that answers the check and nothing after it."""

    def candidates(self, queries: NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        if self.asked:
            raise DeviceFailed("the GPU has fallen off the bus")
        return super().candidates(queries, k)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dense") / "vectors"
    writer = VectorsWriter(path, DIMENSIONS)
    writer.add(VECTORS)
    writer.write()
    return path


@pytest.fixture(scope="module")
def flat(folder: Path) -> FlatIndex:
    return FlatIndex(folder / "flat.faiss")


def opened(folder: Path, device: Rounded, patch: pytest.MonkeyPatch) -> DenseIndex:
    """The index with ``device`` where a GPU would be."""

    def found(_: FlatIndex, __: ClusteredIndex | None) -> Rounded:
        return device

    patch.setattr(index, "open_gpu", found)
    return DenseIndex(folder, "auto")


@given(
    seed=st.integers(0, 10_000),
    k=st.integers(1, 500),
    share=st.floats(0.001, 1),
    limit=st.integers(1, ROWS),
)
def test_what_a_device_proves_is_what_the_processor_finds(
    flat: FlatIndex, seed: int, k: int, share: float, limit: int
) -> None:
    generator = np.random.default_rng(seed)
    query = make_vectors(1, DIMENSIONS, seed).values[0]
    mask = generator.random(ROWS) < share
    mask[seed % ROWS] = True
    allowed = Allowed(mask)
    k = min(k, allowed.count)
    found = search_on(Rounded(limit), flat, query, k, allowed)
    if found is not None:
        rows, scores = flat.search(query, k, allowed)
        np.testing.assert_array_equal(found[0], rows)
        np.testing.assert_array_equal(found[1], scores)


def test_a_device_is_asked_for_as_many_candidates_as_hold_the_allowed(flat: FlatIndex) -> None:
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    half = Allowed(np.arange(ROWS) % 2 == 0)
    assert search_on(Rounded(400), flat, query, 50, half) is not None
    assert search_on(Rounded(199), flat, query, 50, half) is None
    assert search_on(Rounded(199), flat, query, 50, None) is not None


def test_a_candidate_that_the_rounding_could_displace_proves_nothing(flat: FlatIndex) -> None:
    """Its scores end within their error of the last one wanted."""
    device = Rounded(400)
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    assert search_on(device, flat, query, 50, None) is not None
    device.error = 1.0
    assert search_on(device, flat, query, 50, None) is None


def test_a_filter_is_not_left_to_a_device_that_compares_only_some_rows(flat: FlatIndex) -> None:
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    assert search_on(Partial(), flat, query, 5, Allowed(np.arange(ROWS) > 5)) is None
    found = search_on(Partial(), flat, query, 5, None)
    assert found is not None
    assert (found[0] % 2 == 0).all()


def test_a_filter_that_hides_the_nearest_is_left_to_the_processor(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    mask = np.ones(ROWS, np.bool_)
    mask[np.argsort(-(VECTORS @ query))[: ROWS // 2]] = False
    device = Rounded()
    found = opened(folder, device, monkeypatch).search(query, 20, Allowed(mask))
    expected = DenseIndex(folder).search(query, 20, Allowed(mask))
    assert device.asked > 1
    np.testing.assert_array_equal(found, expected)


def test_a_device_that_agrees_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Rounded()
    dense = opened(folder, device, monkeypatch)
    assert device.asked == 1
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    np.testing.assert_array_equal(
        dense.search(query, 7, None), DenseIndex(folder).search(query, 7, None)
    )
    assert device.asked == 2


def test_a_device_that_misses_rows_is_not_used(
    folder: Path, flat: FlatIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DeviceFailed, match=r"98\.0% are needed"):
        verify(Partial(), flat, VECTORS[:20])
    dense = opened(folder, Partial(), monkeypatch)
    assert "the GPU cannot be used" in caplog.text
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    assert len(set((dense.search(query, 50, None)[0] % 2).tolist())) == 2


def test_a_device_that_fails_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dense = opened(folder, Broken(), monkeypatch)
    query = make_vectors(1, DIMENSIONS, 3).values[0]
    for _ in range(2):
        np.testing.assert_array_equal(
            dense.search(query, 7, None), DenseIndex(folder).search(query, 7, None)
        )
    assert caplog.text.count("the GPU failed") == 1


@pytest.mark.parametrize(("device", "level"), [("auto", "INFO"), ("cuda", "WARNING")])
def test_without_a_gpu_the_processor_searches(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    device: str,
    level: str,
) -> None:
    def absent(_: FlatIndex, __: ClusteredIndex | None) -> Rounded:
        raise NoDevice("faiss-gpu sees no GPU")

    monkeypatch.setattr(index, "open_gpu", absent)
    caplog.set_level(logging.INFO)
    assert len(DenseIndex(folder, device).search(VECTORS[0], 3, None)[0]) == 3
    assert [(record.levelname, "sees no GPU" in record.message) for record in caplog.records] == [
        (level, True)
    ]
