"""What a faster device finds, checked so that it never changes what a caller gets."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense.flat import FlatIndex, Rows, Scores, best_first
from indexes.errors import FootnoteError

# A filter's rows are looked for among this many times as many candidates as should hold them.
_SPARE = 1.5
_DEPTH = 10


class DeviceFailed(FootnoteError):
    """A device cannot be used, or not any more; the processor can."""


class NoDevice(DeviceFailed):
    """There is none, or nothing installed to use it."""


class Device(Protocol):
    """A second index over the same vectors."""

    @property
    def limit(self) -> int:
        """The most candidates it gives."""
        ...

    @property
    def error(self) -> float | None:
        """What its scores are off by at most; None if it does not compare every row."""
        ...

    @property
    def recall(self) -> float:
        """The least recall@10 that it is used with."""
        ...

    def candidates(self, queries: NDArray[np.float32], k: int) -> tuple[Rows, Scores]:
        """The ``k`` best rows of each query and their scores, best first, shapes (queries, k).

        Rows that are missing are -1. DeviceFailed when the device does not answer.
        """
        ...


def search_on(
    device: Device, flat: FlatIndex, query: NDArray[np.float32], k: int, allowed: Allowed | None
) -> tuple[Rows, Scores] | None:
    """The ``k`` best allowed rows and their cosines, or None where the device cannot tell.

    A device knows no filter. It gives the best of all rows, of which the allowed ones are kept: if
    the last of the ``k`` best kept is better than the last candidate could be, no row that was not
    a candidate can be better either. ``k`` is at most the number of allowed rows.
    """
    share = 1.0 if allowed is None else allowed.count / len(flat)
    depth = min(len(flat), int(_SPARE * k / share) + k)
    if depth > device.limit or (allowed is not None and device.error is None):
        return None
    found, scores = (each[0] for each in device.candidates(query[None, :], depth))
    found, scores = found[found >= 0], scores[found >= 0]
    kept = found if allowed is None else found[allowed.mask[found]]
    rows, cosines = best_first(kept, flat.scores(query, kept), k)
    if len(rows) < k:
        return None
    if device.error is None or len(found) == len(flat):
        return rows, cosines
    return (rows, cosines) if cosines[-1] > scores[-1] + device.error else None


def verify(device: Device, flat: FlatIndex, queries: NDArray[np.float32]) -> None:
    """DeviceFailed unless ``device`` finds enough of the ten nearest rows of each query."""
    depth = min(_DEPTH, len(flat))
    expected = flat.nearest(queries, depth, None)
    found = device.candidates(queries, depth)[0]
    same = sum(len(np.intersect1d(*pair)) for pair in zip(expected, found, strict=True))
    if same < device.recall * expected.size:
        raise DeviceFailed(
            f"it found {same} of the {expected.size} nearest rows of {len(queries)} queries, and "
            f"{device.recall:.1%} are needed"
        )
