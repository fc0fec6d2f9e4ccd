"""The vectors of a snapshot on the GPUs that faiss-gpu sees."""

import threading
from collections.abc import Iterator, Sequence

import faiss
import numpy as np
from numpy.typing import NDArray

from indexes.dense import cuda
from indexes.dense.clusters import ClusteredIndex
from indexes.dense.device import DeviceFailed, NoDevice
from indexes.dense.flat import WINDOW, FlatIndex, Rows, Scores

# faiss-gpu selects at most so many results, and reads at most so many clusters.
_LIMIT = 2048
# The query is rounded to half precision too. Of a unit vector that is 2^-11 of its length at most
# (IEEE 754), sums in single precision add less than 2^-15; twice the first is more than both.
_HALF_ERROR = 2.0**-10
_EXACT_RECALL = 0.999
# Clusters are tuned to .99 on other queries than those of the check.
_CLUSTERS_RECALL = 0.98
# Bytes of a GPU that are left to FAISS's buffers (1.5 GiB on a large one) and to the embedder.
_LEFT = 3 * 2**30
# Clusters differ in size: so many more are read than hold the rows to look at on average.
_MORE_CLUSTERS = 1.5


class GpuSearch:
    """An index on GPUs, one search at a time: FAISS's buffers are not made for several threads."""

    limit = _LIMIT

    def __init__(
        self, index: faiss.Index, name: str, parameters: faiss.SearchParameters | None = None
    ) -> None:
        """``parameters`` are those of clusters; None for an index that compares every row."""
        self._index = index
        self._name = name
        self._parameters = parameters
        self._lock = threading.Lock()
        self.error = _HALF_ERROR if parameters is None else None
        self.recall = _EXACT_RECALL if parameters is None else _CLUSTERS_RECALL

    def __str__(self) -> str:
        return self._name

    def candidates(self, queries: NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        """The ``k`` best rows of each query and their scores, best first, shapes (queries, k)."""
        try:
            with self._lock:
                scores, rows = self._index.search(
                    np.ascontiguousarray(queries, np.float32), k, params=self._parameters
                )
        except RuntimeError as exc:
            raise DeviceFailed(f"a search on {self} failed: {exc}") from exc
        return rows, scores


def open_gpu(flat: FlatIndex, clusters: ClusteredIndex | None) -> GpuSearch:
    """The vectors on all GPUs: every one compared where they fit, otherwise in clusters.

    Each GPU holds all vectors if they fit into the smallest, and queries are dealt out; otherwise
    each holds a part, and every query asks all. NoDevice without a GPU or faiss-gpu; DeviceFailed
    when nothing fits or CUDA fails.
    """
    try:
        return place(flat, clusters, [cuda.free_bytes(gpu) - _LEFT for gpu in range(seen())])
    except RuntimeError as exc:
        raise DeviceFailed(f"FAISS cannot put the vectors on the GPU: {exc}") from exc


def seen() -> int:
    """How many GPUs there are, at least one; NoDevice without one or without faiss-gpu."""
    if not hasattr(faiss, "StandardGpuResources"):
        raise NoDevice("faiss-gpu is not installed")
    gpus = faiss.get_num_gpus()
    if gpus == 0:
        raise NoDevice("faiss-gpu sees no GPU")
    return int(gpus)


def place(flat: FlatIndex, clusters: ClusteredIndex | None, room: Sequence[int]) -> GpuSearch:
    """The vectors on as many GPUs as ``room`` has entries: bytes that each has for them."""
    wanted = len(flat) * flat.dimensions * np.dtype(np.float16).itemsize
    gpus = len(room)
    if wanted <= min(room):
        return GpuSearch(_replicas(flat, gpus), f"{gpus} GPU(s), exactly, each with all vectors")
    if wanted <= gpus * min(room):
        return GpuSearch(_shards(flat, gpus), f"{gpus} GPUs, exactly, each with a part")
    if clusters is None:
        raise DeviceFailed(
            f"{wanted} bytes of vectors do not fit into {room} bytes and have no clusters"
        )
    # FAISS copies the codes and the row numbers, one byte a number and eight a row.
    if len(flat) * (flat.dimensions + np.dtype(np.int64).itemsize) > gpus * min(room):
        raise DeviceFailed(f"neither {wanted} bytes of vectors nor their clusters fit into {room}")
    probes = min(_LIMIT, int(_MORE_CLUSTERS * clusters.average_probes()) + 1)
    return GpuSearch(
        _clustered(clusters, gpus),
        f"{gpus} GPU(s), in clusters",
        faiss.SearchParametersIVF(nprobe=probes),  # type: ignore[call-arg]
    )


def _replicas(flat: FlatIndex, gpus: int) -> faiss.Index:
    copies = [_on_gpu(gpu, flat, 0, len(flat)) for gpu in range(gpus)]
    if gpus == 1:
        return copies[0]
    replicas = faiss.IndexReplicas(flat.dimensions, True)  # noqa: FBT003 - C++: threaded
    for copy in copies:
        replicas.addIndex(copy)
    return replicas


def _shards(flat: FlatIndex, gpus: int) -> faiss.Index:
    # C++: threaded, and a shard's first row follows the last of the one before it.
    shards = faiss.IndexShards(flat.dimensions, True, True)  # type: ignore[call-arg]  # noqa: FBT003
    bounds = np.linspace(0, len(flat), gpus + 1, dtype=np.int64).tolist()
    for gpu in range(gpus):
        shards.add_shard(_on_gpu(gpu, flat, bounds[gpu], bounds[gpu + 1]))
    return shards


def _on_gpu(gpu: int, flat: FlatIndex, start: int, end: int) -> faiss.Index:
    """Rows ``start`` to ``end`` in half precision on one GPU."""
    config = faiss.GpuIndexFlatConfig()
    config.device = gpu
    config.useFloat16 = True
    index = faiss.GpuIndexFlatIP(faiss.StandardGpuResources(), flat.dimensions, config)
    for rows in _windows(start, end):
        index.add(flat.vectors(rows))
    return index


def _windows(start: int, end: int) -> Iterator[Rows]:
    for first in range(start, end, WINDOW):
        yield np.arange(first, min(first + WINDOW, end))


def _clustered(clusters: ClusteredIndex, gpus: int) -> faiss.Index:
    options = faiss.GpuMultipleClonerOptions()
    options.shard = True
    return faiss.index_cpu_to_gpus_list(clusters.ivf, options, ngpu=gpus)
