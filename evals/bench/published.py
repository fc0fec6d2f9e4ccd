"""What a published snapshot says, so that two of them can be compared."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.dense import DenseIndex
from indexes.indexing import VECTORS_FOLDER
from indexes.snapshot import SnapshotStore


@dataclass(frozen=True, slots=True)
class Published:
    """Documents as (id, path, text, groups), chunks as (id, text), in order, with their vectors."""

    snapshot: str
    documents: tuple[tuple[str, str, str, frozenset[str]], ...]
    chunks: tuple[tuple[str, str], ...]
    vectors: NDArray[np.float32]

    def says_the_same(self, other: "Published") -> bool:
        """Whether ids, texts and permissions are equal, and in one order."""
        return self.documents == other.documents and self.chunks == other.chunks

    def least_cosine(self, other: "Published") -> float:
        """The least cosine of two vectors of one chunk; 1 where there is none."""
        return float((self.vectors * other.vectors).sum(axis=1).min(initial=1.0))


def read_published(data_dir: Path, collection: str) -> Published:
    """Verify the published snapshot and read it whole; SnapshotError where that cannot be."""
    store = SnapshotStore(data_dir, collection)
    folder = store.published()
    manifest = store.verify(folder.name)
    catalog = Catalog(folder / CATALOG_FILE)
    chunks = catalog.chunks(range(manifest.chunks))
    return Published(
        manifest.id,
        tuple(
            (document.info.id, document.info.path, document.text, document.info.groups)
            for document, _ in catalog.everything()
        ),
        tuple((chunk.id, chunk.text) for chunk, _ in chunks),
        DenseIndex(folder / VECTORS_FOLDER).vectors(np.arange(manifest.chunks)),
    )
