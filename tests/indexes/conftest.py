"""Collections with snapshots to publish or to damage, and what is read of many texts once."""

import shutil
from pathlib import Path

import pytest

from indexes.embedder import Embedder
from indexes.snapshot import Manifest, SnapshotStore
from tests.indexes.documents import COLLECTION, LIBRARY, write_snapshot
from tests.indexes.embedded import write
from tests.indexes.once import OnceEach


@pytest.fixture(scope="session")
def reader(embedder: Embedder) -> OnceEach:
    return OnceEach(embedder)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A snapshot of the library, embedded; never changed."""
    return write(tmp_path_factory.mktemp("library"), LIBRARY, embedder)[0]


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> SnapshotStore:
    """Four snapshots of the library, oldest first, none published; never changed."""
    store = SnapshotStore(tmp_path_factory.mktemp("original"), COLLECTION)
    for _ in range(4):
        write_snapshot(store, LIBRARY)
    return store


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    """An empty collection."""
    return SnapshotStore(tmp_path, COLLECTION)


@pytest.fixture
def four(original: SnapshotStore, store: SnapshotStore) -> list[Manifest]:
    """Four snapshots in the store, none published."""
    shutil.copytree(original.root, store.root)
    return store.manifests()


@pytest.fixture
def written(original: SnapshotStore, store: SnapshotStore) -> Manifest:
    """One snapshot in the store, not published."""
    first = original.manifests()[0]
    shutil.copytree(original.folder(first.id), store.root / "snapshots" / first.id)
    return first


@pytest.fixture
def published(store: SnapshotStore, written: Manifest) -> Manifest:
    """One snapshot in the store, published."""
    with store.lock():
        store.publish(written.id)
    return written
