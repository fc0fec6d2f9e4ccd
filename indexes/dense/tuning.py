"""How many rows a search of clusters must look at, measured on the collection itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense.clusters import ClusteredIndex
from indexes.dense.flat import FlatIndex, Rows

# Of the ten nearest rows, the share that searches must find.
RECALL = 0.99
_DEPTH = 10
# Half of them find the budget; the others measure what it gives, and raise it if need be.
_QUERIES = 256
_RAISE = 1.2
# The cosine of a question and the passage nearest to it: .67 is the median over 1M rows for real
# questions (SQuAD, CMRC 2018, a company handbook) under all-MiniLM-L6-v2.
_LIKENESS = 0.65


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries under one filter, and for each the ``_DEPTH`` nearest rows it may find, exactly."""

    queries: NDArray[np.float32]
    allowed: Allowed | None
    nearest: Rows

    @classmethod
    def of(cls, flat: FlatIndex, queries: NDArray[np.float32], allowed: Allowed | None) -> "Trial":
        """A trial of ``queries``, its nearest rows found by comparing all."""
        return cls(queries, allowed, flat.nearest(queries, _DEPTH, allowed))


def tune(
    flat: FlatIndex, index: ClusteredIndex, generator: np.random.Generator
) -> dict[str, float]:
    """Set the budget of ``index``; the recall that it gives, by what a search may find.

    It is set for a search of all rows and one of a tenth allowed at random. Measured too, but not
    aimed at, is a run of half the rows: as the chunks of a folder stand together, a filter by
    folder allows few clusters, and for most questions not the nearest.
    """
    rows = len(flat)
    queries = questions(flat, generator)
    tenth = Allowed(generator.permutation(rows) < rows // 10)
    run = (np.arange(rows) - int(generator.integers(rows))) % rows < rows // 2
    index.budget = max(
        budget(index, Trial.of(flat, queries[::2], allowed)) for allowed in (None, tenth)
    )
    filters = {"all": None, "a scattered tenth": tenth, "a run of half": Allowed(run)}
    trials = {name: Trial.of(flat, queries[1::2], allowed) for name, allowed in filters.items()}
    aimed_at = [trials["all"], trials["a scattered tenth"]]
    while index.budget < rows and min(recall(index, trial) for trial in aimed_at) < RECALL:
        index.budget = int(index.budget * _RAISE) + 1
    index.budget = min(index.budget, rows)
    return {name: recall(index, trial) for name, trial in trials.items()}


def questions(flat: FlatIndex, generator: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors that stand to stored ones as questions do, shape (n, dimensions).

    A passage itself would be an easy query, found in its own cluster. These are passages led away
    in a random direction to a cosine of ``_LIKENESS``: over 100,000 and 1M rows they take more
    clusters than real questions for the same recall, never fewer.
    """
    chosen = np.sort(generator.choice(len(flat), min(_QUERIES, len(flat)), replace=False))
    passages = flat.vectors(chosen)
    away = generator.standard_normal(passages.shape, np.float32)
    away -= (away * passages).sum(1, keepdims=True) * passages
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    led = _LIKENESS * passages + np.float32(np.sqrt(1 - _LIKENESS**2)) * away
    unit: NDArray[np.float32] = led / np.linalg.norm(led, axis=1, keepdims=True)
    return unit


def budget(index: ClusteredIndex, trial: Trial) -> int:
    """The budget with which a search finds the share ``RECALL`` of what the trial should find.

    A row is found when its cluster is read: after as many rows as the clusters hold that are at
    least as near to the query. Of a budget, a filter leaves the root of its share.
    """
    share = 1.0 if trial.allowed is None else trial.allowed.count / len(index.lists)
    return int(np.ceil(np.quantile(_seen_before(index, trial), RECALL) / share**0.5))


def _seen_before(index: ClusteredIndex, trial: Trial) -> NDArray[np.int64]:
    """How many rows a search has seen by the end of the cluster of each row it should find."""
    order = np.argsort(-(trial.queries @ index.centroids.T), axis=1, kind="stable")
    seen = np.cumsum(index.sizes(trial.allowed)[order], axis=1)
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(order.shape[1])[None, :], axis=1)
    place = np.take_along_axis(places, index.lists[trial.nearest].astype(np.int64), axis=1)
    counts: NDArray[np.int64] = np.take_along_axis(seen, place, axis=1)
    return counts


def recall(index: ClusteredIndex, trial: Trial) -> float:
    """The share of the nearest rows that searches find, all queries together."""
    found = sum(
        len(np.intersect1d(index.search(query, _DEPTH, trial.allowed)[0], nearest))
        for query, nearest in zip(trial.queries, trial.nearest, strict=True)
    )
    return found / trial.nearest.size
