"""Large collections: vectors in clusters (an inverted file), of which a search reads the nearest.

Inverted files: Jégou, Douze & Schmid, "Product quantization for nearest neighbor search" (2011).
"""

from pathlib import Path
from weakref import WeakKeyDictionary

import faiss
import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense.flat import FlatIndex, Rows, Scores, best_first, selector, unwritable
from indexes.errors import SnapshotCorrupt

CLUSTERS_FILE = "clusters.faiss"
LISTS_FILE = "lists.npy"

# Clusters: four times the root of the rows, as FAISS's guidelines say; but every row is compared
# with every centroid while an index is built, so no more than a snapshot has time for.
_CLUSTERS_PER_ROOT = 4
_MOST_CLUSTERS = 4096
# k-means: vectors a cluster that it learns from, and rounds. FAISS would take 256 and 10, at eight
# times the cost.
_TRAINED_ON = 40
_ROUNDS = 8
# Eight bits a number misjudge a close pair: so many more candidates are compared exactly.
_MORE, _MORE_AT_LEAST = 2, 50
# The share of allowed rows around the query over their share everywhere, at least. Rows allowed at
# random keep it within a hundredth of 1.
_AROUND = 0.9
# Rows looked at for every result wanted, at least.
_ROWS_PER_RESULT = 64


def cluster_count(rows: int) -> int:
    """How many clusters ``rows`` vectors are put into: a power of two."""
    wanted = _CLUSTERS_PER_ROOT * rows**0.5
    return int(min(_MOST_CLUSTERS, 2 ** round(np.log2(wanted))))


def build(folder: Path, flat: FlatIndex, generator: np.random.Generator) -> None:
    """Write clusters of all vectors of ``flat`` into ``folder``.

    The same vectors in the same order give the same files. RunRefused where the disk does not take
    them.
    """
    count = cluster_count(len(flat))
    centroids = faiss.IndexFlatIP(flat.dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        centroids,
        flat.dimensions,
        count,
        faiss.ScalarQuantizer.QT_8bit_uniform,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003 - C++: not of what is left of a vector without its centroid
    )
    index.cp.niter = _ROUNDS
    index.cp.max_points_per_centroid = _TRAINED_ON
    index.cp.min_points_per_centroid = 1  # without a warning on standard error
    index.cp.spherical = True
    learned = min(len(flat), _TRAINED_ON * count)
    index.train(flat.vectors(np.sort(generator.choice(len(flat), learned, replace=False))))
    lists = np.empty(len(flat), np.uint16)
    for window in flat.windows():
        nearest = centroids.search(window, 1)[1][:, 0]
        lists[index.ntotal : index.ntotal + len(window)] = nearest
        index.add_core(len(window), faiss.swig_ptr(window), None, faiss.swig_ptr(nearest))
    try:
        faiss.write_index(index, str(folder / CLUSTERS_FILE))
        np.save(folder / LISTS_FILE, lists)
    except (RuntimeError, OSError) as exc:
        raise unwritable(folder, exc) from exc


class ClusteredIndex:
    """The clusters of a flat file's vectors, memory-mapped, and what a search of them takes.

    A search reads the clusters in the order of their centroids' similarity to the query until it
    has compared ``budget`` rows that it may return. Under a filter these are fewer by the root of
    the share that it allows of the rows around the query: the ten nearest of fewer rows lie in
    more clusters, but in fewer rows (of a tenth of 1M, a third as many). Where fewer rows are
    allowed around the query than elsewhere (a question on something else than the folder is
    about), that order says little, and all that is allowed is read.
    """

    def __init__(self, folder: Path, flat: FlatIndex, budget: int) -> None:
        """SnapshotCorrupt when ``folder`` does not hold the clusters of ``flat``."""
        self._flat = flat
        self.budget = budget
        try:
            self.ivf = _mapped(folder / CLUSTERS_FILE)
            self.lists = np.load(folder / LISTS_FILE, mmap_mode="r", allow_pickle=False)
            self.centroids: NDArray[np.float32] = self.ivf.quantizer.reconstruct_n()
        except (RuntimeError, OSError, ValueError, AttributeError) as exc:
            raise SnapshotCorrupt(f"{folder} holds no readable clusters: {exc}") from exc
        rows = len(flat)
        if not (rows == self.ivf.ntotal == len(self.lists) and self.ivf.d == flat.dimensions):
            raise SnapshotCorrupt(f"{folder} holds the clusters of other vectors")
        self._sizes = np.bincount(self.lists, minlength=len(self.centroids))
        self._counted: WeakKeyDictionary[Allowed, NDArray[np.int64]] = WeakKeyDictionary()

    def average_probes(self) -> float:
        """How many clusters of average size hold the rows to look at."""
        return self.budget * len(self.centroids) / len(self._flat)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best rows found and their cosines, best first, equal scores by row."""
        candidates = min(max(_MORE * k, k + _MORE_AT_LEAST), len(self._flat))
        rows = self._read(query, candidates, self.nearest(query, k, allowed), allowed)
        return best_first(rows, self._flat.scores(query, rows), k)

    def nearest(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> NDArray[np.int64]:
        """The clusters to read, nearest first, all with a row to return."""
        sizes = self.sizes(allowed)
        order = np.argsort(-(self.centroids @ query), kind="stable")
        seen, passed = np.cumsum(sizes[order]), np.cumsum(self._sizes[order])
        around = _first(passed, self.budget)
        density = seen[around] / passed[around]
        if density < _AROUND * seen[-1] / passed[-1]:
            return order[sizes[order] > 0]
        wanted = max(self.budget * density**0.5, _ROWS_PER_RESULT * k)
        nearest = order[: _first(seen, wanted) + 1]
        return nearest[sizes[nearest] > 0]

    def sizes(self, allowed: Allowed | None) -> NDArray[np.int64]:
        """How many rows of each cluster a search may return."""
        if allowed is None:
            return self._sizes
        if allowed not in self._counted:
            lists = self.lists[allowed.mask]
            self._counted[allowed] = np.bincount(lists, minlength=len(self.centroids))
        return self._counted[allowed]

    def _read(
        self,
        query: NDArray[np.float32],
        k: int,
        clusters: NDArray[np.int64],
        allowed: Allowed | None,
    ) -> Rows:
        """The ``k`` best rows of ``clusters`` by their codes, in any order."""
        rows, scores = np.empty(k, np.int64), np.empty(k, np.float32)
        parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]
            nprobe=len(clusters), sel=None if allowed is None else selector(allowed)
        )
        # The Python form of this method takes no parameters.
        self.ivf.search_preassigned_c(  # type: ignore[attr-defined]
            1,
            faiss.swig_ptr(np.ascontiguousarray(query, np.float32)),
            k,
            faiss.swig_ptr(clusters),
            faiss.swig_ptr(np.zeros(len(clusters), np.float32)),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(rows),
            False,  # noqa: FBT003 - C++: rows, not their places in the clusters
            parameters,
        )
        return rows[rows >= 0]


def _first(ascending: NDArray[np.int64], reached: float) -> int:
    """The first place of ``ascending`` that is at least ``reached``, or the last."""
    return int(np.searchsorted(ascending[:-1], reached))


def _mapped(path: Path) -> faiss.IndexIVF:
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    if not isinstance(index, faiss.IndexIVF) or index.invlists is None:
        raise SnapshotCorrupt(f"{path} holds no clusters")
    lists = faiss.downcast_InvertedLists(index.invlists)
    # FAISS would start 32 threads for every query to read ahead what the page cache holds anyway.
    lists.prefetch_nthread = 0  # type: ignore[attr-defined]
    return index
