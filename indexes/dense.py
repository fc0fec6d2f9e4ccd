"""Exact inner product search over unit vectors, through FAISS. Nobody else imports it."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexes.errors import RunRefused, SnapshotCorrupt, SnapshotMismatch

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class VectorsWriter:
    """A FAISS index in the making; row i is chunk i of the snapshot."""

    def __init__(self, dimensions: int) -> None:
        self._index = faiss.IndexFlatIP(dimensions)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Append unit rows, shape (n, dimensions)."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def write(self, path: Path) -> int:
        """Store what was added; how many rows. RunRefused where the disk does not take it."""
        try:
            faiss.write_index(self._index, str(path))
        except RuntimeError as exc:
            raise RunRefused(
                f"the vectors {path} cannot be written ({exc}); make sure that the disk has room, "
                "then run again: nothing was published"
            ) from exc
        return int(self._index.ntotal)


class DenseIndex:
    """The vectors of a snapshot, memory-mapped, searched exactly."""

    def __init__(self, path: Path) -> None:
        """SnapshotCorrupt when ``path`` is not a FAISS index."""
        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        except RuntimeError as exc:
            raise SnapshotCorrupt(f"{path} is not a readable FAISS index: {exc}") from exc

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best rows and their cosines, best first, equal scores by row.

        ``query`` has shape (dimensions,); ``allowed`` has one truth value per row, None allows
        all. SnapshotMismatch when the query has another number of dimensions.
        """
        if query.shape != (self.dimensions,):
            raise SnapshotMismatch(
                f"a query of {query.shape} dimensions cannot search vectors of {self.dimensions}; "
                "ingest the collection again with the running embedder"
            )
        parameters = None
        if allowed is not None:
            # The stubs know only the C++ signatures; the Python wrappers take these.
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg,arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(query[None, :], k, params=parameters)
        found = rows[0] >= 0
        rows, scores = rows[0][found], scores[0][found]
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def scores(self, query: NDArray[np.float32], rows: Rows) -> Scores:
        """The cosine of ``query`` and each of ``rows``."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        cosines: Scores = self.vectors(rows) @ query
        return cosines

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """The stored vectors of ``rows``, shape (len(rows), dimensions)."""
        if len(rows) == 0:
            return np.empty((0, self.dimensions), np.float32)
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return vectors
