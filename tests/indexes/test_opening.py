"""Opening a snapshot to search it: with its embedder alone, and whole."""

import shutil
from pathlib import Path

import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.search import LocalIndex
from tests.indexes.documents import LIBRARY
from tests.indexes.embedded import write

CHUNKS = sum(len(chunks) for _, chunks in LIBRARY)


def test_another_embedder_is_refused(folder: Path) -> None:
    other = open_embedder(EmbedderSettings(query_prefix="query: "))
    with pytest.raises(SnapshotMismatch, match="ingest the collection again") as caught:
        LocalIndex.open(folder, other)
    assert folder.name in str(caught.value)


def test_another_precision_of_the_same_embedder_is_accepted(folder: Path) -> None:
    other = open_embedder(EmbedderSettings(precision="bfloat16"))
    assert LocalIndex.open(folder, other).embedder is other


def test_a_damaged_snapshot_is_not_opened(folder: Path, embedder: Embedder, tmp_path: Path) -> None:
    damaged = shutil.copytree(folder, tmp_path / folder.name)
    (damaged / "vectors" / "flat.faiss").unlink()
    with pytest.raises(SnapshotCorrupt, match=r"flat\.faiss is missing"):
        LocalIndex.open(damaged, embedder)


@pytest.mark.parametrize("surplus", [-1, 1])
def test_a_snapshot_whose_parts_differ_in_number_is_refused(
    embedder: Embedder, tmp_path: Path, surplus: int
) -> None:
    folder, _ = write(tmp_path, LIBRARY, embedder, surplus)
    told = f"{CHUNKS + surplus} vectors, {CHUNKS} indexed passages"
    with pytest.raises(SnapshotCorrupt, match=told):
        LocalIndex.open(folder, embedder)
