"""Search by meaning over the vectors of a snapshot."""

import json
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense.clusters import CLUSTERS_FILE, ClusteredIndex
from indexes.dense.device import Device, DeviceFailed, NoDevice, search_on, verify
from indexes.dense.flat import FlatIndex, Rows, Scores
from indexes.dense.gpu import open_gpu
from indexes.dense.tuning import questions
from indexes.dense.writer import FLAT_FILE, SEARCH_FILE
from indexes.errors import SnapshotCorrupt, SnapshotMismatch

# As many allowed rows are compared one by one sooner than they are found in clusters.
_FEW = 16_384
# Queries that a GPU is checked with before it is used.
_CHECKED = 64

_log = logging.getLogger(__name__)


class DenseIndex:
    """The vectors of a snapshot, memory-mapped, on the processor and, where there is one, a GPU.

    Scores are cosines, and the same on every device: what an index finds is compared again with
    the stored vectors.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Open what a VectorsWriter wrote; SnapshotCorrupt when it is not.

        ``device`` is "cpu", "cuda" or "auto". The last two take a GPU; where none can be used the
        processor is, and the log says why.
        """
        self._flat = FlatIndex(folder / FLAT_FILE)
        self._clusters = _clusters(folder, self._flat)
        self._device = None if device == "cpu" else _open_device(device, self._flat, self._clusters)

    def __len__(self) -> int:
        return len(self._flat)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._flat.dimensions

    @property
    def device(self) -> str:
        """What searches: "cpu", or which GPUs and how."""
        return "cpu" if self._device is None else str(self._device)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best allowed rows and their cosines, best first, equal scores by row.

        ``query`` has shape (dimensions,); None allows all rows. SnapshotMismatch when the query
        has another number of dimensions.
        """
        if query.shape != (self.dimensions,):
            raise SnapshotMismatch(
                f"a query of {query.shape} dimensions cannot search vectors of {self.dimensions}; "
                "ingest the collection again with the running embedder"
            )
        if allowed is not None and allowed.everything:
            allowed = None
        count = len(self) if allowed is None else allowed.count
        wanted = min(k, count)
        if wanted == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = self._on_device(query, wanted, allowed)
        if found is not None:
            return found
        if self._clusters is None or count <= _FEW:
            return self._flat.search(query, wanted, allowed)
        return self._clusters.search(query, wanted, allowed)

    def scores(self, query: NDArray[np.float32], rows: Rows) -> Scores:
        """The cosine of ``query`` and each of ``rows``."""
        return self._flat.scores(query, rows)

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """The stored vectors of ``rows``, shape (len(rows), dimensions)."""
        return self._flat.vectors(rows)

    def _on_device(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores] | None:
        if self._device is None:
            return None
        try:
            return search_on(self._device, self._flat, query, k, allowed)
        except DeviceFailed:
            _log.exception("the GPU failed; from now on the vectors are searched on the processor")
            self._device = None
            return None


def _clusters(folder: Path, flat: FlatIndex) -> ClusteredIndex | None:
    """The clusters in ``folder``, or None where all vectors are compared."""
    if not (folder / CLUSTERS_FILE).exists():
        return None
    path = folder / SEARCH_FILE
    try:
        budget = int(json.loads(path.read_text("utf-8"))["budget"])
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise SnapshotCorrupt(f"{path} does not say how to search the clusters: {exc}") from exc
    return ClusteredIndex(folder, flat, budget)


def _open_device(name: str, flat: FlatIndex, clusters: ClusteredIndex | None) -> Device | None:
    try:
        device = open_gpu(flat, clusters)
        if len(flat):
            verify(device, flat, questions(flat, np.random.default_rng(0))[:_CHECKED])
    except NoDevice as exc:
        level = logging.WARNING if name == "cuda" else logging.INFO
        _log.log(level, "the vectors are searched on the processor: %s", exc)
        return None
    except DeviceFailed as exc:
        _log.warning("the vectors are searched on the processor, the GPU cannot be used: %s", exc)
        return None
    _log.info("the vectors are searched on %s", device)
    return device
