"""Search on a real GPU: `pytest -m gpu` on a machine with one and faiss-gpu."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from evals.bench.gpu import main
from indexes.allowed import Allowed
from indexes.dense import DenseIndex, VectorsWriter, gpu
from indexes.dense.clusters import ClusteredIndex
from indexes.dense.device import NoDevice, search_on, verify
from indexes.dense.flat import FlatIndex
from indexes.dense.tuning import questions
from tests.indexes.documents import make_vectors

ROWS = 40_000
DIMENSIONS = 384


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        gpu.seen()
    except NoDevice as exc:
        pytest.skip(str(exc))
    path = tmp_path_factory.mktemp("dense") / "vectors"
    writer = VectorsWriter(path, DIMENSIONS)
    writer.add(make_vectors(ROWS, DIMENSIONS).values)
    writer.write()
    return path


@pytest.fixture(scope="module")
def flat(folder: Path) -> FlatIndex:
    return FlatIndex(folder / "flat.faiss")


def test_without_a_gpu_the_measurement_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 0)
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("No GPU was measured: faiss-gpu ")


@pytest.mark.gpu
def test_the_gpu_finds_what_the_processor_compares(folder: Path, flat: FlatIndex) -> None:
    index = DenseIndex(folder, "cuda")
    assert index.device != "cpu"
    allowed = Allowed(np.random.default_rng(1).random(ROWS) < 0.3)
    for query in questions(flat, np.random.default_rng(2))[:50]:
        for filtered in (None, allowed):
            rows, scores = index.search(query, 100, filtered)
            expected, cosines = flat.search(query, 100, filtered)
            np.testing.assert_array_equal(rows, expected)
            np.testing.assert_array_equal(scores, cosines)


@pytest.mark.gpu
def test_filters_are_proved_on_the_gpu_or_left_to_the_processor(flat: FlatIndex) -> None:
    device = gpu.open_gpu(flat, None)
    query = questions(flat, np.random.default_rng(2))[0]
    many = Allowed(np.random.default_rng(1).random(ROWS) < 0.5)
    few = Allowed(np.random.default_rng(1).random(ROWS) < 0.01)
    found = search_on(device, flat, query, 100, many)
    assert found is not None
    np.testing.assert_array_equal(found, flat.search(query, 100, many))
    assert search_on(device, flat, query, 100, few) is None


@pytest.mark.gpu
def test_vectors_that_do_not_fit_are_searched_in_clusters(folder: Path, flat: FlatIndex) -> None:
    clusters = ClusteredIndex(folder, flat, ROWS // 2)
    codes = ROWS * (DIMENSIONS + 8)
    device = gpu.place(flat, clusters, [codes])
    assert device.error is None
    verify(device, flat, questions(flat, np.random.default_rng(3)))


@pytest.mark.gpu
def test_several_copies_or_parts_find_the_same(flat: FlatIndex) -> None:
    gpus = gpu.seen()
    if gpus == 1:
        pytest.skip("there is one GPU")
    part = ROWS * DIMENSIONS * 2 // gpus + 1
    queries = questions(flat, np.random.default_rng(3))
    for room in (part * gpus, part):
        verify(gpu.place(flat, None, [room] * gpus), flat, queries)
