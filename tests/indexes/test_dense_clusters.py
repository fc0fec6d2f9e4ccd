"""Search of many vectors in clusters: what it finds, under filters too, and how it is tuned."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense import DenseIndex, VectorsWriter, index, tuning, writer
from indexes.dense import clusters as dense_clusters
from indexes.dense import flat as dense_flat
from indexes.dense.clusters import ClusteredIndex, build, cluster_count
from indexes.dense.flat import FlatIndex
from indexes.dense.tuning import Trial, budget, questions, recall
from indexes.errors import RunRefused, SnapshotCorrupt

ROWS = 8_000
DIMENSIONS = 24
TOPICS = 80


def topical(rows: int, seed: int) -> NDArray[np.float32]:
    """Unit rows around topics, those of one topic in one run, as the chunks of a folder stand."""
    generator = np.random.default_rng(seed)
    centers = np.random.default_rng(0).standard_normal((TOPICS, DIMENSIONS))
    spread = 0.8 * generator.standard_normal((rows, DIMENSIONS))
    values = centers[np.arange(rows) * TOPICS // rows] + spread
    unit: NDArray[np.float32] = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit


def written(folder: Path, values: NDArray[np.float32]) -> dict[str, str]:
    vectors = VectorsWriter(folder, DIMENSIONS)
    for part in np.array_split(values, 7):
        vectors.add(part)
    return dict(vectors.write())


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Thresholds that let so few rows count as many, and be read in several windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "MOST_COMPARED", 1000)
        patch.setattr(index, "_FEW", 100)
        patch.setattr(dense_flat, "WINDOW", 3000)
        yield


@pytest.fixture(scope="module")
def values() -> NDArray[np.float32]:
    return topical(ROWS, 1).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def folder(values: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dense") / "vectors"
    chosen = written(path, values)
    (path.parent / "chosen.json").write_text(json.dumps(chosen), "utf-8")
    return path


@pytest.fixture(scope="module")
def flat(folder: Path) -> FlatIndex:
    return FlatIndex(folder / "flat.faiss")


@pytest.fixture(scope="module")
def clusters(folder: Path, flat: FlatIndex) -> ClusteredIndex:
    tuned = json.loads((folder / "search.json").read_text("utf-8"))["budget"]
    return ClusteredIndex(folder, flat, tuned)


def test_the_manifest_hears_what_was_chosen_and_what_it_finds(folder: Path) -> None:
    chosen = json.loads((folder.parent / "chosen.json").read_text("utf-8"))
    assert chosen["index"] == "clusters"
    assert int(chosen["clusters"]) == cluster_count(ROWS) == 256
    assert 0 < int(chosen["rows compared"]) < ROWS
    assert float(chosen["recall@10 of all"]) >= 0.99
    assert float(chosen["recall@10 of a scattered tenth"]) >= 0.99


def test_clusters_grow_with_the_rows_up_to_a_bound() -> None:
    assert [cluster_count(n) for n in (33_000, 100_000, 1_000_000, 10_000_000)] == [
        1024,
        1024,
        4096,
        4096,
    ]


FILTERS = {
    "all": np.ones(ROWS, np.bool_),
    "half": np.random.default_rng(2).random(ROWS) < 0.5,
    "half in a run": np.arange(ROWS) < ROWS // 2,
    "tenth in a run": (np.arange(ROWS) % ROWS) > ROWS * 0.9,
    "few": np.random.default_rng(3).random(ROWS) < 0.001,
}


@pytest.mark.parametrize("name", FILTERS)
def test_new_questions_find_nearly_all_they_should_and_nothing_else(
    folder: Path, values: NDArray[np.float32], name: str
) -> None:
    mask = FILTERS[name]
    dense = DenseIndex(folder)
    allowed = None if mask.all() else Allowed(mask)
    inside = np.flatnonzero(mask)
    found = 0
    queries = topical(60, 5)
    for query in queries:
        rows, scores = dense.search(query, 10, allowed)
        assert mask[rows].all()
        assert (np.diff(scores) <= 0).all()
        np.testing.assert_array_equal(dense.scores(query, rows), scores)
        best = inside[np.argsort(-(values[inside] @ query), kind="stable")[:10]]
        found += len(np.intersect1d(rows, best))
    assert found / (len(queries) * 10) >= 0.98


def test_a_question_on_something_else_than_the_filter_allows_reads_all_that_is_allowed(
    folder: Path, flat: FlatIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters = ClusteredIndex(folder, flat, 100)
    queries = flat.vectors(np.arange(ROWS - 2000, ROWS, 20))
    elsewhere = Trial.of(flat, queries, Allowed(FILTERS["half in a run"]))
    assert recall(clusters, elsewhere) >= 0.99
    monkeypatch.setattr(dense_clusters, "_AROUND", 0.0)
    assert recall(clusters, elsewhere) < 0.98


def test_fewer_rows_are_compared_of_fewer_around_the_query(
    folder: Path, flat: FlatIndex, values: NDArray[np.float32]
) -> None:
    clusters = ClusteredIndex(folder, flat, 2000)
    tenth = Allowed(np.arange(ROWS) % 10 == 3)
    compared = clusters.sizes(tenth)[clusters.nearest(values[7], 1, tenth)].sum()
    everywhere = clusters.sizes(None)[clusters.nearest(values[7], 1, None)].sum()
    assert 2000 <= everywhere < 2000 + clusters.sizes(None).max()
    assert 2000 * 0.1**0.5 * 0.85 <= compared < 2000 * 0.5


def test_a_filter_hides_no_row_that_it_allows(
    clusters: ClusteredIndex, values: NDArray[np.float32]
) -> None:
    """The hidden half lies nearest to the query; the other half is found as if it were alone."""
    query = values[100]
    order = np.argsort(-(values @ query))
    allowed = np.zeros(ROWS, np.bool_)
    allowed[order[ROWS // 2 :]] = True
    rows, _ = clusters.search(query, 10, Allowed(allowed))
    assert set(rows.tolist()) == set(order[ROWS // 2 : ROWS // 2 + 10].tolist())


@pytest.mark.parametrize("k", [1, 100, 3000])
def test_as_many_are_found_as_there_are(folder: Path, k: int) -> None:
    dense = DenseIndex(folder)
    query = topical(1, 9)[0]
    for mask in FILTERS.values():
        rows, _ = dense.search(query, k, Allowed(mask))
        assert len(rows) == len(set(rows.tolist())) == min(k, np.count_nonzero(mask))


def test_copies_are_found_in_the_order_of_their_rows(tmp_path: Path) -> None:
    values = topical(ROWS, 1)
    copies = [5, 777, 4_000, 7_999]
    values[copies] = values[5]
    written(tmp_path / "vectors", values)
    rows, scores = DenseIndex(tmp_path / "vectors").search(values[5], 10, None)
    assert rows[:4].tolist() == copies
    assert len(set(scores[:4].tolist())) == 1


def test_the_budget_is_where_the_last_of_the_share_is_reached(
    clusters: ClusteredIndex, flat: FlatIndex
) -> None:
    queries = questions(flat, np.random.default_rng(4))
    trial = Trial.of(flat, queries, None)
    enough = ClusteredIndex.__new__(ClusteredIndex)
    enough.__dict__.update(clusters.__dict__)
    enough.budget = budget(clusters, trial)
    assert 0.98 <= recall(enough, trial) <= 1.0
    enough.budget //= 8
    assert recall(enough, trial) < 0.97


def test_a_budget_that_finds_too_little_on_other_queries_is_raised(
    folder: Path, flat: FlatIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_little(_: ClusteredIndex, __: Trial) -> int:
        return 30

    monkeypatch.setattr(tuning, "budget", too_little)
    clusters = ClusteredIndex(folder, flat, 1)
    recalls = tuning.tune(flat, clusters, np.random.default_rng(7))
    assert min(recalls["all"], recalls["a scattered tenth"]) >= 0.99
    assert 30 < clusters.budget < ROWS


def test_questions_stand_off_the_passages(flat: FlatIndex) -> None:
    queries = questions(flat, np.random.default_rng(4))
    best = flat.vectors(flat.nearest(queries, 1, None)[:, 0])
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-5)
    assert ((queries * best).sum(1) < 0.97).all()


def test_the_nearest_of_a_batch_are_those_of_numpy(
    flat: FlatIndex, values: NDArray[np.float32]
) -> None:
    queries = topical(5, 8)
    for mask in FILTERS.values():
        inside = np.flatnonzero(mask)
        expected = inside[np.argsort(-(queries @ values[inside].T), axis=1)[:, :10]]
        np.testing.assert_array_equal(flat.nearest(queries, 10, Allowed(mask)), expected)


def test_the_same_vectors_give_the_same_files(
    folder: Path, values: NDArray[np.float32], tmp_path: Path
) -> None:
    written(tmp_path / "again", values)
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name


@pytest.fixture
def damaged(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "damaged"))


@pytest.mark.parametrize("name", ["clusters.faiss", "lists.npy", "search.json"])
def test_damaged_clusters_are_refused(damaged: Path, name: str) -> None:
    (damaged / name).write_bytes(b"damaged")
    with pytest.raises(SnapshotCorrupt):
        DenseIndex(damaged)


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.99])
def test_clusters_cut_short_are_refused(damaged: Path, share: float) -> None:
    path = damaged / "clusters.faiss"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SnapshotCorrupt):
        DenseIndex(damaged)


@pytest.mark.parametrize("name", ["lists.npy", "search.json", "flat.faiss"])
def test_missing_files_are_refused(damaged: Path, name: str) -> None:
    (damaged / name).unlink()
    with pytest.raises(SnapshotCorrupt):
        DenseIndex(damaged)


def test_the_clusters_of_other_vectors_are_refused(damaged: Path) -> None:
    fewer = damaged.parent / "fewer"
    written(fewer, topical(100, 1))
    shutil.copy(fewer / "flat.faiss", damaged / "flat.faiss")
    with pytest.raises(SnapshotCorrupt, match="other vectors"):
        DenseIndex(damaged)


def test_vectors_without_any_neighbourhood_are_compared_one_by_one(tmp_path: Path) -> None:
    generator = np.random.default_rng(6)
    values = generator.standard_normal((3000, 384)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    vectors = VectorsWriter(tmp_path / "vectors", 384)
    vectors.add(values)
    chosen = vectors.write()
    dense = DenseIndex(tmp_path / "vectors")
    assert chosen["index"] == "exact"
    assert [file.name for file in (tmp_path / "vectors").iterdir()] == ["flat.faiss"]
    assert dense.search(values[4], 2, None)[0][0] == 4


def test_clusters_that_cannot_be_written_end_the_run(flat: FlatIndex, tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="make sure that the disk has room"):
        build(tmp_path / "absent", flat, np.random.default_rng(0))
