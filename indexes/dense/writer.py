"""Vectors of a snapshot in the making: stored as they come, then indexed by how many they are."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.dense.clusters import CLUSTERS_FILE, LISTS_FILE, ClusteredIndex, build, cluster_count
from indexes.dense.flat import FlatIndex, FlatWriter, unwritable
from indexes.dense.tuning import tune

FLAT_FILE = "flat.faiss"
SEARCH_FILE = "search.json"

# Up to so many vectors comparing all of them costs about a millisecond (35 ns each at 384
# dimensions) and finds everything.
MOST_COMPARED = 32_768
# Eight bits a number take two thirds of the time of sixteen: clusters that need more of the rows
# than this save nothing.
_WORTH_IT = 0.65
_SEED = 20_240_229


class VectorsWriter:
    """The vectors of a snapshot, on their way to ``folder``; row i is chunk i of the snapshot."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        """RunRefused where the disk does not take ``folder``."""
        self._folder = folder
        try:
            folder.mkdir()
        except OSError as exc:
            raise unwritable(folder, exc) from exc
        self._flat = FlatWriter(folder / FLAT_FILE, dimensions)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Append unit rows, shape (n, dimensions). RunRefused where the disk does not take them."""
        self._flat.add(vectors)

    def write(self) -> Mapping[str, str]:
        """Finish the files; how the vectors are searched, and with what recall where not exactly.

        RunRefused where the disk does not take them.
        """
        self._flat.close()
        flat = FlatIndex(self._folder / FLAT_FILE)
        chosen = {"index": "exact", "precision": "float16", "rows": str(len(flat))}
        if len(flat) > MOST_COMPARED:
            chosen |= self._cluster(flat)
        return chosen

    def _cluster(self, flat: FlatIndex) -> dict[str, str]:
        """Write clusters if they find enough; what stands of them in the manifest."""
        generator = np.random.default_rng(_SEED)
        build(self._folder, flat, generator)
        index = ClusteredIndex(self._folder, flat, len(flat))
        recalls = tune(flat, index, generator)
        measured = {f"recall@10 of {name}": f"{found:.4f}" for name, found in recalls.items()}
        if index.budget > _WORTH_IT * len(flat):
            (self._folder / CLUSTERS_FILE).unlink()
            (self._folder / LISTS_FILE).unlink()
            return measured
        try:
            (self._folder / SEARCH_FILE).write_text(json.dumps({"budget": index.budget}), "utf-8")
        except OSError as exc:
            raise unwritable(self._folder, exc) from exc
        return {
            "index": "clusters",
            "clusters": str(cluster_count(len(flat))),
            "codes": "8 bits",
            "rows compared": str(index.budget),
        } | measured
